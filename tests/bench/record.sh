#!/bin/sh
# What the record costs: scans of the same domains, a hundredth of which changes
# from one to the next, through the real tables and the closing transaction.
# After each: its time, the size of the observations, of the record and of the
# figures. At the end all observations but those of two scans are dropped.
#
#   tests/bench/record.sh [PROGRAM [DOMAINS [SCANS]]]
set -eu
cd "$(dirname "$0")/../.."
program=${1:-build/danescan}
domains=${2:-100000}
scans=${3:-10}
folder=$(mktemp -d /tmp/danescan-record.XXXXXX)

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
	psql "$dsn" -XAtq -v ON_ERROR_STOP=1 -v domains="$domains" "$@"
}

# Scan n: domain i at one of domains / 50 hosts. A domain's state depends on how
# often its turn has come: at scan n it is that of every 100th domain.
fill() {
	sql -v n="$1" -v id="$2" <<-'SQL'
	BEGIN;
	CREATE TEMP TABLE state ON COMMIT DROP AS
	SELECT i, (i * 7919) % (:domains / 50) AS h,
		(i + (:n + 99 - i % 100) / 100) % 4 AS kind
	FROM generate_series(1, :domains) i;
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		reason, mx_status, mx_trust, implicit)
	SELECT :id, i, now(), 'domain-' || i || '.nl', 'nl',
		(ARRAY['no-dnssec', 'no-tlsa', 'valid', 'broken'])[kind + 1],
		(ARRAY['mx-insecure', 'tlsa-none', NULL, 'dane-no-match'])[kind + 1],
		'data', CASE kind WHEN 0 THEN 'insecure' ELSE 'secure' END, false
	FROM state;
	UPDATE dane.domain_obs SET class = 'indeterminate', reason = 'mx-timeout'
	WHERE scan_id = :id AND hashtext(domain) % 250 = :n;
	INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run,
		class)
	SELECT :id, 'domain-' || i || '.nl', p, 10, 'mx' || p || '.p' || h || '.net',
		1, 'valid'
	FROM state, generate_series(0, 1) p;
	INSERT INTO dane.host_obs (scan_id, run, host, provider, class, a_status,
		a_trust, aaaa_status, aaaa_trust, tlsa_state, tlsa_status,
		tlsa_trust, tlsa_ttl)
	SELECT :id, 1, 'mx' || p || '.p' || h || '.net', 'p' || h || '.net', 'valid',
		'data', 'secure', 'data', 'secure', 'usable', 'data', 'secure', 3600
	FROM generate_series(0, :domains / 50 - 1) h, generate_series(0, 1) p;
	INSERT INTO dane.endpoint_obs (scan_id, run, host, position, address, port,
		class, tls_version, cipher, tls_group, tls_key, chain)
	SELECT :id, 1, host, p, '192.0.2.1', 25, 'ok', 'TLSv1.3',
		'TLS_AES_256_GCM_SHA384', 'X25519', 'EC-256',
		ARRAY[sha256((host || (:n + 99 - hashtext(host) % 100) / 100)::bytea),
			sha256('issuer')]
	FROM dane.host_obs, generate_series(0, 1) p WHERE scan_id = :id;
	INSERT INTO dane.tlsa_obs (scan_id, run, host, position, usage, selector,
		mtype, data, usable, match)
	SELECT :id, 1, host, p, 3, 1, 1, sha256((host || p)::bytea), true, p = 0
	FROM dane.host_obs, generate_series(0, 1) p WHERE scan_id = :id;
	COMMIT;
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

printf '%4s %10s %12s %12s %12s %12s\n' scan 'closing s' observations domains \
	hosts figures
n=1
while [ "$n" -le "$scans" ]; do
	id=$(sql -c "SELECT dane.scan_begin('scan $n', '{}', now())")
	fill "$n" "$id"
	seconds=$({ sql <<-SQL
		SELECT FROM dane.lease_session($id, 1, 1);
		\\timing on
		SELECT FROM dane.scan_finish($id, 1, 1, 'complete', '{}');
	SQL
	} | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' |
		awk '{ printf "%.2f", $1 / 1000 }')
	printf '%4d %10s %s\n' "$n" "$seconds" "$(sizes)"
	n=$((n + 1))
done
sql -c 'SELECT FROM dane.scan_retain(2)'
printf '%15s %s\n' 'two kept' "$(sizes)"
sql -c "SELECT format('%s intervals of domains, %s of hosts',
	(SELECT count(*) FROM dane.domain_state),
	(SELECT count(*) FROM dane.host_state))"
