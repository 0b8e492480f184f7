-- What the figures of a scan are counted from: its hosts, its domains and the
-- links between them, each read once into temporary tables, with numbers in the
-- place of names. Only the observations of that scan are read.

CREATE FUNCTION dane.report_hosts(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_host ON COMMIT DROP AS
	SELECT dense_rank() OVER (ORDER BY host)::integer AS h, host, run,
		run = max(run) OVER (PARTITION BY host) AS latest,
		provider, CASE WHEN provider IS NOT NULL THEN
			dense_rank() OVER (ORDER BY provider)::integer END AS p,
		class, reason, tlsa_state, tlsa_trust, tlsa_algorithm,
		tlsa_state IN ('usable', 'unusable') AS tlsa,
		tlsa_state IN ('none-secure', 'none-insecure', 'insecure') AS bare,
		tlsa_state = 'usable' AS usable
	FROM dane.host_obs WHERE scan_id = id;
	ANALYZE pg_temp.seen_host;

	CREATE TEMP TABLE seen_endpoint ON COMMIT DROP AS
	SELECT s.h, s.tlsa, s.class AS host_class, e.address, e.class, e.reason,
		e.smtp_code, e.tls_version, e.cipher, e.tls_key, e.chain[1] AS leaf,
		e.match_usage, e.pkix_error, e.pkix_reason,
		CASE WHEN NOT coalesce(e.flags && '{sni-fatal,sni-other}', false)
			THEN e.other_key END AS other_key
	FROM pg_temp.seen_host s
	JOIN dane.endpoint_obs e ON e.scan_id = id AND e.host = s.host
		AND e.run = s.run
	WHERE s.latest;
	ANALYZE pg_temp.seen_endpoint;
END $$;

COMMENT ON FUNCTION dane.report_hosts IS
	'For the figures: the hosts of a scan, and their addresses as examined '
	'last.';

-- One row a domain and host. What a flag says is that of the host as the domain
-- was judged on it.
CREATE FUNCTION dane.report_mx(id bigint) RETURNS void
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

	CREATE TEMP TABLE seen_mx ON COMMIT DROP AS
	SELECT n.d, s.h, s.p, m.preference, m.class <> 'noaddr' AS counts,
		s.tlsa AND m.class <> 'noaddr' AS tlsa,
		m.class IN ('no-tlsa', 'no-dnssec')
			OR s.bare AND m.class <> 'noaddr' AS without,
		s.usable AND m.class <> 'noaddr' AS usable,
		m.class = 'valid' AS valid, m.class = 'broken' AS broken,
		m.class IN ('unreachable', 'indeterminate', 'noaddr') AS silent
	FROM dane.mx_obs m
	JOIN pg_temp.seen_name n ON n.domain = m.domain
	JOIN pg_temp.seen_host s ON s.host = m.host AND s.run = m.run
	WHERE m.scan_id = id;
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

COMMENT ON FUNCTION dane.report_mx IS
	'For the figures: which domain has which host, and what that makes of the '
	'domain.';

CREATE FUNCTION dane.population_flags() RETURNS text[] LANGUAGE sql IMMUTABLE
RETURN '{indeterminate,no_mail,exist,takes_mail,mx_bogus,signed,signed_measured,
	no_dnssec,half_dane,tlsa_all,tlsa_some,tlsa_none,tlsa_unknown,with_tlsa,
	usable,reachable,matches,correct,correct_measured,valid,partial,unusable,
	no_tlsa,broken,outage,degraded,broken_dns,broken_tls,dane_broken}'::text[];

COMMENT ON FUNCTION dane.population_flags IS
	'The columns of dane.population that count the domains with a property.';

