#!/bin/sh
# What the figures cost: scans of many domains, made by SQL in the shape that the
# surveys report (one domain in ten signed, a fifth of these at providers with
# TLSA records, few large providers and many small ones). For each, CPU and time
# of the closing transaction without the figures, of the figures, and their rows.
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

# CPU of the server's process, and time, of a statement.
price() {
	sql -v statement="$1" <<-'SQL' | tail -n 1
	CREATE FUNCTION pg_temp.cpu() RETURNS float LANGUAGE sql AS $$
		SELECT (f[12]::float + f[13]::float) / 100
		FROM string_to_array(regexp_replace(pg_read_file('/proc/'
			|| pg_backend_pid() || '/stat'), '^.*\) ', ''), ' ') f
	$$;
	CREATE TEMP TABLE before AS
	SELECT pg_temp.cpu() AS cpu, clock_timestamp() AS time;
	:statement;
	SELECT format('%s %s', round((pg_temp.cpu() - cpu)::numeric, 1), round(
		extract(epoch FROM clock_timestamp() - time), 1))
	FROM before;
	SQL
}

printf '%4s %8s %8s %8s %8s %8s\n' scan 'CPU s' 'wall s' 'CPU s' 'wall s' rows
n=1
while [ "$n" -le "$scans" ]; do
	id=$(sql -c "SELECT dane.scan_begin('2026-0$n', '{}',
		'2026-0$n-01'::timestamptz)")
	fill "$n" "$id"
	sql -c "ALTER TABLE dane.scan DISABLE TRIGGER reported"
	# shellcheck disable=SC2046 # two numbers each
	printf '%4d %8s %8s %8s %8s %8s\n' "$n" \
		$(price "UPDATE dane.scan SET state = 'complete',
			finished = now(), domains = 0 WHERE scan_id = $id") \
		$(price "SELECT dane.report_scan($id)") \
		"$(sql -c "SELECT sum(n) FROM (
			SELECT count(*) AS n FROM dane.figure WHERE scan_id = $id
			UNION ALL SELECT count(*) FROM dane.population
			WHERE scan_id = $id
			UNION ALL SELECT count(*) FROM dane.tally
			WHERE scan_id = $id) r")"
	n=$((n + 1))
done
sql -c "SELECT format('%s: %s', relname, pg_size_pretty(
		pg_total_relation_size(oid)))
	FROM pg_class WHERE oid = ANY ('{dane.figure,dane.population,dane.tally}'
		::regclass[])"
