#!/bin/sh
# Makes an nginx configuration for one place.
#
#   render.sh OUT_DIR
#
# writes OUT_DIR/nginx.conf and OUT_DIR/conf/, and makes the folders that nginx needs. OUT_DIR/upstreams.conf, which
# nginx.conf includes, is written by upstreams.sh. Start: nginx -e stderr -c OUT_DIR/nginx.conf (stays in the foreground).
#
# Settings, from the environment (README.md beside this file explains them):
#   GATEWAY_STATE_DIR, GATEWAY_STATIC_DIR   required
#   GATEWAY_HOST=127.0.0.1  GATEWAY_PORT=8000   lists separated by spaces
#   GATEWAY_INTERNAL_HOST=127.0.0.1  GATEWAY_INTERNAL_PORT=8001
#   ALLOWED_HOSTS=localhost,127.0.0.1,[::1]  CORS_ALLOWED_ORIGINS=  TRUSTED_PROXIES=   lists separated by commas
#   RATE_LIMIT=200  RATE_LIMIT_BURST=400  GATEWAY_WORKERS=auto  GATEWAY_USER=root (used only when root starts nginx)
#   GATEWAY_ACCESS_LOG, GATEWAY_ERROR_LOG   files in GATEWAY_STATE_DIR/logs
#
# Exit code 2: a setting is missing or not acceptable; standard error says which.
# Needs only a POSIX shell, sed and coreutils, so that it runs in the nginx image as it is.
set -euf

fail() {
  printf 'render.sh: %s\n' "$*" >&2
  exit 2
}

# check NAME VALUE PATTERN: refuses a value that has any other character, since it will stand in nginx's language.
check() {
  printf '%s' "$2" | tr -d '\n' | grep -Eq "^($3)\$" && [ "$(printf '%s' "$2" | wc -l)" -eq 0 ] || fail "$1 isn't acceptable: '$2'"
}

# words LIST: one word a line, separated by commas or white space.
words() {
  printf '%s' "$1" | tr ', \t' '\n\n\n' | sed '/^$/d'
}

out=${1:?usage: render.sh OUT_DIR}
here=$(cd "$(dirname "$0")" && pwd)
template=$here/../deploy/nginx/nginx.conf.template

path='/[^"$;{}\\|&[:cntrl:]]*'
check GATEWAY_STATE_DIR "${GATEWAY_STATE_DIR:-}" "$path"
check GATEWAY_STATIC_DIR "${GATEWAY_STATIC_DIR:-}" "$path"
access_log=${GATEWAY_ACCESS_LOG:-$GATEWAY_STATE_DIR/logs/access.log}
error_log=${GATEWAY_ERROR_LOG:-$GATEWAY_STATE_DIR/logs/error.log}
workers=${GATEWAY_WORKERS:-auto}
rate=${RATE_LIMIT:-200}
burst=${RATE_LIMIT_BURST:-400}
check GATEWAY_ACCESS_LOG "$access_log" "$path"
check GATEWAY_ERROR_LOG "$error_log" "$path|stderr"
check GATEWAY_WORKERS "$workers" 'auto|[1-9][0-9]*'
check RATE_LIMIT "$rate" '[1-9][0-9]*'
check RATE_LIMIT_BURST "$burst" '[1-9][0-9]*'
user_line=
if [ "$(id -u)" -eq 0 ]; then
  check GATEWAY_USER "${GATEWAY_USER:-root}" '[a-z_][a-z0-9_-]*'
  user_line="user ${GATEWAY_USER:-root};"
fi

mkdir -p "$out/conf" "$GATEWAY_STATE_DIR/tmp" "$GATEWAY_STATE_DIR/logs"

