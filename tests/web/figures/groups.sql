-- Of groups of domains: top-level domains, providers, operators, tags; the registry.

-- data: tlds
-- key: tld
-- order: domains DESC, tld COLLATE "C"
SELECT key AS tld, pop.* FROM pop WHERE dim = 'tld';

-- data: providers
-- key: provider
-- order: correct DESC, domains DESC, provider COLLATE "C"
SELECT key AS provider, pop.* FROM pop WHERE dim = 'provider';

-- data: operators
-- key: operator
-- order: domains DESC, operator COLLATE "C"
SELECT key AS operator, pop.* FROM pop WHERE dim = 'operator';

-- data: tags
-- key: tag value
-- order: tag COLLATE "C", domains DESC, value COLLATE "C"
SELECT key AS value, pop.* FROM pop WHERE dim = 'tag';

-- data: zones
-- key: tld
-- order: broken DESC, tld COLLATE "C"
SELECT key AS tld, broken, outage, degraded, with_tlsa, domains FROM pop
WHERE dim = 'tld' AND broken > 0;

-- data: concentration
-- key: market
-- order: market COLLATE "C"
SELECT market, count(*) AS providers, sum(n) AS total,
	max(n)::float / sum(n) AS top1_share,
	sum(n) FILTER (WHERE place <= 10)::float / sum(n) AS top10_share,
	sum(n) FILTER (WHERE place <= 20)::float / sum(n) AS top20_share,
	round(10000 * sum((n / whole) ^ 2), 1) AS hhi
FROM (
	SELECT *, row_number() OVER (PARTITION BY market ORDER BY n DESC) AS place,
		sum(n) OVER (PARTITION BY market) AS whole
	FROM (
		SELECT 'mail' AS market, key, takes_mail AS n FROM pop WHERE dim = 'provider'
		UNION ALL
		SELECT 'correct', key, correct FROM pop WHERE dim = 'provider'
	) m WHERE n > 0
) r GROUP BY market;

-- data: top_providers
-- key: provider
-- order: place, provider COLLATE "C"
SELECT correct_rank AS place, key AS provider, correct,
	(SELECT count(*) FROM prop WHERE correct) AS total,
	correct::float / (SELECT count(*) FROM prop WHERE correct) AS share, domains,
	(SELECT count(*) FROM prop WHERE takes_mail) AS domains_total,
	takes_mail::float / (SELECT count(*) FROM prop WHERE takes_mail) AS domains_share,
	hosts, tlsa_hosts
FROM pop WHERE dim = 'provider' AND correct > 0 AND correct_rank <= 20;

-- data: failing_providers
-- key: provider
-- not: newly
-- order: place, provider COLLATE "C"
SELECT broken_rank AS place, key AS provider, dane_broken AS broken, with_tlsa AS total,
	broken_share AS share, broken_hosts,
	(SELECT d.reason FROM dom d JOIN grp g USING (domain)
		WHERE g.dim = 'provider' AND g.key = pop.key AND d.class = 'broken'
		GROUP BY d.reason ORDER BY count(*) DESC, d.reason LIMIT 1) AS reason
FROM pop WHERE dim = 'provider' AND broken > 0;

-- data: failing_operators
-- key: operator source
-- order: place, operator COLLATE "C"
SELECT rank() OVER (ORDER BY count(DISTINCT domain) DESC) AS place, operator, source,
	count(DISTINCT domain) AS domains
FROM (
	SELECT domain, 'extras' AS source, extras #>> '{ns,operator}' AS operator FROM dom
	WHERE class IN ('broken', 'indeterminate') AND pg_temp.is_dns(reason)
	UNION ALL
	SELECT domain, 'servers', substr(s ->> 'name', strpos(s ->> 'name', '.') + 1)
	FROM dom, json_array_elements(servers) s
	WHERE class IN ('broken', 'indeterminate') AND pg_temp.is_dns(reason)
		AND extras #>> '{ns,operator}' IS NULL
) f WHERE operator IS NOT NULL GROUP BY operator, source;

-- data: tld_reasons
-- key: class reason
-- each: tld
-- order: key COLLATE "C", domains DESC, class COLLATE "C", reason COLLATE "C"
SELECT tld AS key, class, reason, count(*) AS domains FROM dom GROUP BY tld, class, reason;

-- data: provider_reasons
-- key: class reason
-- each: provider
-- order: key COLLATE "C", domains DESC, class COLLATE "C", reason COLLATE "C"
SELECT g.key, class, reason, count(*) AS domains
FROM grp g JOIN dom USING (domain) WHERE dim = 'provider' GROUP BY g.key, class, reason;

-- data: provider_hosts
-- key: host
-- each: provider
-- order: key COLLATE "C", domains DESC, host COLLATE "C"
SELECT provider AS key, h.host, h.reason, h.tlsa_state, coalesce(n.domains, 0) AS domains
FROM host h LEFT JOIN named n ON n.host = h.host
WHERE h.class = 'broken' AND provider IS NOT NULL;

-- data: tld_providers
-- key: provider
-- each: tld
-- order: key COLLATE "C", place
SELECT * FROM (
	SELECT t.tld AS key, p.key AS provider, count(*) AS domains,
		count(*) FILTER (WHERE correct) AS correct,
		count(*) FILTER (WHERE broken) AS broken,
		row_number() OVER (PARTITION BY t.tld
			ORDER BY count(*) DESC, p.key COLLATE "C") AS place
	FROM prop t JOIN grp p USING (domain) WHERE p.dim = 'provider' GROUP BY t.tld, p.key
) r WHERE place <= 20;

-- data: notices
-- key: provider registrar
-- not: oldest
-- each: registry
-- order: key COLLATE "C", broken DESC, provider COLLATE "C", registrar COLLATE "C"
SELECT tld AS key, provider, registrar, count(DISTINCT domain) AS broken,
	count(DISTINCT host) AS hosts,
	count(DISTINCT domain) FILTER (WHERE severity = 'outage') AS outage,
	string_agg(DISTINCT reason COLLATE "C", ', ' ORDER BY reason COLLATE "C") AS reasons
FROM (
	SELECT d.*, d.tags ->> 'registrar' AS registrar, l.host, l.provider
	FROM dom d LEFT JOIN link l ON l.domain = d.domain AND l.class = 'broken'
	WHERE d.class = 'broken'
) b GROUP BY tld, provider, registrar;

-- data: broken
-- key: domain host
-- not: address cause evidence first_seen remedy
-- each: registry
-- once: a domain and host has a row for each address
-- order: key COLLATE "C", provider COLLATE "C", registrar COLLATE "C", domain COLLATE "C", host COLLATE "C"
SELECT d.tld AS key, d.domain, d.severity, d.reason, l.host, l.provider,
	d.tags ->> 'registrar' AS registrar,
	(SELECT min(o.scan_id) FROM dane.domain_obs o WHERE o.domain = d.domain
		AND o.class = 'broken' AND o.scan_id <= :scan AND NOT EXISTS (
			SELECT FROM dane.domain_obs b WHERE b.domain = d.domain
				AND b.class NOT IN ('broken', 'indeterminate')
				AND b.scan_id BETWEEN o.scan_id AND :scan)) AS first_scan
FROM dom d LEFT JOIN link l ON l.domain = d.domain AND l.class = 'broken'
WHERE d.class = 'broken';
