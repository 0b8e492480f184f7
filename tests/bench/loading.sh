#!/bin/sh
# What it costs PostgreSQL to take rows in, and to answer by words: domains and
# their exchanges in random order, in transactions of 1,000 as a scan commits them.
# CPU is that of the server's process.
#
#   tests/bench/loading.sh [PROGRAM [DOMAINS]]
#
# late     as it is: indexes are made when all rows are there
# early    the same indexes from the start
# stage    words into temporary tables, codes looked up when they are merged
# words    the same rows with words instead of codes, as a plain table
set -eu
cd "$(dirname "$0")/../.."
program=${1:-build/danescan}
domains=${2:-1000000}
. tests/bench/private.sh
sql -c "ALTER SYSTEM SET max_parallel_workers_per_gather = 0" \
	-c "ALTER SYSTEM SET max_wal_size = '4GB'" -c "SELECT pg_reload_conf()" \
	>/dev/null

# The files that are copied, of words and of codes: word, domain, host.
sql <<-'SQL'
CREATE UNLOGGED TABLE world AS
SELECT i, (i::bigint * 7919 % 4)::integer AS kind, i % (:domains / 50) AS h
FROM generate_series(1, :domains) i ORDER BY hashtext(i::text);
CREATE VIEW domains AS
SELECT 1 AS scan_id, i AS line, '2026-11-21 20:00+00'::timestamptz AS time,
	'domain-' || i || '.nl' AS domain, 'nl' AS tld,
	(ARRAY['no-dnssec', 'no-tlsa', 'valid', 'broken'])[kind + 1] AS class,
	(ARRAY['mx-insecure', 'tlsa-none', NULL, 'dane-no-match'])[kind + 1]
		AS reason,
	CASE kind WHEN 3 THEN 'outage' END AS severity,
	CASE kind WHEN 0 THEN 'none' END AS half_dane, 'data' AS mx_status,
	CASE kind WHEN 0 THEN 'insecure' ELSE 'secure' END AS mx_trust,
	3600 AS mx_ttl, false AS implicit,
	CASE kind WHEN 2 THEN '{tlsa-no-rollover,tlsa-ttl}'::text[] END AS lint
FROM world;
CREATE VIEW exchanges AS
SELECT 1 AS scan_id, 'domain-' || i || '.nl' AS domain, p AS position,
	10 AS preference, 'mx' || p || '.p' || h || '.net' AS host, 1 AS run,
	'valid' AS class
FROM world, generate_series(0, 1) p;
SQL
sql -c "\\copy (TABLE domains) TO '$folder/domain.words'" \
	-c "\\copy (TABLE exchanges) TO '$folder/mx.words'"
codes="scan_id, line, time, domain, tld, dane.code_of(class),
	dane.code_of(reason), dane.code_of(severity), dane.code_of(half_dane),
	dane.code_of(mx_status), dane.code_of(mx_trust), mx_ttl, implicit,
	dane.codes_of(lint)"
sql -c "\\copy (SELECT $(echo $codes) FROM domains) TO '$folder/domain.codes'" \
	-c "\\copy (SELECT scan_id, domain, position, preference, host, run, dane.code_of(class) FROM exchanges) TO '$folder/mx.codes'"
domain_columns='scan_id, line, time, domain, tld, class, reason, severity,
	half_dane, mx_status, mx_trust, mx_ttl, implicit, lint'
mx_columns='scan_id, domain, position, preference, host, run, class'
for form in words codes; do
	split -a 5 -l 1000 "$folder/domain.$form" "$folder/domain.$form."
	split -a 5 -l 2000 "$folder/mx.$form" "$folder/mx.$form."
done

# batches FORM DOMAIN-TABLE MX-TABLE [BEFORE-COMMIT]: the transactions.
batches() {
	for piece in "$folder/domain.$1".*; do
		printf '%s\n' 'BEGIN;' \
			"\\copy $2 ($(echo $domain_columns)) FROM '$piece'" \
			"\\copy $3 ($(echo $mx_columns)) FROM '$folder/mx.$1.${piece##*.}'" \
			"${4:-}" 'COMMIT;'
	done
}