-- Flags of a domain as bits, in the order of population_flags(): what is counted
-- of a group is then one aggregate over few numbers. OFFSET 0: what several flags
-- rest on is computed once.
CREATE FUNCTION dane.report_domains(id bigint) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
	EXECUTE format($$
	CREATE TEMP TABLE seen_domain ON COMMIT DROP AS
	SELECT d, domain, tld, class, reason, severity, mx_algorithm, tags, rank,
		links, one, p, other_p, signed, %s AS bits
	FROM (
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
					SELECT n.*, s.links, s.one, s.p, s.other_p,
						mx_trust = 'bogus' AS mx_bogus,
						mx_trust = 'bogus'
							OR mx_status IN ('data', 'nodata')
							AS exist,
						mx_trust <> 'bogus'
							AND mx_status IN ('data', 'nodata')
							AND class <> 'no-mail' AS takes_mail,
						s.tlsa, s.without, s.unknown, s.fails,
						s.usable AS some_usable,
						s.reachable AS some_reachable,
						s.best_valid, s.best_fails
					FROM pg_temp.seen_name n
					LEFT JOIN pg_temp.seen_set s USING (d)
					OFFSET 0
				) seen OFFSET 0
			) signing OFFSET 0
		) publishing
	) standing $$,
	(SELECT string_agg(format('(coalesce(%I, false)::integer << %s)', flag,
			place - 1), ' | ')
		FROM unnest(dane.population_flags())
			WITH ORDINALITY f(flag, place)));
	ANALYZE pg_temp.seen_domain;
	CREATE TEMP TABLE seen_kind ON COMMIT DROP AS
	SELECT row_number() OVER ()::integer AS k, *
	FROM (SELECT DISTINCT class, coalesce(reason, '') AS reason, severity, bits
		FROM pg_temp.seen_domain) d;
	ANALYZE pg_temp.seen_kind;
END $body$;

COMMENT ON FUNCTION dane.report_domains IS
	'For the figures: the domains of a scan, with the properties that '
	'dane.population counts.';

