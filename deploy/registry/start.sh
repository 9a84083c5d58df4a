#!/bin/sh
# Starts registry:2 with a secret in its configuration, which cannot name a file for it.
#   start.sh serve CONFIGURATION
# NOTIFICATION_TOKEN in CONFIGURATION becomes what the file $NOTIFICATION_TOKEN_FILE holds.
set -eu
umask 077
configuration=$(mktemp)
sed "s|NOTIFICATION_TOKEN|$(cat "$NOTIFICATION_TOKEN_FILE")|" "$2" >"$configuration"
exec registry "$1" "$configuration"
