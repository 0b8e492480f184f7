-- The rest of the figures, and the closing transaction that writes them all.

CREATE FUNCTION dane.report_failures(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'failure_domains', ARRAY[class, reason, severity], sum(n)
	FROM pg_temp.seen_key JOIN pg_temp.seen_kind USING (k)
	WHERE dimension = 'all' AND reason <> ''
		AND class IN ('broken', 'indeterminate', 'unusable', 'partial')
	GROUP BY class, reason, severity
	UNION ALL
	SELECT id, 'failure_any', ARRAY[class, r], count(*)
	FROM dane.domain_obs, unnest(coalesce(reasons, ARRAY[reason])) r
	WHERE scan_id = id AND r IS NOT NULL
		AND class IN ('broken', 'indeterminate', 'unusable', 'partial')
	GROUP BY class, r
	UNION ALL
	SELECT id, 'lints', ARRAY[l], count(DISTINCT domain)
	FROM dane.domain_obs, unnest(lint) l WHERE scan_id = id GROUP BY l;

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
		FROM dane.domain_obs o
		JOIN pg_temp.seen_domain n ON n.domain = o.domain
		LEFT JOIN pg_temp.seen_extra x USING (d)
		LEFT JOIN LATERAL json_array_elements(o.servers) s
			ON x.operator IS NULL
		WHERE o.scan_id = id AND o.class IN ('broken', 'indeterminate')
			AND dane.reason_kind(o.reason) IN ('dnssec', 'dns')
	) f WHERE operator IS NOT NULL
	GROUP BY operator, source ORDER BY 4 DESC LIMIT dane.figure_limit();
END $$;

COMMENT ON FUNCTION dane.report_failures IS
	'Write what is broken, by domains.';

