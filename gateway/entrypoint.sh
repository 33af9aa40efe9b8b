#!/bin/sh
# Runs nginx and its watcher over the replicas as one container. Settings as in README.md.
# SIGQUIT and SIGTERM: finish what is in hand, then end.
# It ends when either of the two ends, with a failure unless it was told to, so that the container is started anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
conf=$(dirname "$GATEWAY_STATE_DIR")/conf
"$here/render.sh" "$conf"
"$here/upstreams.sh" once "$conf/upstreams.conf"

nginx -e stderr -c "$conf/nginx.conf" &
server=$!
"$here/upstreams.sh" watch "$conf/upstreams.conf" "$conf/nginx.conf" &
watcher=$!

stopping=
trap 'stopping=yes; kill -QUIT $server 2>/dev/null || true' TERM QUIT INT

# A signal ends `wait` early; the children decide when it is over.
while kill -0 $server 2>/dev/null && { [ -n "$stopping" ] || kill -0 $watcher 2>/dev/null; }; do
  sleep 1 &
  wait $! || true
done
kill $watcher 2>/dev/null || true
if [ -z "$stopping" ]; then
  kill -QUIT $server 2>/dev/null || true
  wait $server || true
  exit 1
fi
wait $server
