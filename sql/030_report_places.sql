-- The place of each group of domains is stored with it, and what a scan before is
-- compared by has an index; kinds of domains are numbers from the start, which
-- saves passes over all domains.

ALTER TABLE dane.population
	ADD rank         bigint,
	ADD correct_rank bigint,
	ADD broken_rank  bigint;

ALTER TABLE dane.population
	DROP CONSTRAINT population_scan_id_dimension_key_key;
CREATE UNIQUE INDEX ON dane.population (scan_id, dimension, coalesce(key, ''));

COMMENT ON COLUMN dane.population.rank IS
	'Place in the dimension by domains; correct_rank, broken_rank: by correct, '
	'by broken ones. NULL: it has none.';

-- No figure changes: the places are those that the view has told.
ALTER TABLE dane.population DISABLE TRIGGER fixed;
UPDATE dane.population p SET rank = r.rank, correct_rank = r.correct_rank,
	broken_rank = r.broken_rank
FROM dane.ranked_population r
WHERE r.scan_id = p.scan_id AND r.dimension = p.dimension
	AND coalesce(r.key, '') = coalesce(p.key, '');
ALTER TABLE dane.population ENABLE TRIGGER fixed;

CREATE OR REPLACE VIEW dane.report_populations AS
SELECT r.*, dane.figure_share(r.signed, r.takes_mail) AS signed_share,
	dane.figure_share(r.correct_measured, r.signed_measured) AS correct_share,
	dane.figure_share(r.dane_broken, r.with_tlsa) AS broken_share,
	p.domains AS previous_domains, p.takes_mail AS previous_takes_mail,
	p.signed AS previous_signed, p.signed_measured AS previous_signed_measured,
	p.correct AS previous_correct,
	p.correct_measured AS previous_correct_measured,
	p.broken AS previous_broken, p.with_tlsa AS previous_with_tlsa,
	p.dane_broken AS previous_dane_broken, p.rank AS previous_rank,
	p.correct_rank AS previous_correct_rank,
	y.domains AS year_domains, y.takes_mail AS year_takes_mail,
	y.signed AS year_signed, y.signed_measured AS year_signed_measured,
	y.correct AS year_correct, y.correct_measured AS year_correct_measured,
	y.broken AS year_broken, y.with_tlsa AS year_with_tlsa,
	y.dane_broken AS year_dane_broken, y.rank AS year_rank,
	y.correct_rank AS year_correct_rank
FROM dane.report_scans s
JOIN dane.population r ON r.scan_id = s.scan_id
LEFT JOIN dane.population p ON p.scan_id = s.previous_scan
	AND p.dimension = r.dimension AND coalesce(p.key, '') = coalesce(r.key, '')
LEFT JOIN dane.population y ON y.scan_id = s.year_scan
	AND y.dimension = r.dimension AND coalesce(y.key, '') = coalesce(r.key, '');

DROP VIEW dane.ranked_population;