CREATE FUNCTION dane.report_shapes(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'mx_hosts', k.keys, sum(domains)
	FROM (
		SELECT CASE WHEN one THEN 1 ELSE links END AS n, count(*) AS domains
		FROM pg_temp.seen_domain WHERE one OR links = 2 GROUP BY 1
		UNION ALL
		SELECT n, count(*) FROM (
			SELECT count(DISTINCT m.h) AS n
			FROM pg_temp.seen_domain d JOIN pg_temp.seen_mx m USING (d)
			WHERE NOT d.one AND d.links > 2 GROUP BY d.d
		) many GROUP BY n
	) m, LATERAL (VALUES (ARRAY['hosts-per-domain']),
		(ARRAY['hosts-per-domain', least(n, 10)::text])) k(keys)
	GROUP BY k.keys;

	INSERT INTO dane.tally (scan_id, name, keys, hosts)
	SELECT id, 'mx_hosts', k.keys, count(*)
	FROM (
		SELECT count(DISTINCT address) AS n,
			count(DISTINCT address) FILTER (WHERE address !~ ':') AS v4,
			count(DISTINCT address) FILTER (WHERE address ~ ':') AS v6
		FROM pg_temp.seen_endpoint GROUP BY h
	) h, LATERAL (VALUES ('addresses-per-host', n), ('ipv4-per-host', v4),
		('ipv6-per-host', v6)) m(measure, count),
	LATERAL (VALUES (ARRAY[measure]),
		(ARRAY[measure, least(count, 10)::text])) k(keys)
	GROUP BY k.keys;

	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'algorithms', CASE grouping(tld, mx_algorithm)
		WHEN 0 THEN ARRAY['MX', tld, mx_algorithm::text]
		WHEN 1 THEN ARRAY['MX', tld]
		WHEN 2 THEN ARRAY['MX', NULL, mx_algorithm::text]
		ELSE ARRAY['MX', NULL] END, count(*)
	FROM pg_temp.seen_domain WHERE signed AND mx_algorithm IS NOT NULL
	GROUP BY CUBE (tld, mx_algorithm) HAVING count(*) > 0
	UNION ALL
	SELECT id, 'mta_sts', CASE grouping(policy, class) WHEN 0
		THEN ARRAY[policy, class] ELSE '{}' END, count(*)
	FROM pg_temp.seen_extra JOIN pg_temp.seen_domain USING (d)
	WHERE policy IS NOT NULL AND class <> 'no-mail'
	GROUP BY GROUPING SETS ((policy, class), ()) HAVING count(*) > 0
	UNION ALL
	SELECT id, 'nsec3', CASE grouping(class) WHEN 0 THEN ARRAY[class]
		ELSE '{}' END, count(*)
	FROM (
		SELECT CASE WHEN iterations < 0 THEN 'nsec'
			WHEN iterations = 0 THEN '0' WHEN iterations <= 10 THEN '1-10'
			WHEN iterations <= 50 THEN '11-50'
			WHEN iterations <= 100 THEN '51-100'
			WHEN iterations <= 150 THEN '101-150' ELSE 'over 150' END
			AS class
		FROM pg_temp.seen_extra WHERE iterations IS NOT NULL
	) i GROUP BY GROUPING SETS ((class), ()) HAVING count(*) > 0;
END $$;

COMMENT ON FUNCTION dane.report_shapes IS
	'Write how many hosts domains have, how zones are signed, and what '
	'further look-ups found.';

CREATE FUNCTION dane.report_markets(id bigint) RETURNS void
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
	WHERE place <= 20;
END $$;

COMMENT ON FUNCTION dane.report_markets IS
	'Write how mail is divided among providers.';

-- Change, from the record

CREATE VIEW dane.report_incidents AS
SELECT domain, substring(domain FROM '[^.]*$') COLLATE "C" AS tld,
	row_number() OVER (PARTITION BY domain ORDER BY opened_scan) AS number,
	reason, opened, opened_scan, first_sight, ended, ended_scan,
	CASE WHEN ended_class IN ('valid', 'partial', 'unusable') THEN 'fixed'
		WHEN ended_scan IS NOT NULL THEN 'withdrawn' ELSE 'open' END
		AS outcome,
	round(extract(epoch FROM ended - opened) / 86400, 2) AS days
FROM (
	SELECT domain, from_scan AS opened_scan, first_seen AS opened, reason,
		was IS NULL AS first_sight, class,
		lead(from_scan) OVER w AS ended_scan,
		lead(first_seen) OVER w AS ended, lead(class) OVER w AS ended_class
	FROM (
		SELECT domain, from_scan, first_seen, class, reason,
			lag(class) OVER (PARTITION BY domain ORDER BY from_scan) AS was
		FROM dane.domain_state
		WHERE domain IN (SELECT b.domain FROM dane.domain_state b
			WHERE b.class = 'broken')
	) s
	WHERE was IS NULL OR (class = 'broken') <> (was = 'broken')
	WINDOW w AS (PARTITION BY domain ORDER BY from_scan)
) turns
WHERE class = 'broken';

COMMENT ON VIEW dane.report_incidents IS
	'One row for each time that a domain was broken, from the record. number: '
	'over 1 is recurring. first_sight: it was so when it was first seen, so '
	'opened is the latest that it can be. reason: when it opened. outcome: '
	'open, fixed, or withdrawn (no DANE or no mail after it). ended is when a '
	'scan first saw that; days: from opened to ended.';

CREATE FUNCTION dane.report_change(id bigint, previous bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_change ON COMMIT DROP AS
	SELECT * FROM dane.change_summary(previous, id);
	INSERT INTO dane.tally (scan_id, name, keys, domains)
	SELECT id, 'changes', ARRAY[previous::text, change, cause], sum(domains)
	FROM pg_temp.seen_change GROUP BY change, cause
	UNION ALL
	SELECT * FROM (
		SELECT id, 'change_causes',
			ARRAY[previous::text, change, cause, provider], domains
		FROM pg_temp.seen_change
		ORDER BY domains DESC, change, cause, provider LIMIT 200
	) largest
	UNION ALL
	SELECT id, 'changes', ARRAY[previous::text], 0;
	DROP TABLE pg_temp.seen_change;

	INSERT INTO pg_temp.seen_group (name, keys, h)
	SELECT 'rollovers', k.keys, s.h
	FROM dane.rollovers(previous, id) r
	JOIN pg_temp.seen_host s ON s.host = r.host AND s.latest,
	LATERAL (VALUES (ARRAY[previous::text, outcome, depth::text]),
		(CASE WHEN NOT certain THEN ARRAY[previous::text, outcome,
			depth::text, 'uncertain'] END)) k(keys)
	WHERE k.keys IS NOT NULL;
END $$;

COMMENT ON FUNCTION dane.report_change IS
	'Write what changed since the scan before, and why; and put down the hosts '
	'that changed their keys.';

-- Figures by name

CREATE FUNCTION dane.report_key(id bigint, unit text, key text, value bigint,
	total bigint)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.figure (scan_id, name, dimension, key, value, total)
	SELECT id, 'key', unit, key, value, total
	WHERE value IS NOT NULL AND total IS DISTINCT FROM 0
$$;

COMMENT ON FUNCTION dane.report_key IS
	'Write one figure of report_key_figures; NULL, or a part of nothing, is '
	'none.';

CREATE FUNCTION dane.report_domain_figures(id bigint) RETURNS void
LANGUAGE sql AS $$
	SELECT dane.report_key(id, 'domains', f.figure, f.value, f.total)
	FROM dane.population p, dane.scan s, LATERAL (VALUES
		('correct', correct, signed, true),
		('correct-measured', correct_measured, signed_measured, true),
		('signed', signed, takes_mail, false),
		('domains', p.domains, NULL, false),
		('measured', p.domains - indeterminate, p.domains, false),
		('indeterminate', indeterminate, p.domains, false),
		('tlsa-all', tlsa_all, signed, false),
		('tlsa-some', tlsa_some, signed, false),
		('tlsa-none', tlsa_none, signed, false),
		('tlsa-unknown', tlsa_unknown, signed, false),
		('valid', valid, signed_measured, true),
		('broken', broken, signed_measured + mx_bogus, false),
		('outage', outage, broken, false),
		('degraded', degraded, broken, false),
		('partial', partial, signed_measured, true),
		('unusable', unusable, signed_measured, true),
		('no-tlsa', no_tlsa, signed_measured, false),
		('no-dnssec', no_dnssec, takes_mail, false),
		('half-dane', half_dane, no_dnssec, false),
		('no-mail', no_mail, p.domains, false),
		('partial-tlsa', tlsa_some, tlsa_all + tlsa_some, false),
		('wrong-domains', dane_broken, with_tlsa, true),
		('lookup-domains', broken_dns, signed_measured + mx_bogus, false)
	) f(figure, value, total, probed)
	WHERE p.scan_id = id AND p.dimension = 'all' AND s.scan_id = id
		AND NOT (f.probed AND coalesce(s.config ->> 'probe' = 'none', false))
$$;

COMMENT ON FUNCTION dane.report_domain_figures IS
	'Write the figures by name that count domains. Without probes nothing is '
	'said about servers.';

CREATE FUNCTION dane.report_host_figures(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dane.report_key(id, f.unit, f.figure, f.value, f.total)
	FROM (
		SELECT count(*) AS hosts, count(*) FILTER (WHERE tlsa) AS tlsa,
			count(DISTINCT provider) FILTER (WHERE tlsa) AS zones,
			count(*) FILTER (WHERE class = 'broken' AND tlsa) AS wrong,
			count(*) FILTER (WHERE class IN ('valid', 'broken') AND tlsa)
				AS judged
		FROM pg_temp.seen_host WHERE latest
	) h, (
		SELECT count(DISTINCT (h, address)) AS addresses,
			count(DISTINCT leaf) FILTER (WHERE tlsa) AS certificates,
			count(DISTINCT h) FILTER (WHERE tlsa AND leaf IS NOT NULL)
				AS shown,
			count(DISTINCT h) FILTER (WHERE tlsa AND leaf IS NOT NULL
				AND other_key IS NOT NULL) AS dual
		FROM pg_temp.seen_endpoint
	) e, (
		SELECT count(*) FILTER (WHERE a_status = 'data'
				OR aaaa_status = 'data') AS addressed,
			count(*) FILTER (WHERE aaaa_status = 'data') AS ipv6
		FROM dane.host_latest WHERE scan_id = id
	) a, LATERAL (VALUES
		('hosts', 'hosts', h.hosts, NULL::bigint),
		('hosts', 'hosts-with-tlsa', h.tlsa, h.hosts),
		('zones', 'zones-with-tlsa', h.zones, NULL),
		('hosts', 'wrong-hosts', h.wrong, h.judged),
		('addresses', 'addresses', e.addresses, NULL),
		('certificates', 'certificates', e.certificates, NULL),
		('hosts', 'hosts-ipv6', a.ipv6, a.addressed),
		('hosts', 'dual-certificate', e.dual, e.shown)
	) f(unit, figure, value, total);
	PERFORM dane.report_key(id, dimension, 'rate-' || dimension, value, total)
	FROM dane.figure WHERE scan_id = id AND name = 'rate';
	PERFORM dane.report_key(id, 'hosts', 'dual-certificate-wrong',
		coalesce(sum(hosts) FILTER (WHERE keys[2] = 'one-unmatched'), 0)::bigint,
		sum(hosts)::bigint)
	FROM dane.tally WHERE scan_id = id AND name = 'dual_keys'
		AND keys[2] IS NOT NULL HAVING count(*) > 0;
END $$;

COMMENT ON FUNCTION dane.report_host_figures IS
	'Write the figures by name that count hosts and what belongs to them.';

CREATE FUNCTION dane.report_incident_figures(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dane.report_key(id, 'domains', f.figure, f.value, f.total)
	FROM (
		SELECT count(*) FILTER (WHERE opened_scan = id) AS opened,
			count(*) FILTER (WHERE opened_scan = id AND number > 1)
				AS recurring,
			count(*) FILTER (WHERE ended_scan = id AND outcome = 'fixed')
				AS fixed,
			count(*) FILTER (WHERE ended_scan = id
				AND outcome = 'withdrawn') AS withdrawn,
			count(*) FILTER (WHERE outcome = 'open') AS open,
			count(*) FILTER (WHERE opened <= s.started - interval '7 days')
				AS old7,
			count(*) FILTER (WHERE opened <= s.started - interval '7 days'
				AND outcome = 'fixed' AND days <= 7) AS fixed7,
			count(*) FILTER (WHERE opened <= s.started - interval '30 days')
				AS old30,
			count(*) FILTER (WHERE opened <= s.started - interval '30 days'
				AND outcome = 'fixed' AND days <= 30) AS fixed30,
			count(*) FILTER (WHERE opened <= s.started - interval '90 days')
				AS old90,
			count(*) FILTER (WHERE opened <= s.started - interval '90 days'
				AND outcome = 'fixed' AND days <= 90) AS fixed90
		FROM dane.report_incidents i
		JOIN pg_temp.seen_domain d ON d.domain = i.domain
		JOIN dane.scan s ON s.scan_id = id
	) i, LATERAL (VALUES ('incidents-opened', opened, NULL::bigint),
		('incidents-recurring', recurring, opened),
		('incidents-fixed', fixed, NULL),
		('incidents-withdrawn', withdrawn, NULL),
		('incidents-open', open, NULL),
		('fixed-7-days', fixed7, old7),
		('fixed-30-days', fixed30, old30),
		('fixed-90-days', fixed90, old90)
	) f(figure, value, total);
END $$;

COMMENT ON FUNCTION dane.report_incident_figures IS
	'Write what became of broken domains, of those that the scan has.';

-- All of it

CREATE FUNCTION dane.report_clear() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE pg_temp.seen_host, pg_temp.seen_endpoint, pg_temp.seen_name,
		pg_temp.seen_mx, pg_temp.seen_size, pg_temp.seen_set,
		pg_temp.seen_domain, pg_temp.seen_kind, pg_temp.seen_extra,
		pg_temp.seen_key, pg_temp.seen_kept, pg_temp.seen_group,
		pg_temp.seen_record, pg_temp.seen_leaf, pg_temp.seen_number,
		pg_temp.seen_member, pg_temp.seen_where;
END $$;

COMMENT ON FUNCTION dane.report_clear IS
	'Drop what the figures were counted from: another scan may be closed in '
	'the same transaction.';

CREATE VIEW dane.report_scans AS
SELECT scan_id, series, number, label, started, finished, domains, pruned,
	previous_scan, year_scan, newest, figured
FROM (
	SELECT s.scan_id, s.series, s.label, s.started, s.finished, s.domains,
		s.pruned IS NOT NULL AS pruned,
		(row_number() OVER w)::integer AS number,
		lag(s.scan_id) OVER w AS previous_scan, y.scan_id AS year_scan,
		lead(s.scan_id) OVER w IS NULL AS newest,
		EXISTS (SELECT FROM dane.population p
			WHERE p.scan_id = s.scan_id) AS figured
	FROM (
		SELECT *, dane.series_name(label, config) AS series
		FROM dane.scan WHERE state = 'complete'
	) s
	LEFT JOIN LATERAL (
		SELECT o.scan_id FROM dane.scan o
		WHERE o.state = 'complete'
			AND dane.series_name(o.label, o.config) = s.series
			AND o.started BETWEEN s.started - interval '410 days'
				AND s.started - interval '320 days'
		ORDER BY abs(extract(epoch FROM s.started - o.started)
			- 365 * 86400), o.scan_id DESC LIMIT 1
	) y ON true
	WINDOW w AS (PARTITION BY s.series ORDER BY s.started, s.scan_id)
) numbered;

COMMENT ON VIEW dane.report_scans IS
	'The complete scans, with the series that each belongs to (see '
	'dane.series_name), its place there, the scan before, and the one a year '
	'before: nearest to 365 days, at most 45 days off. figured: its figures '
	'are there. A scan lacks them that was pruned before they were made.';

CREATE FUNCTION dane.report_scan(id bigint) RETURNS void LANGUAGE plpgsql
SET work_mem = '128MB' SET jit = off AS $$
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
		dane.report_record_groups(id), dane.report_tls_groups(id);
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

COMMENT ON FUNCTION dane.report_scan IS
	'Write all figures of a complete scan. Incidents and changes are told '
	'where the record has the scan.';

CREATE FUNCTION dane.scan_reported() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM dane.population
			WHERE scan_id = NEW.scan_id) THEN
		PERFORM dane.report_scan(NEW.scan_id);
	END IF;
	RETURN NULL;
END $$;

DROP TRIGGER figured ON dane.scan;
DROP FUNCTION dane.scan_figured;

-- After the record, by its name: changes are told from that.
CREATE TRIGGER reported AFTER UPDATE OF state ON dane.scan
FOR EACH ROW WHEN (NEW.state = 'complete' AND OLD.state <> 'complete')
EXECUTE FUNCTION dane.scan_reported();

SELECT count(dane.report_scan(scan_id))
FROM (SELECT scan_id FROM dane.scan
	WHERE state = 'complete' AND pruned IS NULL ORDER BY scan_id) s;
