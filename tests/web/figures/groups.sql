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

-- data: ranks
-- key: bucket
-- order: from_rank
SELECT key AS bucket, split_part(key, '-', 1)::bigint AS from_rank, pop.* FROM pop
WHERE dim = 'rank';

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
-- order: place, provider COLLATE "C"
SELECT broken_rank AS place, key AS provider, broken, dane_broken, with_tlsa AS total,
	broken_share AS share, broken_hosts,
	(SELECT d.reason FROM dom d JOIN grp g USING (domain)
		WHERE g.dim = 'provider' AND g.key = pop.key AND d.class = 'broken'
		GROUP BY d.reason ORDER BY count(*) DESC, d.reason LIMIT 1) AS reason,
	(SELECT CASE WHEN count(DISTINCT d.domain) > 0 THEN
			count(*) FILTER (WHERE d.class = 'broken') = 0 END
		FROM exchange m JOIN past d USING (scan_id, domain)
		WHERE m.provider = pop.key AND scan_id < :scan) AS newly
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
-- each: registry
-- order: key COLLATE "C", broken DESC, provider COLLATE "C", registrar COLLATE "C"
SELECT tld AS key, provider, registrar, count(DISTINCT domain) AS broken,
	count(DISTINCT host) AS hosts,
	count(DISTINCT domain) FILTER (WHERE severity = 'outage') AS outage,
	string_agg(DISTINCT reason COLLATE "C", ', ' ORDER BY reason COLLATE "C") AS reasons,
	pg_temp.utc(min(since)) AS oldest
FROM (
	SELECT d.*, d.tags ->> 'registrar' AS registrar, l.host, l.provider, s.time AS since
	FROM dom d LEFT JOIN link l ON l.domain = d.domain AND l.class = 'broken'
	JOIN spell s ON s.domain = d.domain AND ended_scan IS NULL
	WHERE d.class = 'broken'
) b GROUP BY tld, provider, registrar;

-- data: broken
-- key: domain host address
-- each: registry
-- order: key COLLATE "C", provider COLLATE "C", registrar COLLATE "C", domain COLLATE "C", host COLLATE "C", address COLLATE "C"
SELECT d.tld AS key, d.domain, d.severity, d.reason, f.host, h.provider, f.address,
	d.tags ->> 'registrar' AS registrar, code.what AS cause, code.what AS remedy,
	concat_ws('; ', coalesce(f.detail, h.tlsa_why, h.a_why, h.aaaa_why, d.mx_why),
		'published: ' || mismatch.records, (
			SELECT 'the server''s key: 3 1 1 ' || encode(c.spki_sha256, 'hex')
			FROM addr a JOIN dane.certificate c ON c.sha256 = a.chain[1]
			WHERE mismatch.records IS NOT NULL
				AND (a.host, a.address) = (f.host, f.address))) AS evidence,
	pg_temp.utc(s.time) AS first_seen, s.scan_id AS first_scan
FROM dom d LEFT JOIN failing f USING (domain) LEFT JOIN host h ON h.host = f.host
JOIN spell s ON s.domain = d.domain AND s.ended_scan IS NULL
LEFT JOIN LATERAL (
	SELECT min(cause) AS cause, string_agg(concat_ws(' ', usage, selector, mtype,
		CASE WHEN length(data) <= 64 THEN encode(data, 'hex')
			ELSE encode(substring(data FOR 32), 'hex') || '...' END), ', '
		ORDER BY usage, selector, mtype, data) AS records
	FROM rec r WHERE r.host = f.host AND usable AND NOT match
		AND coalesce(f.reason, f.host_reason) IN ('dane-no-match', 'ta-not-in-chain')
) mismatch ON true
CROSS JOIN LATERAL (
	SELECT coalesce(mismatch.cause, f.reason, f.host_reason, d.reason) AS what
) code
WHERE d.class = 'broken';