# The lists become small files that the fixed ones include.
: >"$out/conf/listen.conf"
for address in $(words "${GATEWAY_HOST:-127.0.0.1}"); do
  check GATEWAY_HOST "$address" '[0-9A-Za-z.*-]+|\[[0-9A-Fa-f:.]+\]'
  for port in $(words "${GATEWAY_PORT:-8000}"); do
    check GATEWAY_PORT "$port" '[1-9][0-9]{0,4}'
    printf 'listen %s:%s default_server;\n' "$address" "$port" >>"$out/conf/listen.conf"
  done
done
check GATEWAY_INTERNAL_HOST "${GATEWAY_INTERNAL_HOST:-127.0.0.1}" '[0-9A-Za-z.*-]+|\[[0-9A-Fa-f:.]+\]'
check GATEWAY_INTERNAL_PORT "${GATEWAY_INTERNAL_PORT:-8001}" '[1-9][0-9]{0,4}'
printf 'listen %s:%s;\n' "${GATEWAY_INTERNAL_HOST:-127.0.0.1}" "${GATEWAY_INTERNAL_PORT:-8001}" >"$out/conf/listen-internal.conf"
[ -s "$out/conf/listen.conf" ] || fail "GATEWAY_HOST and GATEWAY_PORT name nothing to listen on"

host_default=0 hosts='' origins=''
for host in $(words "${ALLOWED_HOSTS:-localhost,127.0.0.1,[::1]}" | tr '[:upper:]' '[:lower:]'); do
  if [ "$host" = '*' ]; then
    host_default=1
    continue
  fi
  # The port plays no part: the name alone is compared.
  case $host in
    \[*) host=${host%%\]*}] ;;
    *) host=${host%%:*} ;;
  esac
  check ALLOWED_HOSTS "$host" '(\*\.|\.)?[0-9a-z_-]+(\.[0-9a-z_-]+)*|\[[0-9a-f:.]+\]'
  hosts="$hosts$host 1;
"
done
printf '%s' "$hosts" | sort -u >"$out/conf/allowed-hosts.map"

for origin in $(words "${CORS_ALLOWED_ORIGINS:-}"); do
  origin=${origin%/}
  check CORS_ALLOWED_ORIGINS "$origin" 'https?://([0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?'
  origins="$origins\"$origin\" \"$origin\";
"
done
printf '%s' "$origins" | sort -u >"$out/conf/allowed-origins.map"

: >"$out/conf/trusted-proxies.conf"
: >"$out/conf/trusted-proxies.map"
for network in $(words "${TRUSTED_PROXIES:-}" | sort -u); do
  check TRUSTED_PROXIES "$network" '[0-9A-Fa-f.:]+(/[0-9]{1,3})?'
  printf 'set_real_ip_from %s;\n' "$network" >>"$out/conf/trusted-proxies.conf"
  printf '%s 1;\n' "$network" >>"$out/conf/trusted-proxies.map"
done

# Kept, since copies of pages hold it. Whoever knew it could have scripts of their own taken for ours.
placeholder=$GATEWAY_STATE_DIR/nonce-placeholder
if [ ! -s "$placeholder" ]; then
  (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$placeholder")
fi

render() {
  sed -e "s|@STATE_DIR@|$GATEWAY_STATE_DIR|g" -e "s|@STATIC_DIR@|$GATEWAY_STATIC_DIR|g" \
    -e "s|@ACCESS_LOG@|$access_log|g" -e "s|@ERROR_LOG@|$error_log|g" -e "s|@WORKERS@|$workers|g" \
    -e "s|@USER_LINE@|$user_line|g" -e "s|@RATE_LIMIT@|$rate|g" -e "s|@RATE_LIMIT_BURST@|$burst|g" \
    -e "s|@HOST_DEFAULT@|$host_default|g" \
    -e "s|@NONCE_PLACEHOLDER@|$(cat "$placeholder")|g" "$1" >"$2"
}
render "$template" "$out/nginx.conf"
set +f
for file in "$here"/conf/*.conf; do
  render "$file" "$out/conf/$(basename "$file")"
done
