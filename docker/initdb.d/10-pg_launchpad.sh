#!/usr/bin/env bash
# The extension in the database that the image makes; run once, for a new data directory.
set -euo pipefail

PGHOST='' PGHOSTADDR='' psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
    -c 'CREATE EXTENSION pg_launchpad'
