#!/bin/sh
# Fills the gateway's static folder: OUT/docs (Swagger UI and our page) and OUT/openapi.json.
#
#   docs/build.sh OUT
#
# Needs node and npm, except when nothing has changed since the last time. Exit code 2: npm is missing.
set -eu
out=${1:?usage: build.sh OUT}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out/docs"

want=$(cd "$here" && cksum package-lock.json build.sh index.html page.js page.css)
if [ "$want" != "$(cat "$out/docs/.built" 2>/dev/null)" ]; then
  command -v npm >/dev/null || {
    echo "build.sh: npm isn't installed; it is needed once, for the API documentation page" >&2
    exit 2
  }
  # Elsewhere than in the checkout, so that two runs don't meet.
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp "$here/package.json" "$here/package-lock.json" "$work/"
  # No install scripts: one of the packages reports every installation to its maker.
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent)
  dist=$work/node_modules/swagger-ui-dist
  cp "$dist/swagger-ui.css" "$dist/swagger-ui-bundle.js" "$dist/favicon-32x32.png" "$dist/LICENSE" "$dist/NOTICE" \
    "$here/index.html" "$here/page.js" "$here/page.css" "$out/docs/"
  # nginx sends these as they are (gzip_static) and spares itself compressing 2 MB for every reader.
  gzip -9 -k -f "$out/docs/swagger-ui-bundle.js" "$out/docs/swagger-ui.css"
  chmod -R a+rX "$out"
  printf '%s\n' "$want" >"$out/docs/.built"
fi
cp "$here/../openapi.json" "$out/openapi.json.new"
mv "$out/openapi.json.new" "$out/openapi.json"