CREATE FUNCTION dane.report_extras(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_extra ON COMMIT DROP AS
	SELECT n.d, x.ns ->> 'operator' COLLATE "C" AS operator,
		CASE
		WHEN x.mta_sts ->> 'state' IS NULL THEN NULL
		WHEN x.mta_sts ->> 'status' NOT IN ('data', 'nodata', 'nxdomain')
			THEN 'unknown'
		WHEN x.mta_sts ->> 'state' = 'absent' THEN 'none'
		WHEN x.mta_sts ->> 'state' <> 'present' THEN x.mta_sts ->> 'state'
		WHEN x.mta_sts #>> '{policy,state}' IS NULL THEN 'record'
		WHEN x.mta_sts #>> '{policy,state}' <> 'fetched' THEN 'no-policy'
		WHEN x.mta_sts #>> '{policy,mode}' = 'none' THEN 'mode-none'
		ELSE x.mta_sts #>> '{policy,mode}' END AS policy,
		CASE WHEN x.ds #>> '{dnskey,status}' = 'data' THEN
			coalesce((x.ds #>> '{nsec3,iterations}')::integer, -1) END
			AS iterations
	FROM dane.domain_obs o
	JOIN pg_temp.seen_name n ON n.domain = o.domain,
		json_to_record(o.extras) x(mta_sts json, ns json, ds json)
	WHERE o.scan_id = id AND o.extras IS NOT NULL;
	ANALYZE pg_temp.seen_extra;
END $$;

COMMENT ON FUNCTION dane.report_extras IS
	'For the figures: what further look-ups found of each domain. iterations: '
	'of NSEC3, -1 where the zone uses NSEC.';

-- Groups of domains

CREATE FUNCTION dane.report_keys() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_key ON COMMIT DROP AS
	WITH kinded AS NOT MATERIALIZED (
		SELECT d.*, k FROM pg_temp.seen_domain d
		JOIN pg_temp.seen_kind k ON k.class = d.class AND k.bits = d.bits
			AND k.reason = coalesce(d.reason, '')
	), provider AS (
		SELECT p, k, sum(n) AS n FROM (
			SELECT p, k, count(*) AS n FROM kinded
			WHERE p IS NOT NULL GROUP BY p, k
			UNION ALL
			SELECT p, k, count(*) FROM (
				SELECT DISTINCT d.d, d.k, m.p FROM kinded d
				JOIN pg_temp.seen_mx m ON m.d = d.d AND m.p > d.p
				WHERE d.other_p
			) other GROUP BY p, k
		) both_kinds GROUP BY p, k
	), tagged AS (
		SELECT tags, k, count(*) AS n
		FROM kinded WHERE tags IS NOT NULL GROUP BY tags, k
	)
	SELECT 'all' COLLATE "C" AS dimension, NULL COLLATE "C" AS key, k,
		count(*) AS n
	FROM kinded GROUP BY k
	UNION ALL
	SELECT 'tld', tld, k, count(*) FROM kinded GROUP BY tld, k
	UNION ALL
	SELECT 'provider', v.provider, k, n
	FROM provider JOIN (SELECT DISTINCT p, h.provider
		FROM pg_temp.seen_host h) v USING (p)
	UNION ALL
	SELECT 'operator', operator, k, count(*)
	FROM pg_temp.seen_extra JOIN kinded USING (d)
	WHERE operator IS NOT NULL GROUP BY operator, k
	UNION ALL
	SELECT 'rank', 10000 * bin + 1 || '-' || 10000 * (bin + 1), k, n
	FROM (
		SELECT (rank - 1) / 10000 AS bin, k, count(*) AS n
		FROM kinded WHERE rank IS NOT NULL GROUP BY 1, 2
	) r
	UNION ALL
	SELECT 'tag:' || t.key, t.value, k, sum(n)
	FROM tagged, jsonb_each_text(tags) t
	GROUP BY t.key, t.value, k;
	ANALYZE pg_temp.seen_key;
END $$;

COMMENT ON FUNCTION dane.report_keys IS
	'For the figures: how many domains of each group are of each kind, that is '
	'have the same class, reason and properties.';

CREATE FUNCTION dane.report_sizes() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_kept ON COMMIT DROP AS
	SELECT s.* FROM (
		SELECT *, count(*) OVER (PARTITION BY dimension) AS keys,
			row_number() OVER (PARTITION BY dimension
				ORDER BY n DESC, key) AS place,
			row_number() OVER (PARTITION BY dimension
				ORDER BY correct DESC, n DESC, key) AS correct_place,
			row_number() OVER (PARTITION BY dimension
				ORDER BY broken DESC, n DESC, key) AS broken_place
		FROM (
			SELECT dimension, key, sum(n) AS n,
				coalesce(sum(n) FILTER (WHERE bits & (1 <<
					array_position(dane.population_flags(), 'correct')
					- 1) <> 0), 0) AS correct,
				coalesce(sum(n) FILTER (WHERE class = 'broken'), 0)
					AS broken
			FROM pg_temp.seen_key JOIN pg_temp.seen_kind USING (k)
			GROUP BY dimension, key
		) sized
	) kept JOIN pg_temp.seen_key s ON s.dimension = kept.dimension
		AND coalesce(s.key, '') = coalesce(kept.key, '')
	WHERE kept.dimension IN ('all', 'tld', 'rank')
		OR kept.dimension LIKE 'tag:%' AND keys <= dane.figure_limit()
		OR kept.dimension IN ('provider', 'operator')
			AND dane.figure_limit() >=
				least(place, correct_place, broken_place);
	ANALYZE pg_temp.seen_kept;
END $$;

COMMENT ON FUNCTION dane.report_sizes IS
	'For the figures: the groups that are kept.';

CREATE FUNCTION dane.report_populations(id bigint) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
	flags constant text[] := dane.population_flags();
BEGIN
	EXECUTE format($$
	INSERT INTO dane.population (scan_id, dimension, key, domains, %s, hosts,
		tlsa_hosts, valid_hosts, broken_hosts)
	SELECT $1, k.*, h.hosts, h.tlsa, h.valid, h.broken
	FROM (
		SELECT dimension, key, sum(n), %s
		FROM pg_temp.seen_kept JOIN pg_temp.seen_kind USING (k)
		GROUP BY dimension, key
	) k LEFT JOIN (
		SELECT CASE grouping(provider) WHEN 1 THEN 'all' ELSE 'provider' END
				AS dimension, provider, count(*) AS hosts,
			count(*) FILTER (WHERE tlsa) AS tlsa,
			count(*) FILTER (WHERE class = 'valid') AS valid,
			count(*) FILTER (WHERE class = 'broken') AS broken
		FROM pg_temp.seen_host
		WHERE latest GROUP BY GROUPING SETS ((), (provider))
		HAVING grouping(provider) = 1 OR provider IS NOT NULL
	) h ON h.dimension = k.dimension
		AND coalesce(h.provider, '') = coalesce(k.key, '') $$,
	array_to_string(flags, ', '),
	(SELECT string_agg(format('coalesce(sum(n) FILTER '
			'(WHERE bits & %s <> 0), 0)', 1 << place::integer - 1), ', '
			ORDER BY place)
		FROM unnest(flags) WITH ORDINALITY f(flag, place)))
	USING id;
END $body$;

COMMENT ON FUNCTION dane.report_populations IS
	'Write the counts of all groups of domains.';

CREATE OR REPLACE FUNCTION dane.figure_domains(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.figure (scan_id, name, dimension, key, class, reason,
		value)
	SELECT id, 'domains', dimension, key, class, nullif(reason, ''), sum(n)
	FROM pg_temp.seen_kept JOIN pg_temp.seen_kind USING (k)
	GROUP BY dimension, key, class, reason;
END $$;
