#!/bin/sh
# What the figures cost: scans of many domains, made by SQL in the shape that the
# surveys report (one domain in ten signed, a fifth of these at providers with
# TLSA records, few large providers and many small ones). For each, CPU and time
# of the closing transaction without the figures, of the figures, and their rows.
#
#   tests/bench/figures.sh [PROGRAM [DOMAINS [SCANS [EXTRAS [TLDS]]]]]
#
# EXTRAS 1: as with --extras mta-sts,ns,ds. TLDS: 5, or 1500 as the world has.
set -eu
cd "$(dirname "$0")/../.."
program=${1:-build/danescan}
domains=${2:-1000000}
scans=${3:-2}
# shellcheck disable=SC2034 # for stored.sh
extras=${4:-0} tlds=${5:-5} groups=0 crowd=0
. tests/bench/stored.sh

printf '%4s %8s %8s %8s %8s %8s\n' scan 'CPU s' 'wall s' 'CPU s' 'wall s' rows
n=1
while [ "$n" -le "$scans" ]; do
	id=$(begin "$n")
	fill "$n" "$id"
	sql -c "ALTER TABLE dane.scan DISABLE TRIGGER reported"
	# shellcheck disable=SC2046,SC2183 # two numbers each
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
