#!/bin/sh
# Keeps nginx's list of replicas current (open-source nginx before 1.27.3 resolves names only when it starts).
#
#   upstreams.sh once OUT                           writes the list
#   upstreams.sh watch OUT NGINX_CONF [PIDFILE]     does so again and again; on a change tests NGINX_CONF and reloads
#
# From the environment: IDENTITY_UPSTREAM, CATALOG_UPSTREAM, BOOKING_UPSTREAM, FRONTEND_UPSTREAM (host:port separated by spaces, or @FILE
# holding such a list, read every time), UPSTREAMS_INTERVAL=2 (seconds), NGINX=nginx.
# PIDFILE: by default the one that NGINX_CONF names.
#
# A name gives one server per address. Each server's line ends with the entry it came from: that is how an entry that
# doesn't resolve now keeps the addresses it had, also after a restart of this script.
# Needs only a POSIX shell, sed, awk, sort, cmp and getent.
set -euf

say() { printf 'upstreams.sh: %s\n' "$*" >&2; }

# resolve HOST: its addresses, one a line, sorted; nothing when there are none.
resolve() {
  case $1 in
    *[!0-9.]*) ;;
    *) echo "$1" && return ;;
  esac
  {
    getent ahostsv4 "$1" || getent hosts "$1" || true
  } 2>/dev/null | awk '{ print $1 }' | sed 's/^.*:.*$/[&]/' | sort -u
}

# servers ENTRY LAST: the server lines of one host:port.
servers() {
  host=${1%:*} port=${1##*:}
  found=$(resolve "$host")
  if [ -n "$found" ]; then
    # No replica is set aside for failures (max_fails=0): nginx counts a bad answer as one, so whoever found a request
    # that provokes bad answers could take every replica away from everybody. One that can't be reached costs a request
    # only the attempt at a connection before another is tried, and the list soon goes on without it.
    for address in $found; do
      printf '    server %s:%s max_fails=0; # %s\n' "$address" "$port" "$1"
    done
  elif [ -f "$2" ]; then
    grep -F " # $1" "$2" | awk -v entry="$1" '$NF == entry' || true
  fi
}

# upstream NAME LIST LAST
upstream() {
  case $2 in
    @*) list=$(cat "${2#@}" 2>/dev/null || true) ;;
    *) list=$2 ;;
  esac
  lines=$(for entry in $list; do
    case $entry in
      *[!0-9A-Za-z._:-]* | :* | *: | *:*[!0-9]*) say "$1: '$entry' isn't host:port" ;;
      *:*) servers "$entry" "$3" ;;
      *) say "$1: '$entry' isn't host:port" ;;
    esac
  done | awk '!seen[$2]++')
  # nginx doesn't start without a server: a closed port stands in, and it answers 502 for this service alone.
  [ -n "$lines" ] || lines='    server 127.0.0.1:1; # none yet'
  cat <<END
upstream $1 {
    zone $1 64k;
    least_conn;
$lines
    keepalive 32;
    keepalive_requests 10000;
    # Shorter than the services' own (75 s), so that none of them closes a connection that we are about to use.
    keepalive_timeout 30s;
}
END
}

render() {
  upstream identity_api "${IDENTITY_UPSTREAM:-}" "$1"
  upstream catalog_api "${CATALOG_UPSTREAM:-}" "$1"
  upstream booking_api "${BOOKING_UPSTREAM:-}" "$1"
  upstream frontend "${FRONTEND_UPSTREAM:-}" "$1"
}

# update OUT: succeeds when the list has changed; the one before is in OUT.last.
update() {
  render "$1" >"$1.new"
  if cmp -s "$1.new" "$1"; then
    rm -f "$1.new"
    return 1
  fi
  if [ -f "$1" ]; then cp "$1" "$1.last"; fi
  mv "$1.new" "$1"
}

# apply: loads the list into the running nginx. One that isn't there yet will read it by itself, or is told next time.
apply() {
  pid=$(cat "$pidfile" 2>/dev/null) || return 0
  if ! message=$("$nginx" -t -q -c "$conf" -e stderr 2>&1); then
    say "the new list is not taken: $message"
    # It will be tried again next time: what was wrong may be elsewhere and pass.
    # By a move, so that an nginx that starts at this moment finds a whole list.
    if [ -f "$out.last" ]; then cp "$out.last" "$out.new" && mv "$out.new" "$out"; fi
    return 0
  fi
  if kill -HUP "$pid" 2>/dev/null; then
    pending=
    say "now: $(sed -n 's/^ *server \([^ ;]*\).*# \(.*\)$/\2=\1/p' "$out" | tr '\n' ' ')"
  fi
}

out=${2:?usage: upstreams.sh once OUT | watch OUT NGINX_CONF [PIDFILE]}
case $1 in
  once)
    update "$out" || true
    ;;
  watch)
    conf=${3:?usage: upstreams.sh watch OUT NGINX_CONF [PIDFILE]}
    nginx=${NGINX:-nginx}
    pidfile=${4:-$(sed -n 's/^ *pid *"\{0,1\}\([^";]*\)"\{0,1\};.*/\1/p' "$conf")}
    pending=
    trap 'exit 0' TERM INT QUIT
    while :; do
      # In the background and waited for, so that a signal is not held up by the pause.
      sleep "${UPSTREAMS_INTERVAL:-2}" &
      wait $! || true
      if update "$out"; then pending=yes; fi
      if [ -n "$pending" ]; then apply; fi
    done
    ;;
  *)
    say "usage: upstreams.sh once OUT | watch OUT NGINX_CONF [PIDFILE]"
    exit 2
    ;;
esac
