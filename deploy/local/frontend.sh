#!/bin/sh
# Makes sure that the web app is built, and prints the folder of the build. Takes no time when nothing changed.
#
#   frontend.sh                 installs packages and builds; prints frontend/.releases/<digest>
#   frontend.sh packages        installs packages only
#
# A build gets a folder of its own, so that a running server keeps the files it was started with; the last three are kept.
set -eu
cd "$(dirname "$0")/../../frontend"

fail() {
  printf 'Error: %s\n' "$*" >&2
  exit 1
}
node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 9) ? 0 : 1)' \
  2>/dev/null || fail "the web app needs Node.js 20.9 or newer (here: $(node --version 2>/dev/null || echo none))"

# One at a time in a checkout.
exec 9<package.json
flock 9

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
  "$@" >"$log" 2>&1 9<&- || {
    tail -n 40 "$log" >&2
    fail "$* failed (see above)"
  }
}

want=$({ pwd; node --version; cat package-lock.json; } | sha256sum)
if [ "$want" != "$(cat node_modules/.stamp 2>/dev/null)" ]; then
  echo "Installing the web app's packages …" >&2
  quietly npm ci --no-audit --no-fund
  printf '%s\n' "$want" >node_modules/.stamp
fi
[ "${1:-}" != packages ] || exit 0

digest=$({
  printf '%s\n' "$want"
  find src public scripts -type f ! -name '*.test.ts' ! -name '*.test.tsx' 2>/dev/null | LC_ALL=C sort | xargs -d '\n' sha256sum
  sha256sum next.config.ts postcss.config.mjs tsconfig.json package.json
} | sha256sum | cut -c1-16)
release=$PWD/.releases/$digest
if [ ! -e "$release/server.js" ]; then
  echo "Building the web app …" >&2
  # What a build that failed left behind could spoil the next one. `dev` belongs to `npm run dev`.
  find .next -mindepth 1 -maxdepth 1 ! -name dev -exec rm -rf {} + 2>/dev/null || true
  NEXT_TELEMETRY_DISABLED=1 quietly npm run build
  mkdir -p .releases
  rm -rf "$release.new"
  mv .next/standalone "$release.new"
  mv "$release.new" "$release"
  # shellcheck disable=SC2012 # names are digests
  ls -t .releases | tail -n +4 | while read -r old; do rm -rf ".releases/$old"; done
fi
printf '%s\n' "$release"