CREATE OR REPLACE FUNCTION dane.report_mx(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_name ON COMMIT DROP AS
	SELECT row_number() OVER ()::integer AS d, domain, tld, class, reason,
		severity, half_dane AS half_dane_text, mx_status, mx_trust,
		mx_algorithm, nullif(tags - 'rank', '{}') AS tags,
		substring(tags ->> 'rank' FROM '^0*[1-9][0-9]{0,11}$')::bigint
			AS rank
	FROM dane.domain_obs WHERE scan_id = id;
	ANALYZE pg_temp.seen_name;
	CREATE TEMP TABLE seen_word ON COMMIT DROP AS
	SELECT row_number() OVER () AS w, *
	FROM (SELECT DISTINCT class, coalesce(reason, '') AS reason, severity
		FROM pg_temp.seen_name) v;
	ANALYZE pg_temp.seen_word;

	CREATE TEMP TABLE seen_mx ON COMMIT DROP AS
	SELECT n.d, s.h, s.p, m.preference, m.class <> 'noaddr' AS counts,
		s.tlsa AND m.class <> 'noaddr' AS tlsa,
		m.class IN ('no-tlsa', 'no-dnssec')
			OR s.bare AND m.class <> 'noaddr' AS without,
		s.usable AND m.class <> 'noaddr' AS usable,
		m.class = 'valid' AS valid, m.class = 'broken' AS broken,
		m.class IN ('unreachable', 'indeterminate', 'noaddr') AS silent
	FROM (
		SELECT o.domain, o.host, o.run, o.preference, o.class
		FROM dane.mx_obs o WHERE o.scan_id = id OFFSET 0
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
	SELECT d, domain, tld, class, reason, severity, mx_algorithm, tags, rank,
		links, one, p, other_p, signed, bits, w << 32 | bits AS k
	FROM (
	SELECT *, %s AS bits FROM (
		SELECT *, class = 'indeterminate' AS indeterminate,
			class = 'no-mail' AS no_mail,
			signed AND class <> 'indeterminate' AS signed_measured,
			takes_mail AND NOT signed AS no_dnssec,
			takes_mail AND NOT signed
				AND half_dane_text IN ('some', 'all', 'broken')
				AS half_dane,
			signed AND tlsa AND NOT without AND NOT unknown AS tlsa_all,
			signed AND tlsa AND without AS tlsa_some,
			signed AND NOT tlsa AND NOT unknown AS tlsa_none,
			signed AND unknown AND NOT (tlsa AND without)
				AS tlsa_unknown,
			published AND class <> 'indeterminate' AS with_tlsa,
			published AND some_usable AS usable,
			published AND some_reachable AS reachable,
			published AND some_reachable AND NOT fails AS matches,
			signed AND best_valid AND NOT best_fails AS correct,
			signed AND best_valid AND NOT best_fails
				AND class <> 'indeterminate' AS correct_measured,
			class = 'valid' AS valid, class = 'partial' AS partial,
			class = 'unusable' AS unusable, class = 'no-tlsa' AS no_tlsa,
			class = 'broken' AS broken,
			class = 'broken' AND severity = 'outage' AS outage,
			class = 'broken' AND severity = 'degraded' AS degraded,
			class = 'broken' AND dns AS broken_dns,
			class = 'broken' AND NOT dns AS broken_tls,
			class = 'broken' AND published AS dane_broken
		FROM (
			SELECT *, signed AND tlsa AND (without OR NOT unknown)
					AS published,
				CASE class WHEN 'broken' THEN dane.reason_kind(reason)
					IN ('dnssec', 'dns') END AS dns
			FROM (
				SELECT *, takes_mail AND mx_trust = 'secure' AS signed
				FROM (
					SELECT n.*, v.w, s.links, s.one, s.p, s.other_p,
						mx_trust = 'bogus' AS mx_bogus,
						mx_trust = 'bogus'
							OR mx_status IN ('data', 'nodata')
							AS exist,
						mx_trust <> 'bogus'
							AND mx_status IN ('data', 'nodata')
							AND n.class <> 'no-mail' AS takes_mail,
						s.tlsa, s.without, s.unknown, s.fails,
						s.usable AS some_usable,
						s.reachable AS some_reachable,
						s.best_valid, s.best_fails
					FROM pg_temp.seen_name n
					JOIN pg_temp.seen_word v ON v.class = n.class
						AND v.reason = coalesce(n.reason, '')
						AND coalesce(v.severity, '')
							= coalesce(n.severity, '')
					LEFT JOIN pg_temp.seen_set s USING (d)
					OFFSET 0
				) seen OFFSET 0
			) signing OFFSET 0
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

CREATE OR REPLACE FUNCTION dane.report_keys() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_key ON COMMIT DROP AS
	WITH provider AS (
		SELECT p, k, sum(n) AS n FROM (
			SELECT p, k, count(*) AS n FROM pg_temp.seen_domain
			WHERE p IS NOT NULL GROUP BY p, k
			UNION ALL
			SELECT p, k, count(*) FROM (
				SELECT DISTINCT d.d, d.k, m.p FROM pg_temp.seen_domain d
				JOIN pg_temp.seen_mx m ON m.d = d.d AND m.p > d.p
				WHERE d.other_p
			) other GROUP BY p, k
		) both_kinds GROUP BY p, k
	), tagged AS (
		SELECT tags, k, count(*) AS n
		FROM pg_temp.seen_domain WHERE tags IS NOT NULL GROUP BY tags, k
	)
	SELECT 'all' COLLATE "C" AS dimension, NULL COLLATE "C" AS key, k,
		count(*) AS n
	FROM pg_temp.seen_domain GROUP BY k
	UNION ALL
	SELECT 'tld', tld, k, count(*) FROM pg_temp.seen_domain GROUP BY tld, k
	UNION ALL
	SELECT 'provider', v.provider, k, n
	FROM provider JOIN (SELECT DISTINCT p, h.provider
		FROM pg_temp.seen_host h) v USING (p)
	UNION ALL
	SELECT 'operator', operator, k, count(*)
	FROM pg_temp.seen_extra JOIN pg_temp.seen_domain USING (d)
	WHERE operator IS NOT NULL GROUP BY operator, k
	UNION ALL
	SELECT 'rank', 10000 * bin + 1 || '-' || 10000 * (bin + 1), k, n
	FROM (
		SELECT (rank - 1) / 10000 AS bin, k, count(*) AS n
		FROM pg_temp.seen_domain WHERE rank IS NOT NULL GROUP BY 1, 2
	) r
	UNION ALL
	SELECT 'tag:' || t.key, t.value, k, sum(n)
	FROM tagged, jsonb_each_text(tags) t
	GROUP BY t.key, t.value, k;
	ANALYZE pg_temp.seen_key;
END $$;

CREATE OR REPLACE FUNCTION dane.report_populations(id bigint) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
	flags constant text[] := dane.population_flags();
BEGIN
	EXECUTE format($$
	INSERT INTO dane.population (scan_id, dimension, key, domains, %1$s, hosts,
		tlsa_hosts, valid_hosts, broken_hosts, rank, correct_rank,
		broken_rank)
	SELECT $1, k.dimension, k.key, k.domains, %1$s, h.hosts, h.tlsa,
		h.valid_hosts, h.broken_hosts,
		rank() OVER (w ORDER BY k.domains DESC),
		CASE WHEN correct > 0 THEN rank() OVER (w ORDER BY correct DESC) END,
		CASE WHEN broken > 0 THEN rank() OVER (w ORDER BY broken DESC) END
	FROM (
		SELECT dimension, key, sum(n) AS domains, %2$s
		FROM pg_temp.seen_kept JOIN pg_temp.seen_kind USING (k)
		GROUP BY dimension, key
	) k LEFT JOIN (
		SELECT CASE grouping(provider) WHEN 1 THEN 'all' ELSE 'provider' END
				AS dimension, provider, count(*) AS hosts,
			count(*) FILTER (WHERE tlsa) AS tlsa,
			count(*) FILTER (WHERE class = 'valid') AS valid_hosts,
			count(*) FILTER (WHERE class = 'broken') AS broken_hosts
		FROM pg_temp.seen_host
		WHERE latest GROUP BY GROUPING SETS ((), (provider))
		HAVING grouping(provider) = 1 OR provider IS NOT NULL
	) h ON h.dimension = k.dimension
		AND coalesce(h.provider, '') = coalesce(k.key, '')
	WINDOW w AS (PARTITION BY k.dimension) $$,
	array_to_string(flags, ', '),
	(SELECT string_agg(format('coalesce(sum(n) FILTER '
			'(WHERE bits & %s <> 0), 0) AS %I', 1 << place::integer - 1,
			flag), ', ' ORDER BY place)
		FROM unnest(flags) WITH ORDINALITY f(flag, place)))
	USING id;
END $body$;

CREATE OR REPLACE FUNCTION dane.report_clear() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE pg_temp.seen_host, pg_temp.seen_endpoint, pg_temp.seen_name,
		pg_temp.seen_word,
		pg_temp.seen_mx, pg_temp.seen_size, pg_temp.seen_set,
		pg_temp.seen_domain, pg_temp.seen_kind, pg_temp.seen_extra,
		pg_temp.seen_key, pg_temp.seen_kept, pg_temp.seen_group,
		pg_temp.seen_record, pg_temp.seen_leaf, pg_temp.seen_number,
		pg_temp.seen_member, pg_temp.seen_where;
END $$;
