#!/bin/sh
# For /docker-entrypoint-initdb.d of a postgres image: runs once, when the data folder is first made.
# bootstrap.sql lies beside that folder, so that the image does not run it a second time by itself.
set -eu
exec psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "${BOOTSTRAP_SQL:-/bootstrap.sql}"
