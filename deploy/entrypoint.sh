#!/bin/sh
# Starts sluice. A variable NAME_FILE names a file that holds the value of NAME, so that a URL with a password can be a
# secret file instead of a line in a compose file.
set -eu

for name in SLUICE_DATABASE_URL SLUICE_REDIS_URL; do
  eval "file=\${${name}_FILE:-}"
  if [ -n "$file" ]; then
    value=$(cat "$file")
    export "$name=$value"
    unset "${name}_FILE"
  fi
done

exec "$(dirname "$0")/../bin/sluice" "$@"
