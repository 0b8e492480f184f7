#!/bin/sh
# What the record costs: scans of the same domains, a hundredth of which changes
# from one to the next, through the real tables and the closing transaction.
# After each: its price, the size of the observations, of the record and of the
# figures. At the end all observations but those of two scans are dropped.
#
#   tests/bench/record.sh [PROGRAM [DOMAINS [SCANS]]]
set -eu
cd "$(dirname "$0")/../.."
program=${1:-build/danescan}
domains=${2:-100000}
scans=${3:-10}
. tests/bench/private.sh

# Scan n: domain i at one of domains / 50 hosts. A domain's state depends on how
# often its turn has come: at scan n it is that of every 100th domain.
fill() {
	sql -v n="$1" -v id="$2" <<-'SQL'
	BEGIN;
	CREATE TEMP TABLE state ON COMMIT DROP AS
	SELECT i, (i * 7919) % (:domains / 50) AS h,
		(i + (:n + 99 - i % 100) / 100) % 4 AS kind
	FROM generate_series(1, :domains) i;
	INSERT INTO dane.domain_row (scan_id, line, time, domain, tld, class,
		reason, mx_status, mx_trust, implicit)
	SELECT :id, i, now(), 'domain-' || i || '.nl', 'nl',
		dane.code_of(CASE WHEN failed THEN 'indeterminate' ELSE (ARRAY[
			'no-dnssec', 'no-tlsa', 'valid', 'broken'])[kind + 1] END),
		dane.code_of(CASE WHEN failed THEN 'mx-timeout' ELSE (ARRAY[
			'mx-insecure', 'tlsa-none', NULL, 'dane-no-match'])[kind + 1]
			END),
		dane.code_of('data'), dane.code_of(CASE kind WHEN 0 THEN 'insecure'
			ELSE 'secure' END), false
	FROM (SELECT *, hashtext('domain-' || i || '.nl') % 250 = :n AS failed
		FROM state) s;
	INSERT INTO dane.mx_row (scan_id, domain, position, preference, host, run,
		class)
	SELECT :id, 'domain-' || i || '.nl', p, 10, 'mx' || p || '.p' || h || '.net',
		1, dane.code_of('valid')
	FROM state, generate_series(0, 1) p;
	INSERT INTO dane.host_row (scan_id, run, host, provider, class, a_status,
		a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status,
		tlsa_trust, tlsa_ttl)
	SELECT :id, 1, 'mx' || p || '.p' || h || '.net', 'p' || h || '.net',
		dane.code_of('valid'), data, secure, data, secure,
		dane.code_of('usable'), data, secure, 3600
	FROM generate_series(0, :domains / 50 - 1) h, generate_series(0, 1) p,
		dane.code_of('data') data, dane.code_of('secure') secure;
	INSERT INTO dane.endpoint_row (scan_id, run, host, position, address, port,
		class, tls_version, cipher, tls_group, tls_key, chain)
	SELECT :id, 1, host, p, '192.0.2.1', 25, dane.code_of('ok'), 'TLSv1.3',
		'TLS_AES_256_GCM_SHA384', 'X25519', 'EC-256',
		ARRAY[sha256((host || (:n + 99 - hashtext(host) % 100) / 100)::bytea),
			sha256('issuer')]
	FROM dane.host_row, generate_series(0, 1) p WHERE scan_id = :id;
	INSERT INTO dane.tlsa_row (scan_id, run, host, position, usage, selector,
		mtype, data, usable, match)
	SELECT :id, 1, host, p, 3, 1, 1, sha256((host || p)::bytea), true, p = 0
	FROM dane.host_row, generate_series(0, 1) p WHERE scan_id = :id;
	COMMIT;
	SQL
}

# The closing transaction: CPU of the server's process, and time.
closing() {
	sql -v id="$1" <<-'SQL' | tail -n 1
	CREATE FUNCTION pg_temp.cpu() RETURNS float LANGUAGE sql AS $$
		SELECT (f[12]::float + f[13]::float) / 100
		FROM string_to_array(regexp_replace(pg_read_file('/proc/'
			|| pg_backend_pid() || '/stat'), '^.*\) ', ''), ' ') f
	$$;
	SELECT FROM dane.lease_session(:id, 1, 1);
	CREATE TEMP TABLE before AS
	SELECT pg_temp.cpu() AS cpu, clock_timestamp() AS time;
	SELECT FROM dane.scan_finish(:id, 1, 1, 'complete', '{}');
	SELECT format('%s %s', round((pg_temp.cpu() - cpu)::numeric, 2), round(
		extract(epoch FROM clock_timestamp() - time), 2))
	FROM before;
	SQL
}

sizes() {
	sql <<-'SQL'
	SELECT format('%12s %12s %12s %12s', pg_size_pretty((
			SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)
			FROM pg_inherits)),
		pg_size_pretty(pg_total_relation_size('dane.domain_state')),
		pg_size_pretty(pg_total_relation_size('dane.host_state')
			+ pg_total_relation_size('dane.tlsa_rrset')
			+ pg_total_relation_size('dane.host_certificate')),
		pg_size_pretty(pg_total_relation_size('dane.figure')));
	SQL
}

printf '%4s %8s %8s %12s %12s %12s %12s\n' scan 'CPU s' 'wall s' observations \
	domains hosts figures
n=1
while [ "$n" -le "$scans" ]; do
	id=$(sql -c "SELECT dane.scan_begin('scan $n', '{}', now())")
	fill "$n" "$id"
	printf '%4d %8s %8s %s\n' "$n" $(closing "$id") "$(sizes)"
	n=$((n + 1))
done
sql -c 'SELECT FROM dane.scan_retain(2)'
printf '%22s %s\n' 'two kept' "$(sizes)"
sql -c "SELECT format('%s intervals of domains, %s of hosts',
	(SELECT count(*) FROM dane.domain_state),
	(SELECT count(*) FROM dane.host_state))"