# price NAME: runs the script on standard input; CPU, time and WAL of it.
price() {
	cat >"$folder/script"
	sql -v name="$1" -v script="$folder/script" <<-'SQL' | tail -n 1
	CREATE FUNCTION pg_temp.cpu() RETURNS float LANGUAGE sql AS $$
		SELECT (f[12]::float + f[13]::float) / 100
		FROM string_to_array(regexp_replace(pg_read_file('/proc/'
			|| pg_backend_pid() || '/stat'), '^.*\) ', ''), ' ') f
	$$;
	CREATE TEMP TABLE before AS SELECT pg_temp.cpu() AS cpu,
		clock_timestamp() AS time, pg_current_wal_insert_lsn() AS wal;
	\set QUIET on
	\o /dev/null
	\i :script
	\o
	SELECT format('%-34s %8s %8s %10s', :'name',
		round((pg_temp.cpu() - cpu)::numeric, 2), round(
		extract(epoch FROM clock_timestamp() - time), 2),
		pg_size_pretty(pg_current_wal_insert_lsn() - wal))
	FROM before;
	SQL
}

begin() {
	sql -c "SELECT dane.scan_begin('$1', '{}', now())" >/dev/null
}

printf '%-34s %8s %8s %10s\n' "$domains domains" 'CPU s' 'wall s' WAL
begin late
batches codes dane.domain_row_1 dane.mx_row_1 | price 'late: rows'
echo "SELECT dane.done_lines(1, ARRAY(SELECT domain FROM domains LIMIT 5000));" |
	price 'late: which of 5,000 names are done'
echo "SELECT dane.index_partitions(1);" | price 'late: indexes'

sql -c "CREATE TABLE early_domain (LIKE dane.domain_row INCLUDING ALL)" \
	-c "CREATE UNIQUE INDEX ON early_domain (scan_id, domain)" \
	-c "CREATE TABLE early_mx (LIKE dane.mx_row INCLUDING ALL)" \
	-c "CREATE UNIQUE INDEX ON early_mx (scan_id, domain, position)" \
	-c "CREATE INDEX ON early_mx (scan_id, host)"
batches codes early_domain early_mx | price 'early: rows and indexes'

sql -c "CREATE TABLE words_domain AS SELECT * FROM dane.domain_obs LIMIT 0" \
	-c "CREATE TABLE words_mx AS SELECT * FROM dane.mx_obs LIMIT 0" \
	-c "ALTER TABLE words_domain ALTER passes SET DEFAULT 1"
batches words words_domain words_mx | price 'words: rows'

sql -c "CREATE TABLE merged_domain (LIKE dane.domain_row INCLUDING ALL)" \
	-c "CREATE TABLE merged_mx (LIKE dane.mx_row INCLUDING ALL)"
{
	echo "CREATE TEMP TABLE stage_domain AS TABLE words_domain WITH NO DATA;"
	echo "CREATE TEMP TABLE stage_mx AS TABLE words_mx WITH NO DATA;"
	batches words stage_domain stage_mx "
		INSERT INTO merged_domain ($(echo $domain_columns))
		SELECT $(echo $codes) FROM stage_domain;
		INSERT INTO merged_mx ($(echo $mx_columns))
		SELECT scan_id, domain, position, preference, host, run,
			dane.code_of(class) FROM stage_mx;
		TRUNCATE stage_domain, stage_mx;"
} | price 'stage: rows, merged'

sql -c "CREATE UNIQUE INDEX ON words_domain (scan_id, domain)" \
	-c "VACUUM ANALYZE words_domain" -c "VACUUM ANALYZE dane.domain_row" \
	-c "SELECT format('%-34s %s of words, %s of codes', 'size of the domains',
		pg_size_pretty(pg_relation_size('words_domain')),
		pg_size_pretty(pg_relation_size('dane.domain_row_1')))"
for query in "SELECT class, reason, count(*) FROM %s WHERE scan_id = 1
		GROUP BY class, reason" \
	"SELECT count(*) FROM %s WHERE scan_id = 1 AND class = 'broken'" \
	"SELECT count(*), min(domain) FROM %s WHERE scan_id = 1
		AND class = 'broken' AND reason = 'dane-no-match'" \
	"SELECT l, count(*) FROM %s, unnest(lint) l WHERE scan_id = 1 GROUP BY l"; do
	echo "$(echo $query)" | sed 's/%s/.../'
	for table in words_domain dane.domain_obs; do
		for round in 1 2 3 4 5; do
			echo "$query;" | sed "s/%s/$table/"
		done | price "  five times: $table"
	done
done
