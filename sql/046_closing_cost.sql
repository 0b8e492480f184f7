-- What the figures of a scan cost: small samples are enough for the plans of a
-- transaction's own tables, and codes are compared wherever all domains are read.

CREATE OR REPLACE FUNCTION dane.report_failures(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'failure_domains', ARRAY[class, reason, severity], sum(n)
	FROM pg_temp.seen_key JOIN pg_temp.seen_kind USING (k)
	WHERE dimension = 'all' AND reason <> ''
		AND class IN ('broken', 'indeterminate', 'unusable', 'partial')
	GROUP BY class, reason, severity
	UNION ALL
	SELECT id, 'failure_any', ARRAY[dane.label(class), dane.label(r)], n
	FROM (
		SELECT class, r, count(*) AS n
		FROM dane.domain_row, unnest(coalesce(reasons, ARRAY[reason])) r
		WHERE scan_id = id AND r IS NOT NULL AND class IN (
			dane.code_of('broken'), dane.code_of('indeterminate'),
			dane.code_of('unusable'), dane.code_of('partial'))
		GROUP BY class, r
	) f
	UNION ALL
	SELECT id, 'lints', ARRAY[dane.label(l)], n
	FROM (
		SELECT l, count(DISTINCT domain) AS n
		FROM dane.domain_row, unnest(lint) l WHERE scan_id = id GROUP BY l
	) f;

	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'broken_hosts', ARRAY[host, provider, reason, tlsa_state], n
	FROM (
		SELECT s.*, coalesce(z.n, 0) AS n, row_number()
			OVER (ORDER BY coalesce(z.n, 0) DESC, host) AS place
		FROM pg_temp.seen_host s LEFT JOIN pg_temp.seen_size z USING (h)
		WHERE s.latest AND s.class = 'broken'
	) h WHERE place <= dane.figure_limit();

	-- Of who was not asked about (--extras ns), the name servers that gave a
	-- second opinion tell the operator, without their first label.
	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'failing_operators', ARRAY[operator, source],
		count(DISTINCT domain)
	FROM (
		SELECT o.domain, coalesce(x.operator,
				substring(s ->> 'name' FROM '^[^.]+\.(.+)$'))
				AS operator,
			CASE WHEN x.operator IS NOT NULL THEN 'extras'
				ELSE 'servers' END AS source
		FROM dane.domain_row o
		JOIN pg_temp.seen_domain n ON n.domain = o.domain
		LEFT JOIN pg_temp.seen_extra x USING (d)
		LEFT JOIN LATERAL json_array_elements(o.servers) s
			ON x.operator IS NULL
		WHERE o.scan_id = id AND o.class IN (dane.code_of('broken'),
				dane.code_of('indeterminate'))
			AND dane.reason_kind(dane.label(o.reason))
				IN ('dnssec', 'dns')
	) f WHERE operator IS NOT NULL
	GROUP BY operator, source ORDER BY 4 DESC LIMIT dane.figure_limit();
END $$;

CREATE OR REPLACE FUNCTION dane.report_bogus_groups(id bigint) RETURNS void
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
	FROM dane.domain_row o, LATERAL (VALUES (ARRAY['mx']),
		(ARRAY['mx', dane.bogus_cause(o.mx_why)])) k(keys)
	WHERE o.scan_id = id AND o.mx_trust = dane.code_of('bogus')
	GROUP BY k.keys;
END $$;

CREATE OR REPLACE FUNCTION dane.figure_rates(id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.figure (scan_id, name, dimension, key, value, total)
	SELECT id, 'rate', 'domains', 'valid',
		coalesce(sum(n) FILTER (WHERE class = 'valid'), 0), coalesce(sum(n), 0)
	FROM pg_temp.seen_key JOIN pg_temp.seen_word ON w = k >> 32
	WHERE dimension = 'all' AND mx_trust = 'secure'
		AND class NOT IN ('no-mail', 'indeterminate')
	UNION ALL
	SELECT id, 'rate', 'hosts', 'valid',
		count(*) FILTER (WHERE class = 'valid'), count(*)
	FROM pg_temp.seen_host
	WHERE latest AND tlsa_state = 'usable'
		AND class IN ('valid', 'broken')
	UNION ALL
	SELECT id, 'rate', 'records', 'match',
		count(*) FILTER (WHERE match), count(*)
	FROM dane.tlsa_records
	WHERE scan_id = id AND usable AND match IS NOT NULL;
END $$;

CREATE OR REPLACE FUNCTION dane.report_scan(id bigint) RETURNS void LANGUAGE plpgsql
SET work_mem = '128MB' SET jit = off SET default_statistics_target = 10 AS $$
DECLARE
	previous bigint := (SELECT s.previous_scan
		FROM dane.report_scans s JOIN dane.scan o ON o.scan_id = s.previous_scan
		JOIN dane.scan n ON n.scan_id = id
		WHERE s.scan_id = id AND o.recorded AND n.recorded
			AND o.scan_id < id);
BEGIN
	PERFORM dane.report_hosts(id), dane.report_mx(id),
		dane.report_domains(id), dane.report_extras(id), dane.report_keys(),
		dane.report_sizes(), dane.report_groups();
	IF NOT EXISTS (SELECT FROM dane.figure WHERE scan_id = id) THEN
		PERFORM dane.figure_domains(id), dane.figure_hosts(id),
			dane.figure_rates(id);
	END IF;
	PERFORM dane.report_populations(id), dane.report_host_groups(),
		dane.report_paper_groups(id), dane.report_bogus_groups(id),
		dane.report_record_groups(id), dane.report_incorrect_groups(),
		dane.report_tls_groups(id);
	IF previous IS NOT NULL THEN
		PERFORM dane.report_change(id, previous);
	END IF;
	PERFORM dane.report_count(id), dane.report_failures(id),
		dane.report_shapes(id), dane.report_markets(id),
		dane.report_domain_figures(id), dane.report_host_figures(id);
	IF (SELECT recorded FROM dane.scan WHERE scan_id = id) THEN
		PERFORM dane.report_incident_figures(id);
	END IF;
	PERFORM dane.report_clear();
END $$;
