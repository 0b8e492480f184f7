-- Without probes nobody knows whether a domain is correct: that is NULL and not 0,
-- which reads as absence.

CREATE FUNCTION dane.scan_probed(id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN (SELECT s.config ->> 'probe' IS DISTINCT FROM 'none' FROM dane.scan s
	WHERE s.scan_id = id);

COMMENT ON FUNCTION dane.scan_probed IS
	'Has the scan talked to servers (--probe)?';

CREATE FUNCTION dane.probe_flags() RETURNS text[] LANGUAGE sql IMMUTABLE
RETURN '{correct,correct_measured,dane_broken}'::text[];

COMMENT ON FUNCTION dane.probe_flags IS
	'The counts of dane.population that are NULL without probes.';

ALTER TABLE dane.population
	ALTER correct DROP NOT NULL,
	ALTER correct_measured DROP NOT NULL,
	ALTER dane_broken DROP NOT NULL;

COMMENT ON COLUMN dane.population.correct IS
	'Signed; of the MX hosts of the best preference at least one matches '
	'usable TLSA records, and the others do so or do not answer: what the '
	'DANE survey counts. NULL: the scan probed nobody (--probe none).';
COMMENT ON COLUMN dane.population.correct_measured IS
	'The same without the indeterminate. NULL: as correct.';
COMMENT ON COLUMN dane.population.dane_broken IS
	'Broken, and with_tlsa. NULL: as correct.';

-- What was written as 0 was never known.
ALTER TABLE dane.population DISABLE TRIGGER fixed;
UPDATE dane.population SET correct = NULL, correct_measured = NULL,
	dane_broken = NULL
WHERE NOT dane.scan_probed(scan_id);
ALTER TABLE dane.population ENABLE TRIGGER fixed;
ALTER TABLE dane.tally DISABLE TRIGGER fixed;
DELETE FROM dane.tally WHERE name = 'tld_providers' AND keys[3] = 'correct'
	AND NOT dane.scan_probed(scan_id);
ALTER TABLE dane.tally ENABLE TRIGGER fixed;

CREATE OR REPLACE FUNCTION dane.report_populations(id bigint) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
	flags constant text[] := dane.population_flags();
	probed constant boolean := dane.scan_probed(id);
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
	(SELECT string_agg(CASE WHEN probed OR flag <> ALL (dane.probe_flags())
			THEN format('coalesce(sum(n) FILTER (WHERE bits & %s <> 0), 0) '
				'AS %I', 1 << place::integer - 1, flag)
			ELSE format('NULL::bigint AS %I', flag) END, ', '
			ORDER BY place)
		FROM unnest(flags) WITH ORDINALITY f(flag, place)))
	USING id;
END $body$;

CREATE OR REPLACE FUNCTION dane.report_markets(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'concentration', ARRAY[market, measure], value
	FROM (
		SELECT market, count(*) AS providers, sum(n) AS total,
			sum(n) FILTER (WHERE place = 1) AS top1,
			sum(n) FILTER (WHERE place <= 10) AS top10,
			sum(n) FILTER (WHERE place <= 20) AS top20,
			sum(n * n) AS squares
		FROM (
			SELECT market, sum(n) AS n, row_number()
				OVER (PARTITION BY market ORDER BY sum(n) DESC) AS place
			FROM pg_temp.seen_key JOIN pg_temp.seen_kind USING (k),
				(VALUES ('mail', 'takes_mail'), ('correct', 'correct'))
					m(market, flag)
			WHERE dimension = 'provider' AND bits & (1 << array_position(
				dane.population_flags(), flag) - 1) <> 0
			GROUP BY market, key
		) sized GROUP BY market
	) c, LATERAL (VALUES ('providers', providers), ('total', total),
		('top1', top1), ('top10', top10), ('top20', top20),
		('squares', squares)) m(measure, value);

	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'tld_providers', ARRAY[tld, provider, measure], value
	FROM (
		SELECT tld, p, count(*) AS domains,
			count(*) FILTER (WHERE bits & (1 << array_position(
				dane.population_flags(), 'correct') - 1) <> 0) AS correct,
			count(*) FILTER (WHERE class = 'broken') AS broken,
			row_number() OVER (PARTITION BY tld
				ORDER BY count(*) DESC, p) AS place
		FROM (
			SELECT d, tld, bits, class, p
			FROM pg_temp.seen_domain WHERE p IS NOT NULL
			UNION ALL
			SELECT DISTINCT d.d, d.tld, d.bits, d.class, m.p
			FROM pg_temp.seen_domain d
			JOIN pg_temp.seen_mx m ON m.d = d.d AND m.p > d.p
			WHERE d.other_p
		) at GROUP BY tld, p
	) t JOIN (SELECT DISTINCT p, provider FROM pg_temp.seen_host) v USING (p),
	LATERAL (VALUES ('domains', domains), ('correct', correct),
		('broken', broken)) m(measure, value)
	WHERE place <= 20 AND (measure <> 'correct' OR dane.scan_probed(id));
END $$;
