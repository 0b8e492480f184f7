-- The properties of a domain follow from few words and from what its hosts make of
-- it: they are told once for each pair of these, not domain by domain.

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
	SELECT d, links, one, p, other_p, tlsa::integer
		| (without::integer << 1) | (unknown::integer << 2)
		| (usable::integer << 3) | (reachable::integer << 4)
		| (fails::integer << 5)
		| (coalesce(valid_at = best, false)::integer << 6)
		| (coalesce(fails_at = best, false)::integer << 7) AS s
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

CREATE FUNCTION dane.report_standings() RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
	EXECUTE format($$
	CREATE TEMP TABLE seen_shape ON COMMIT DROP AS
	SELECT w, s, %s AS bits FROM (
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
			SELECT v.*, x.*, signed AND tlsa
				AND (without OR NOT unknown) AS published
			FROM pg_temp.seen_word v CROSS JOIN (
				SELECT s, s & 1 <> 0 AS tlsa, s & 2 <> 0 AS without,
					s & 4 <> 0 AS unknown, s & 8 <> 0 AS some_usable,
					s & 16 <> 0 AS some_reachable,
					s & 32 <> 0 AS fails, s & 64 <> 0 AS best_valid,
					s & 128 <> 0 AS best_fails
				FROM (SELECT DISTINCT s FROM pg_temp.seen_set) e
				UNION ALL
				SELECT -1, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
					NULL
			) x
		) publishing
	) standing $$,
	(SELECT string_agg(format('(coalesce(%I, false)::integer << %s)', flag,
			place - 1), ' | ')
		FROM unnest(dane.population_flags())
			WITH ORDINALITY f(flag, place)));
	ANALYZE pg_temp.seen_shape;
END $body$;

COMMENT ON FUNCTION dane.report_standings IS
	'For the figures: the properties of a domain as bits, in the order of '
	'population_flags(), by its words (w) and what its hosts make of it (s; -1: '
	'it has none).';

CREATE OR REPLACE FUNCTION dane.report_domains(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dane.report_standings();
	CREATE TEMP TABLE seen_domain ON COMMIT DROP AS
	SELECT n.d, n.domain, n.tld, v.class, n.mx_algorithm, n.tags, n.rank,
		m.links, m.one, m.p, m.other_p, v.signed, f.bits,
		v.w << 32 | f.bits AS k
	FROM pg_temp.seen_name n
	JOIN pg_temp.seen_word v ON v.class_code = n.class
		AND v.reason_code = n.reason AND v.severity_code = n.severity
		AND v.half_code = n.half_dane AND v.status_code = n.mx_status
		AND v.trust_code = n.mx_trust
	LEFT JOIN pg_temp.seen_set m USING (d)
	JOIN pg_temp.seen_shape f ON f.w = v.w AND f.s = coalesce(m.s, -1);
	ANALYZE pg_temp.seen_domain;
	CREATE TEMP TABLE seen_kind ON COMMIT DROP AS
	SELECT k, v.class, v.reason, v.severity, (k & 4294967295)::integer AS bits
	FROM (SELECT DISTINCT k FROM pg_temp.seen_domain) d
	JOIN pg_temp.seen_word v ON v.w = d.k >> 32;
	ANALYZE pg_temp.seen_kind;
END $$;

CREATE OR REPLACE FUNCTION dane.report_clear() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE pg_temp.seen_host, pg_temp.seen_endpoint, pg_temp.seen_name,
		pg_temp.seen_word, pg_temp.seen_shape,
		pg_temp.seen_mx, pg_temp.seen_size, pg_temp.seen_set,
		pg_temp.seen_domain, pg_temp.seen_kind, pg_temp.seen_extra,
		pg_temp.seen_key, pg_temp.seen_kept, pg_temp.seen_group,
		pg_temp.seen_record, pg_temp.seen_leaf, pg_temp.seen_number,
		pg_temp.seen_member, pg_temp.seen_where;
END $$;
