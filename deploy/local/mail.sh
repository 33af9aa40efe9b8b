#!/bin/sh
# Makes sure that the mail catcher's packages are installed, and prints its folder. Takes no time when they are.
set -eu
cd "$(dirname "$0")/../mail"

# One at a time in a checkout.
exec 9<package.json
flock 9

want=$({ pwd; node --version; cat package-lock.json; } | sha256sum)
if [ "$want" != "$(cat node_modules/.stamp 2>/dev/null)" ]; then
  echo "Installing the mail catcher …" >&2
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1 9<&- || {
    tail -n 20 "$log" >&2
    echo "Error: the mail catcher can't be installed (see above)" >&2
    exit 1
  }
  printf '%s\n' "$want" >node_modules/.stamp
fi
pwd
