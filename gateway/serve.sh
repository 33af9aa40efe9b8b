#!/bin/sh
# Runs nginx in the foreground, for a process manager that starts it anew when it dies.
#
#   serve.sh NGINX_CONF
#
# Workers outlive a master that was killed, and keep its port: they are told to finish first, so that the new one can
# listen. They are known by their process group, which is the dead master's id: start this as the leader of a group, as
# process managers do. NGINX names another nginx binary.
set -eu
conf=${1:?usage: serve.sh NGINX_CONF}
pidfile=$(sed -n 's/^ *pid *"\{0,1\}\([^";]*\)"\{0,1\};.*/\1/p' "$conf")
old=$(cat "$pidfile" 2>/dev/null || true)
if [ -n "$old" ] && [ ! -e "/proc/$old" ]; then
  for stat in /proc/[0-9]*/stat; do
    # shellcheck disable=SC2034 # the fields in between
    read -r pid name state parent group rest 2>/dev/null <"$stat" || continue
    if [ "$group" = "$old" ] && [ "$name" = "(nginx)" ]; then kill -QUIT "$pid" 2>/dev/null || true; fi
  done
fi
exec "${NGINX:-nginx}" -e stderr -c "$conf"
