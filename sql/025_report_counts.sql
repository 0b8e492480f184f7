-- Counts by several keys. Who belongs to a group is put down first, host by
-- host; all groups are counted at once, by host and by the domains that name one
-- of its hosts.

CREATE FUNCTION dane.report_groups() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_group (name text COLLATE "C",
		keys text[] COLLATE "C", h integer, addresses bigint, records bigint,
		certificate bytea) ON COMMIT DROP;
END $$;

COMMENT ON FUNCTION dane.report_groups IS
	'For the figures: an empty table for hosts and the groups they are in. '
	'The same host may be in a group more than once, with other addresses, '
	'records or certificates.';

CREATE FUNCTION dane.report_host_groups() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO pg_temp.seen_group (name, keys, h)
	SELECT g.* FROM (
		SELECT * FROM pg_temp.seen_host LEFT JOIN pg_temp.seen_size USING (h)
		WHERE latest AND class NOT IN ('no-dnssec', 'no-tlsa', 'noaddr')
	) s, LATERAL (
		SELECT 'failures', ARRAY[CASE s.class WHEN 'unreachable'
			THEN 'indeterminate' ELSE s.class END, s.reason], s.h
		WHERE s.reason IS NOT NULL AND s.class
			IN ('broken', 'unusable', 'indeterminate', 'unreachable')
		UNION ALL
		SELECT 'tlsrpt', ARRAY[dane.tlsrpt_type(s.reason)], s.h
		WHERE s.class IN ('broken', 'unusable')
			AND dane.tlsrpt_type(s.reason) IS NOT NULL
		UNION ALL
		SELECT 'tlsrpt', '{}', s.h
		WHERE s.class IN ('valid', 'broken', 'unusable')
		UNION ALL
		SELECT 'algorithms', ARRAY['TLSA', NULL, s.tlsa_algorithm::text], s.h
		WHERE s.tlsa AND s.tlsa_algorithm IS NOT NULL
		UNION ALL
		SELECT 'algorithms', ARRAY['TLSA', NULL], s.h
		WHERE s.tlsa AND s.tlsa_algorithm IS NOT NULL
		UNION ALL
		SELECT 'server_sizes', ARRAY[floor(log(2, s.n))::text, s.class], s.h
		WHERE s.n > 0 AND s.tlsa_state = 'usable'
			AND s.class IN ('valid', 'broken')
	) g;
END $$;

COMMENT ON FUNCTION dane.report_host_groups IS
	'For the figures: groups of hosts by their verdicts.';

