#!/bin/sh
# What the figures cost: scans of many domains, made by SQL in the shape that the
# surveys report (one domain in ten signed, a fifth of these at providers with
# TLSA records, few large providers and many small ones), through the closing
# transaction. After each: its time, of this the figures, and their rows.
#
#   tests/bench/figures.sh [PROGRAM [DOMAINS [SCANS [EXTRAS]]]]
#
# EXTRAS 1: as with --extras mta-sts,ns,ds.
set -eu
cd "$(dirname "$0")/../.."
program=${1:-build/danescan}
domains=${2:-1000000}
scans=${3:-2}
extras=${4:-0}
folder=$(mktemp -d /tmp/danescan-figures.XXXXXX)

finish() {
	scripts/pg.sh remove "$folder/pg" || true
	rmdir "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

chmod 755 "$folder"
dsn=$(scripts/pg.sh start "$folder/pg")
"$program" db init --db "$dsn" >/dev/null
sql() {
	psql "$dsn" -XAtq -v ON_ERROR_STOP=1 -v domains="$domains" \
		-v extras="$extras" "$@"
}

# Domain i is at provider p of domains * 0.13, log-uniform; a provider has two
# hosts. In each scan another hundredth of the providers is broken.
fill() {
	sql -v n="$1" -v id="$2" -f tests/bench/figures.sql
}

printf '%4s %10s %10s %10s\n' scan 'closing s' 'figures s' rows
n=1
while [ "$n" -le "$scans" ]; do
	id=$(sql -c "SELECT dane.scan_begin('2026-0$n', '{}',
		'2026-0$n-01'::timestamptz)")
	fill "$n" "$id"
	times=$({ sql <<-SQL
		SELECT FROM dane.lease_session($id, 1, 1);
		\\timing on
		EXPLAIN (ANALYZE, COSTS off)
		UPDATE dane.scan SET state = 'complete', finished = now(),
			domains = 0 WHERE scan_id = $id;
	SQL
	} | awk '/^Trigger reported/ { sub(".*time=", ""); figures = $1 }
		/^Time:/ { printf "%10.1f %10.1f", $2 / 1000, figures / 1000 }')
	printf '%4d %s %10s\n' "$n" "$times" "$(sql -c "SELECT sum(n) FROM (
		SELECT count(*) AS n FROM dane.figure WHERE scan_id = $id
		UNION ALL SELECT count(*) FROM dane.population WHERE scan_id = $id
		UNION ALL SELECT count(*) FROM dane.tally WHERE scan_id = $id) r")"
	n=$((n + 1))
done
sql -c "SELECT format('%s: %s', relname, pg_size_pretty(
		pg_total_relation_size(oid)))
	FROM pg_class WHERE oid = ANY ('{dane.figure,dane.population,dane.tally}'
		::regclass[])"
