-- What the words of a domain say is told once for all domains that have the same
-- ones, of which there are few; and their codes are compared, not the words.

CREATE FUNCTION dane.report_words() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_word ON COMMIT DROP AS
	SELECT *, signed AND NOT indeterminate AS signed_measured,
		takes_mail AND NOT signed AS no_dnssec,
		takes_mail AND NOT signed
			AND half_dane_text IN ('some', 'all', 'broken') AS half_dane,
		broken AND severity = 'outage' AS outage,
		broken AND severity = 'degraded' AS degraded,
		broken AND dns AS broken_dns, broken AND NOT dns AS broken_tls
	FROM (
		SELECT *, class = 'indeterminate' AS indeterminate,
			class = 'no-mail' AS no_mail, class = 'valid' AS valid,
			class = 'partial' AS partial, class = 'unusable' AS unusable,
			class = 'no-tlsa' AS no_tlsa, class = 'broken' AS broken,
			dane.reason_kind(reason) IN ('dnssec', 'dns') AS dns,
			mx_trust = 'bogus' AS mx_bogus,
			mx_trust = 'bogus' OR answered AS exist,
			mx_trust <> 'bogus' AND answered AND class <> 'no-mail'
				AS takes_mail,
			mx_trust = 'secure' AND answered AND class <> 'no-mail'
				AS signed
		FROM (
			SELECT row_number() OVER () AS w, c.*,
				dane.label(class_code) AS class,
				coalesce(dane.label(nullif(reason_code, 0::smallint)),
					'') AS reason,
				dane.label(nullif(severity_code, 0::smallint))
					AS severity,
				dane.label(nullif(half_code, 0::smallint))
					AS half_dane_text,
				dane.label(status_code) IN ('data', 'nodata')
					AS answered,
				dane.label(trust_code) AS mx_trust
			FROM (
				SELECT DISTINCT class AS class_code,
					reason AS reason_code,
					severity AS severity_code,
					half_dane AS half_code,
					mx_status AS status_code,
					mx_trust AS trust_code
				FROM pg_temp.seen_name
			) c
		) named
	) judged;
	ANALYZE pg_temp.seen_word;
END $$;

COMMENT ON FUNCTION dane.report_words IS
	'For the figures: the words that the domains of a scan have together, and '
	'what they say by themselves.';

