#!/bin/sh
# Makes the secrets of a deployment, once: what is there already is kept. One directory for each who needs them.
#   make-secrets.sh DIRECTORY
# DIRECTORY/postgres/password            the database's password
# DIRECTORY/redis/redis.conf, password   Redis' password, as its configuration and alone
# DIRECTORY/registry/notification-token  with which the registry reports pushes
# DIRECTORY/sluice/database-url, redis-url, encryption-key
set -eu
directory=$1
umask 022

random() {
  head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'
}

# Usage: make FILE TEXT. The text is written beside the file and moved, so that a crash leaves no half of it.
make() {
  mkdir -p "$(dirname "$1")"
  if [ ! -e "$1" ]; then
    printf '%s\n' "$2" >"$1.new"
    chmod 0444 "$1.new"
    mv "$1.new" "$1"
  fi
}

make "$directory/postgres/password" "$(random)"
make "$directory/redis/password" "$(random)"
make "$directory/redis/redis.conf" "requirepass $(cat "$directory/redis/password")"
make "$directory/registry/notification-token" "$(random)"
make "$directory/sluice/encryption-key" "$(head -c 32 /dev/urandom | base64)"
make "$directory/sluice/database-url" \
  "postgresql://sluice:$(cat "$directory/postgres/password")@${POSTGRES_HOST:-postgres}/sluice"
make "$directory/sluice/redis-url" \
  "redis://:$(cat "$directory/redis/password")@${REDIS_HOST:-redis}:6379"
