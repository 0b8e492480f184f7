#!/bin/sh
# The SQL tests (tests/sql/*.sql, pgTAP) on a private PostgreSQL cluster, in
# a database that the program itself has set up.
#
#   scripts/test-sql.sh [PROGRAM]
set -eu
cd "$(dirname "$0")/.."
program=${1:-build/danescan}
folder=$(mktemp -d /tmp/danescan-sql.XXXXXX)

finish() {
	scripts/pg.sh remove "$folder/pg" || true
	rmdir "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

chmod 755 "$folder"
dsn=$(scripts/pg.sh start "$folder/pg")
"$program" db init --db "$dsn" >&2
psql "$dsn" -XAtq -v ON_ERROR_STOP=1 -c 'create extension pgtap' >&2

for file in tests/sql/*.sql; do
	[ -e "$file" ] || break
	echo "# $file"
	psql "$dsn" -XAtq -v ON_ERROR_STOP=1 -P pager=off -f "$file" ||
		echo "not ok - $file: psql failed"
done