CREATE OR REPLACE FUNCTION dane.report_mx(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_name ON COMMIT DROP AS
	SELECT row_number() OVER ()::integer AS d, domain, tld, class,
		coalesce(reason, 0::smallint) AS reason,
		coalesce(severity, 0::smallint) AS severity,
		coalesce(half_dane, 0::smallint) AS half_dane, mx_status, mx_trust,
		mx_algorithm, nullif(tags - 'rank', '{}') AS tags,
		CASE WHEN ltrim(rank, '0123456789') = ''
			AND length(ltrim(rank, '0')) BETWEEN 1 AND 12
			THEN ltrim(rank, '0')::bigint END AS rank
	FROM (
		SELECT o.*, o.tags ->> 'rank' AS rank
		FROM dane.domain_row o WHERE o.scan_id = id
	) n;
	ANALYZE pg_temp.seen_name;
	PERFORM dane.report_words();

	CREATE TEMP TABLE seen_mx ON COMMIT DROP AS
	SELECT n.d, s.h, s.p, m.preference, m.class <> dane.code_of('noaddr') AS counts,
		s.tlsa AND m.class <> dane.code_of('noaddr') AS tlsa,
		m.class IN (dane.code_of('no-tlsa'), dane.code_of('no-dnssec'))
			OR s.bare AND m.class <> dane.code_of('noaddr') AS without,
		s.usable AND m.class <> dane.code_of('noaddr') AS usable,
		m.class = dane.code_of('valid') AS valid, m.class = dane.code_of('broken') AS broken,
		m.class IN (dane.code_of('unreachable'),
			dane.code_of('indeterminate'), dane.code_of('noaddr'))
			AS silent
	FROM (
		SELECT o.domain, o.host, o.run, o.preference, o.class
		FROM dane.mx_row o WHERE o.scan_id = id OFFSET 0
	) m
	JOIN pg_temp.seen_name n ON n.domain = m.domain
	JOIN pg_temp.seen_host s ON s.host = m.host AND s.run = m.run;
	ANALYZE pg_temp.seen_mx;

	CREATE TEMP TABLE seen_size ON COMMIT DROP AS
	SELECT h, count(DISTINCT d) AS n
	FROM pg_temp.seen_mx WHERE h IN (SELECT s.h FROM pg_temp.seen_host s
		WHERE s.latest AND (s.tlsa OR s.class = 'broken'))
	GROUP BY h;
	ANALYZE pg_temp.seen_size;

	CREATE TEMP TABLE seen_set ON COMMIT DROP AS
	SELECT d, links, one, tlsa, without, unknown, usable, reachable, fails,
		valid_at = best AS best_valid,
		coalesce(fails_at = best, false) AS best_fails, p,
		other_p
	FROM (
		SELECT d, count(*) AS links, min(h) = max(h) AS one,
			bool_or(tlsa) AS tlsa, bool_or(without) AS without,
			bool_or(counts AND NOT tlsa AND NOT without) AS unknown,
			bool_or(usable) AS usable,
			bool_or(usable AND (valid OR broken)) AS reachable,
			bool_or(usable AND broken) AS fails,
			min(preference) FILTER (WHERE counts) AS best,
			min(preference) FILTER (WHERE usable AND valid) AS valid_at,
			min(preference) FILTER (WHERE NOT valid AND NOT silent)
				AS fails_at,
			min(p) AS p, min(p) <> max(p) AS other_p
		FROM pg_temp.seen_mx GROUP BY d
	) m;
	ANALYZE pg_temp.seen_set;
END $$;

-- Flags of a domain as bits, in the order of population_flags(). OFFSET 0: what
-- several flags rest on is computed once.
CREATE OR REPLACE FUNCTION dane.report_domains(id bigint) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
	EXECUTE format($$
	CREATE TEMP TABLE seen_domain ON COMMIT DROP AS
	SELECT d, domain, tld, class, mx_algorithm, tags, rank, links, one, p,
		other_p, signed, bits, w << 32 | bits AS k
	FROM (
	SELECT *, %s AS bits FROM (
		SELECT *,
			signed AND tlsa AND NOT without AND NOT unknown AS tlsa_all,
			signed AND tlsa AND without AS tlsa_some,
			signed AND NOT tlsa AND NOT unknown AS tlsa_none,
			signed AND unknown AND NOT (tlsa AND without)
				AS tlsa_unknown,
			published AND NOT indeterminate AS with_tlsa,
			published AND some_usable AS usable,
			published AND some_reachable AS reachable,
			published AND some_reachable AND NOT fails AS matches,
			signed AND best_valid AND NOT best_fails AS correct,
			signed AND best_valid AND NOT best_fails
				AND NOT indeterminate AS correct_measured,
			broken AND published AS dane_broken
		FROM (
			SELECT n.d, n.domain, n.tld, n.mx_algorithm, n.tags, n.rank,
				v.*, s.links, s.one, s.p, s.other_p, s.tlsa,
				s.without, s.unknown, s.fails,
				s.usable AS some_usable,
				s.reachable AS some_reachable,
				s.best_valid, s.best_fails, v.signed AND s.tlsa
					AND (s.without OR NOT s.unknown) AS published
			FROM pg_temp.seen_name n
			JOIN pg_temp.seen_word v ON v.class_code = n.class
				AND v.reason_code = n.reason
				AND v.severity_code = n.severity
				AND v.half_code = n.half_dane
				AND v.status_code = n.mx_status
				AND v.trust_code = n.mx_trust
			LEFT JOIN pg_temp.seen_set s USING (d)
			OFFSET 0
		) publishing
	) standing OFFSET 0) packed $$,
	(SELECT string_agg(format('(coalesce(%I, false)::integer << %s)', flag,
			place - 1), ' | ')
		FROM unnest(dane.population_flags())
			WITH ORDINALITY f(flag, place)));
	ANALYZE pg_temp.seen_domain;
	CREATE TEMP TABLE seen_kind ON COMMIT DROP AS
	SELECT k, v.class, v.reason, v.severity, (k & 4294967295)::integer AS bits
	FROM (SELECT DISTINCT k FROM pg_temp.seen_domain) d
	JOIN pg_temp.seen_word v ON v.w = d.k >> 32;
	ANALYZE pg_temp.seen_kind;
END $body$;

CREATE OR REPLACE FUNCTION dane.figure_hosts(id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.figure (scan_id, name, dimension, class, reason, value)
	SELECT id, 'hosts', 'all', class, reason, count(*)
	FROM pg_temp.seen_host WHERE latest GROUP BY class, reason
	UNION ALL
	SELECT id, 'endpoints', 'all', class, reason, count(*)
	FROM dane.endpoint_results WHERE scan_id = id GROUP BY class, reason;

	INSERT INTO dane.figure (scan_id, name, dimension, key, value)
	SELECT id, 'hosts', 'tlsa_state', tlsa_state, count(*)
	FROM pg_temp.seen_host WHERE latest GROUP BY tlsa_state;

	INSERT INTO dane.figure (scan_id, name, dimension, key, class, value)
	SELECT id, 'records', 'parameters', concat_ws(' ', usage, selector, mtype),
		CASE WHEN NOT usable THEN 'unusable' WHEN match THEN 'match'
			WHEN NOT match THEN 'mismatch' ELSE 'unseen' END, count(*)
	FROM dane.tlsa_records WHERE scan_id = id GROUP BY 4, 5;
END $$;

CREATE OR REPLACE FUNCTION dane.figure_rates(id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.figure (scan_id, name, dimension, key, value, total)
	SELECT id, 'rate', 'domains', 'valid',
		count(*) FILTER (WHERE class = dane.code_of('valid')), count(*)
	FROM dane.domain_row
	WHERE scan_id = id AND mx_trust = dane.code_of('secure')
		AND class NOT IN (dane.code_of('no-mail'),
			dane.code_of('indeterminate'))
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
