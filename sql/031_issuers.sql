-- Hosts of an issuer, each once: a host whose addresses match by different usages
-- is in several rows of report_issuers, which cannot be summed up.

CREATE OR REPLACE FUNCTION dane.report_tls_groups(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_leaf ON COMMIT DROP AS
	SELECT e.*, CASE WHEN c.issuer IS NOT NULL THEN dane.issuer_label(c.issuer)
			END AS label, c.not_after, (SELECT s.started FROM dane.scan s
			WHERE s.scan_id = id) AS started,
		coalesce(match_usage::text, 'none') AS usage
	FROM pg_temp.seen_endpoint e
	LEFT JOIN dane.certificate c ON c.sha256 = e.leaf
	WHERE e.tlsa AND e.tls_version IS NOT NULL;
	ANALYZE pg_temp.seen_leaf;

	INSERT INTO pg_temp.seen_group (name, keys, h, addresses, certificate)
	SELECT g.name, g.keys, l.h, g.addresses, g.certificate
	FROM pg_temp.seen_leaf l, LATERAL (
		VALUES ('tls', ARRAY[tls_version, cipher, tls_key], 1, NULL),
		('tls', '{}', 1, NULL),
		('pkix', CASE WHEN pkix_error IS NOT NULL THEN
			ARRAY[host_class, usage, coalesce(pkix_reason, 'ok')] END,
			1, NULL),
		('pkix', CASE WHEN pkix_error IS NOT NULL THEN '{}'::text[] END, 1,
			NULL),
		('issuers', CASE WHEN label IS NOT NULL THEN
			ARRAY[label, usage] END, NULL, leaf),
		('issuers', CASE WHEN label IS NOT NULL THEN '{}'::text[] END,
			NULL, leaf),
		('expiries', CASE WHEN not_after IS NOT NULL THEN '{}'::text[] END,
			NULL, leaf)
		UNION ALL
		SELECT 'expiries', ARRAY[days::text,
			CASE match_usage WHEN 2 THEN 'ta' ELSE 'ee' END], NULL, leaf
		FROM unnest('{0,14,30,90}'::integer[]) days
		WHERE CASE days WHEN 0 THEN not_after < started
			ELSE not_after >= started AND not_after <
				started + days * interval '1 day' END
	) g(name, keys, addresses, certificate)
	WHERE g.keys IS NOT NULL
	UNION ALL
	SELECT DISTINCT 'issuer_hosts', ARRAY[label], h, NULL::bigint,
		NULL::bytea
	FROM pg_temp.seen_leaf WHERE label IN (
		SELECT v.label FROM pg_temp.seen_leaf v
		GROUP BY v.label HAVING count(DISTINCT v.usage) > 1)
	UNION ALL
	SELECT 'failures', ARRAY['broken', reason], NULL, count(*), NULL
	FROM pg_temp.seen_endpoint WHERE class = 'fail' GROUP BY reason
	UNION ALL
	SELECT 'dual_keys', k.keys, k.h, NULL, NULL
	FROM (
		SELECT DISTINCT l.h, CASE WHEN l.other_key IS NOT NULL THEN
				least(l.tls_key, l.other_key) || ' + '
				|| greatest(l.tls_key, l.other_key) END AS both_keys,
			CASE WHEN l.host_class NOT IN ('valid', 'broken') THEN 'unknown'
			WHEN EXISTS (SELECT FROM pg_temp.seen_record r
				WHERE r.h = l.h AND r.hint = 'only-one-key-type')
				THEN 'one-unmatched'
			WHEN l.host_class = 'valid' THEN 'both-match'
			ELSE 'unknown' END AS outcome
		FROM pg_temp.seen_leaf l
	) x, LATERAL (VALUES ('{}', x.h), (CASE WHEN x.both_keys IS NOT NULL
		THEN ARRAY[x.both_keys, x.outcome] END, x.h)) k(keys, h)
	WHERE k.keys IS NOT NULL;
END $$;

CREATE OR REPLACE VIEW dane.u22_issuers AS
SELECT scan_id, issuer, hosts, total
FROM (
	SELECT *, row_number() OVER (PARTITION BY scan_id
		ORDER BY most DESC, issuer) AS place
	FROM (
		SELECT t.scan_id, t.keys[1] AS issuer, coalesce(max(h.hosts),
				CASE count(*) WHEN 1 THEN max(t.hosts) END) AS hosts,
			max((t.whole).hosts) AS total,
			coalesce(max(h.hosts), max(t.hosts)) AS most
		FROM dane.tallies t
		LEFT JOIN dane.tally h ON h.scan_id = t.scan_id
			AND h.name = 'issuer_hosts' AND h.keys = t.keys[1:1]
		WHERE t.name = 'issuers' GROUP BY t.scan_id, t.keys[1]
	) i
) placed WHERE place <= 200;

COMMENT ON VIEW dane.u22_issuers IS
	'Rows for the columns of cert-pki-cn-stat (USENIX Security 2022): hosts '
	'with secure TLSA records by issuer, each once; the largest 200 only. '
	'NULL: a scan of an earlier version, and records of several usages match. '
	'total: hosts with a certificate.';