-- What the USENIX papers of 2020 and 2022 count, by host.
CREATE FUNCTION dane.report_paper_groups(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO pg_temp.seen_group (name, keys, h)
	SELECT g.name, ARRAY[g.key], s.h
	FROM (
		SELECT s.*, s.tlsa OR s.tlsa_state = 'insecure' AS present,
			s.class = 'broken' AND s.tlsa AS wrong,
			dane.reason_kind(s.reason) AS kind,
			e.h IS NOT NULL AS shown, t.hints
		FROM pg_temp.seen_host s
		LEFT JOIN (
			SELECT r.host, r.run,
				array_agg(DISTINCT coalesce(r.hint, r.history_hint))
				AS hints
			FROM dane.tlsa_obs r
			WHERE r.scan_id = id AND r.usable AND NOT r.match
			GROUP BY r.host, r.run
		) t ON t.host = s.host AND t.run = s.run
		LEFT JOIN (SELECT DISTINCT x.h FROM pg_temp.seen_endpoint x
			WHERE x.leaf IS NOT NULL) e ON e.h = s.h
		WHERE s.latest AND (s.tlsa OR s.class = 'broken'
			OR s.tlsa_state IN ('insecure', 'error'))
	) s, LATERAL (VALUES
		('u20_validation', 'tlsa_crawled', s.present),
		('u20_validation', 'cert_crawled', s.present AND s.shown),
		('u20_validation', 'secure', s.tlsa),
		('u20_validation', 'insecure', s.tlsa_state = 'insecure'),
		('u20_validation', 'bogus', s.tlsa_trust = 'bogus'),
		('u20_validation', 'rrsig_without_ds',
			s.tlsa_state = 'insecure' AND s.tlsa_algorithm IS NOT NULL),
		('u20_validation', 'no_rrsig_no_ds',
			s.tlsa_state = 'insecure' AND s.tlsa_algorithm IS NULL),
		('u20_validation', 'dane_valid', s.tlsa AND s.class = 'valid'),
		('u20_validation', 'dane_invalid', s.wrong),
		('u20_validation', 'chain_only_error',
			s.wrong AND s.kind = 'certificate'),
		('u20_validation', 'matching_only_error',
			s.wrong AND s.kind = 'match'),
		('u20_validation', 'tls_error', s.wrong AND s.kind IN
			('tls', 'starttls')),
		('u22_tlsa', 'total', s.present OR s.tlsa_state = 'error'),
		('u22_tlsa', 'no_cert', s.tlsa AND NOT s.shown),
		('u22_tlsa', 'invalid', s.class = 'broken'),
		('u22_tlsa', 'dnssec', s.tlsa_state IN ('insecure', 'error')),
		('u22_tlsa', 'insecure', s.tlsa_state = 'insecure'),
		('u22_tlsa', 'bogus', s.tlsa_trust = 'bogus'),
		('u22_tlsa', 'ds_only',
			s.tlsa_state = 'insecure' AND s.tlsa_algorithm IS NOT NULL),
		('u22_tlsa', 'unmatch', s.wrong AND s.kind = 'match'),
		('u22_tlsa', 'usage', s.wrong AND s.hints && '{digest-of-leaf,
			digest-of-issuer,usage3-on-ca,usage2-on-leaf}'),
		('u22_tlsa', 'selector',
			s.wrong AND s.hints && '{digest-of-other-selector}'),
		('u22_tlsa', 'matching_type',
			s.wrong AND s.hints && '{digest-of-other-mtype}'),
		('u22_tlsa', 'undefined', s.tlsa_state = 'unusable'
			AND s.reason ~ '^(unknown|private)-'),
		('u22_tlsa', 'chain', s.wrong AND s.kind = 'certificate'),
		('u22_tlsa', 'unknown', s.wrong AND s.kind = 'match'
			AND s.hints = '{NULL}'),
		('u22_tlsa', 'ever_matched', s.wrong AND s.hints &&
			'{renewed-same-key,ca-cert-renewed-same-key,
			digest-of-earlier-certificate}')
	) g(name, key, belongs)
	WHERE g.belongs;

	INSERT INTO dane.tally (scan_id, name, keys, hosts)
	SELECT id, g.name, ARRAY[g.key], g.n
	FROM (
		SELECT count(*) FILTER (WHERE class <> 'noaddr') AS hosts,
			count(*) FILTER (WHERE tlsa_state LIKE 'none-%') AS none
		FROM pg_temp.seen_host WHERE latest
	) h, LATERAL (VALUES ('u20_validation', 'total', hosts),
		('u22_tlsa', 'no_tlsa', none)) g(name, key, n);
END $$;

COMMENT ON FUNCTION dane.report_paper_groups IS
	'For the figures: hosts by the columns of published data sets.';

CREATE FUNCTION dane.report_bogus_groups(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO pg_temp.seen_group (name, keys, h)
	SELECT 'bogus_causes', k.keys, b.h
	FROM (
		SELECT s.h, o.a_trust, o.a_why, o.aaaa_trust, o.aaaa_why,
			o.tlsa_trust, o.tlsa_why
		FROM dane.host_obs o
		JOIN pg_temp.seen_host s ON s.host = o.host AND s.run = o.run
		WHERE o.scan_id = id AND s.latest
			AND 'bogus' IN (o.a_trust, o.aaaa_trust, o.tlsa_trust)
	) b, LATERAL (VALUES ('address', b.a_trust, b.a_why),
		('address', b.aaaa_trust, b.aaaa_why),
		('tlsa', b.tlsa_trust, b.tlsa_why)) l(lookup, trust, why),
	LATERAL (VALUES (ARRAY[l.lookup]),
		(ARRAY[l.lookup, dane.bogus_cause(l.why)])) k(keys)
	WHERE l.trust = 'bogus';

	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'bogus_causes', k.keys, count(*)
	FROM dane.domain_obs o, LATERAL (VALUES (ARRAY['mx']),
		(ARRAY['mx', dane.bogus_cause(o.mx_why)])) k(keys)
	WHERE o.scan_id = id AND o.mx_trust = 'bogus' GROUP BY k.keys;
END $$;

COMMENT ON FUNCTION dane.report_bogus_groups IS
	'For the figures: what the validator says of bogus answers.';

CREATE FUNCTION dane.report_record_groups(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_record ON COMMIT DROP AS
	SELECT s.h, s.class, s.reason, t.usage, t.selector, t.mtype, t.data,
		t.usable, t.match, t.why, coalesce(t.hint, t.history_hint) AS hint
	FROM dane.tlsa_obs t
	JOIN pg_temp.seen_host s ON s.host = t.host AND s.run = t.run
	WHERE t.scan_id = id AND s.latest AND s.tlsa;
	ANALYZE pg_temp.seen_record;

	INSERT INTO pg_temp.seen_group (name, keys, h, records)
	SELECT 'tlsa_parameters', k.keys, h, count(*)
	FROM pg_temp.seen_record r, LATERAL (VALUES ('{}'),
		(ARRAY[usage, selector, mtype]::text[]),
		(ARRAY[usage, selector, mtype]::text[] || CASE
			WHEN NOT usable THEN 'unusable' WHEN match THEN 'match'
			WHEN NOT match THEN 'mismatch' ELSE 'unseen' END)) k(keys)
	GROUP BY k.keys, h
	UNION ALL
	SELECT 'tlsa_sizes', k.keys, h, NULL
	FROM (SELECT h, count(*) AS n FROM pg_temp.seen_record GROUP BY h) r,
		LATERAL (VALUES ('{}'), (ARRAY[n::text])) k(keys)
	UNION ALL
	SELECT 'mismatch_causes', k.keys, h, count(*)
	FROM pg_temp.seen_record r, LATERAL (VALUES ('{}'),
		(CASE WHEN NOT usable THEN
			ARRAY['unusable', coalesce(why, 'unexplained')]
		WHEN NOT match THEN ARRAY[CASE class WHEN 'broken'
			THEN 'mismatch' ELSE 'spare' END,
			coalesce(hint, 'unexplained')] END)) k(keys)
	WHERE k.keys IS NOT NULL AND (NOT usable OR match IS NOT NULL)
	GROUP BY k.keys, h
	UNION ALL
	SELECT 'failures', ARRAY['broken', reason], h, count(*)
	FROM pg_temp.seen_record
	WHERE class = 'broken' AND usable AND NOT match GROUP BY reason, h
	UNION ALL
	SELECT 'retired_issuers', k.keys, h, count(*)
	FROM pg_temp.seen_record r
	JOIN dane.retired_issuer i ON i.spki_sha256 = r.data,
		LATERAL (VALUES (ARRAY[i.name]),
			(ARRAY[i.name, r.class])) k(keys)
	WHERE usage IN (0, 2) AND selector = 1 AND mtype = 1
	GROUP BY k.keys, h
	UNION ALL
	SELECT 'retired_issuers', '{}', h, count(*)
	FROM pg_temp.seen_record WHERE usage = 2 GROUP BY h;
END $$;

COMMENT ON FUNCTION dane.report_record_groups IS
	'For the figures: hosts with secure TLSA records, by these records.';

CREATE FUNCTION dane.report_tls_groups(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_leaf ON COMMIT DROP AS
	SELECT e.*, c.issuer, c.not_after, (SELECT s.started FROM dane.scan s
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
		('issuers', CASE WHEN issuer IS NOT NULL THEN
			ARRAY[dane.issuer_label(issuer), usage] END, NULL, leaf),
		('issuers', CASE WHEN issuer IS NOT NULL THEN '{}'::text[] END,
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

COMMENT ON FUNCTION dane.report_tls_groups IS
	'For the figures: hosts with secure TLSA records, by what their addresses '
	'showed.';

CREATE FUNCTION dane.report_count(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_number ON COMMIT DROP AS
	SELECT row_number() OVER ()::integer AS g, name, keys
	FROM (SELECT name, keys FROM pg_temp.seen_group GROUP BY name, keys) k;
	ANALYZE pg_temp.seen_group, pg_temp.seen_number;
	CREATE TEMP TABLE seen_member ON COMMIT DROP AS
	SELECT n.g, s.h, sum(s.addresses) AS addresses, sum(s.records) AS records,
		array_agg(DISTINCT s.certificate)
			FILTER (WHERE s.certificate IS NOT NULL) AS certificates
	FROM pg_temp.seen_group s
	JOIN pg_temp.seen_number n ON n.name = s.name AND n.keys = s.keys
	GROUP BY n.g, s.h;
	-- Many domains have the same hosts.
	CREATE TEMP TABLE seen_where ON COMMIT DROP AS
	SELECT hosts, count(*) AS n
	FROM (
		SELECT d, array_agg(DISTINCT h) AS hosts FROM pg_temp.seen_mx
		WHERE h IN (SELECT e.h FROM pg_temp.seen_member e)
		GROUP BY d
	) m GROUP BY hosts;
	ANALYZE pg_temp.seen_member, pg_temp.seen_where;

	INSERT INTO dane.tally (scan_id, name, keys, domains, hosts, addresses,
		records, certificates)
	SELECT id, name, keys, coalesce(d.domains, 0), s.hosts, s.addresses,
		s.records, c.certificates
	FROM pg_temp.seen_number
	JOIN (
		SELECT g, count(h) AS hosts, sum(addresses) AS addresses,
			sum(records) AS records
		FROM pg_temp.seen_member GROUP BY g
	) s USING (g)
	LEFT JOIN (
		SELECT g, count(DISTINCT c) AS certificates
		FROM pg_temp.seen_member, unnest(certificates) c GROUP BY g
	) c USING (g)
	LEFT JOIN (
		SELECT g, sum(n) AS domains FROM (
			SELECT DISTINCT e.g, w.hosts, w.n
			FROM pg_temp.seen_where w, unnest(w.hosts) h
			JOIN pg_temp.seen_member e USING (h)
		) named GROUP BY g
	) d USING (g);
END $$;

COMMENT ON FUNCTION dane.report_count IS
	'Write how many hosts each group has, and how many domains name one.';
