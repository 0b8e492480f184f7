-- Of hosts, their records, addresses and certificates.

-- data: mismatch_causes
-- key: cause kind
-- order: records DESC, cause COLLATE "C", kind COLLATE "C"
SELECT cause, kind, records, total_records, records::float / total_records AS share,
	hosts, (SELECT count(DISTINCT l.domain) FROM link l
		WHERE l.host = ANY (f.host_names)) AS domains
FROM (
	SELECT coalesce(CASE WHEN usable THEN cause ELSE why END, 'unexplained') AS cause,
		CASE WHEN NOT usable THEN 'unusable'
			WHEN host_class = 'broken' THEN 'mismatch' ELSE 'spare' END AS kind,
		count(*) AS records,
		(SELECT count(*) FROM rec WHERE NOT usable OR match IS NOT NULL)
			AS total_records,
		count(DISTINCT host) AS hosts, array_agg(host) AS host_names
	FROM rec WHERE NOT usable OR NOT match GROUP BY 1, 2
) f;

-- data: broken_hosts
-- key: host
-- order: place
SELECT row_number() OVER (ORDER BY coalesce(n.domains, 0) DESC, h.host) AS place,
	h.host, h.provider, h.reason, h.tlsa_state, coalesce(n.domains, 0) AS domains
FROM host h LEFT JOIN named n ON n.host = h.host WHERE h.class = 'broken';

-- data: tlsrpt
-- key: result_type
-- order: hosts DESC, result_type COLLATE "C"
SELECT *, hosts::float / total_hosts AS share FROM (
	SELECT t.result_type, count(DISTINCT h.host) AS hosts,
		(SELECT count(*) FROM host WHERE class IN ('valid', 'broken', 'unusable'))
			AS total_hosts,
		count(DISTINCT l.domain) AS domains
	FROM (VALUES ('dnssec-invalid',
			'-bogus$|^(mx|addr|tlsa)-(servfail|timeout|refused|notimp|formerr)$'),
		('starttls-not-supported', '^starttls-(absent|454|refused|selective)$'),
		('tlsa-invalid', '^dane-no-match$|-(usage|selector|mtype)$|^tlsa-all-unusable$'
			'|^(bad-digest-length|short-rdata|empty-data|bad-der-cert|bad-der-spki)$'),
		('certificate-host-mismatch', '^cert-name-mismatch$'),
		('certificate-expired', '^cert-expired$'),
		('certificate-not-trusted', '^(ta-not-in-chain|chain-invalid|chain-incomplete'
			'|key-too-weak|md-too-weak)$'),
		('validation-failure', '^cert-not-yet-valid$|^tls-')) t(result_type, pattern)
	JOIN host h ON h.reason ~ t.pattern AND h.class IN ('broken', 'unusable')
	LEFT JOIN link l ON l.host = h.host
	GROUP BY t.result_type
) t;

-- data: tlsa_parameters
-- key: parameters
-- order: records DESC, usage, selector, mtype
SELECT concat_ws(' ', usage, selector, mtype) AS parameters, usage, selector, mtype,
	count(*) AS records, (SELECT count(*) FROM rec) AS total_records,
	count(*)::float / (SELECT count(*) FROM rec) AS share,
	count(DISTINCT host) AS hosts, (SELECT count(DISTINCT host) FROM rec) AS total_hosts,
	count(DISTINCT host)::float / (SELECT count(DISTINCT host) FROM rec) AS host_share,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(r.host)))
		AS domains,
	count(*) FILTER (WHERE usable AND match) AS match,
	count(*) FILTER (WHERE usable AND NOT match) AS mismatch,
	count(*) FILTER (WHERE NOT usable) AS unusable,
	count(*) FILTER (WHERE usable AND match IS NULL) AS unseen
FROM rec r GROUP BY usage, selector, mtype;

-- data: tlsa_sizes
-- key: records
-- order: records
SELECT records, count(*) AS hosts, sum(count(*)) OVER () AS total_hosts,
	count(*) / sum(count(*)) OVER () AS share,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(r.host)))
		AS domains
FROM (SELECT host, count(*) AS records FROM rec GROUP BY host) r
GROUP BY records;

-- data: tls
-- key: version cipher key
-- order: addresses DESC, version COLLATE "C", cipher COLLATE "C", key COLLATE "C"
SELECT tls_version AS version, cipher, tls_key AS key, count(*) AS addresses,
	sum(count(*)) OVER () AS total_addresses, count(*) / sum(count(*)) OVER () AS share,
	count(DISTINCT host) AS hosts
FROM addr WHERE tlsa AND tls_version IS NOT NULL GROUP BY 1, 2, 3;

-- data: tls_versions
-- key: version
-- order: version COLLATE "C" DESC
SELECT tls_version AS version, count(*) AS addresses,
	sum(count(*)) OVER () AS total_addresses
FROM addr WHERE tlsa AND tls_version IS NOT NULL GROUP BY 1;

-- data: key_types
-- key: key
-- order: addresses DESC, key COLLATE "C"
SELECT tls_key AS key, count(*) AS addresses, sum(count(*)) OVER () AS total_addresses
FROM addr WHERE tlsa AND tls_version IS NOT NULL GROUP BY 1;

-- data: dual_keys
-- key: keys outcome
-- order: hosts DESC, keys COLLATE "C", outcome COLLATE "C"
SELECT keys, outcome, count(DISTINCT host) AS hosts,
	(SELECT count(DISTINCT host) FROM addr WHERE tlsa AND tls_version IS NOT NULL)
		AS total_hosts
FROM (
	SELECT host, least(tls_key, other_key) || ' + ' || greatest(tls_key, other_key)
			AS keys,
		CASE WHEN host_class NOT IN ('valid', 'broken') THEN 'unknown'
			WHEN host IN (SELECT host FROM rec WHERE cause = 'only-one-key-type')
				THEN 'one-unmatched'
			WHEN host_class = 'valid' THEN 'both-match' ELSE 'unknown' END AS outcome
	FROM addr WHERE tlsa AND tls_version IS NOT NULL AND other_key IS NOT NULL
		AND NOT coalesce(flags && '{sni-fatal,sni-other}', false)
) k GROUP BY keys, outcome;

-- data: pkix
-- key: dane usage pkix
-- order: addresses DESC, dane COLLATE "C", usage COLLATE "C", pkix COLLATE "C"
SELECT a.host_class AS dane, coalesce(match_usage::text, 'none') AS usage,
	coalesce(pkix_reason, 'ok') AS pkix, count(*) AS addresses,
	sum(count(*)) OVER () AS total_addresses, count(*) / sum(count(*)) OVER () AS share,
	count(DISTINCT a.host) AS hosts,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(a.host)))
		AS domains
FROM addr a WHERE tlsa AND tls_version IS NOT NULL AND pkix_error IS NOT NULL
GROUP BY 1, 2, 3;

-- data: issuers
-- key: issuer usage
-- order: hosts DESC, issuer COLLATE "C", usage COLLATE "C"
SELECT issuer, usage, count(DISTINCT host) AS hosts,
	(SELECT count(DISTINCT host) FROM addr a WHERE tlsa AND tls_version IS NOT NULL)
		AS total_hosts,
	count(DISTINCT host)::float / (SELECT count(DISTINCT host) FROM addr a
		WHERE tlsa AND tls_version IS NOT NULL) AS share,
	count(DISTINCT leaf) AS certificates,
	(SELECT count(DISTINCT domain) FROM link WHERE host = ANY (array_agg(x.host)))
		AS domains
FROM (
	SELECT a.host, a.chain[1] AS leaf, coalesce(match_usage::text, 'none') AS usage,
		c.issuer
	FROM addr a JOIN issued c ON c.sha256 = a.chain[1]
	WHERE tlsa AND tls_version IS NOT NULL
) x GROUP BY issuer, usage;

-- data: retired_issuers
-- key: issuer
-- order: domains DESC, issuer COLLATE "C"
SELECT issuer, since, count(DISTINCT r.host) AS hosts, count(DISTINCT domain) AS domains,
	count(DISTINCT r.host) FILTER (WHERE host_class = 'broken') AS broken_hosts,
	count(DISTINCT domain) FILTER (WHERE host_class = 'broken') AS broken_domains
FROM rec r LEFT JOIN link l USING (host)
JOIN (SELECT name AS issuer, since, spki_sha256 AS data FROM dane.retired_issuer) i
	USING (data)
WHERE usage IN (0, 2) AND (selector, mtype) = (1, 1) GROUP BY issuer, since;

-- data: expiries
-- key: within_days usage
-- order: usage COLLATE "C" DESC, within_days
SELECT *, hosts::float / total_hosts AS share FROM (
	SELECT within_days, usage, count(DISTINCT leaf) AS certificates,
		count(DISTINCT host) AS hosts,
		(SELECT count(DISTINCT host) FROM addr a WHERE tlsa
			AND tls_version IS NOT NULL) AS total_hosts,
		(SELECT count(DISTINCT domain) FROM link
			WHERE host = ANY (array_agg(x.host))) AS domains
	FROM (
		SELECT a.host, a.chain[1] AS leaf, w.within_days,
			CASE match_usage WHEN 2 THEN 'ta' ELSE 'ee' END AS usage
		FROM addr a JOIN issued c ON c.sha256 = a.chain[1]
		CROSS JOIN this CROSS JOIN (VALUES (0), (14), (30), (90)) w(within_days)
		WHERE tlsa AND tls_version IS NOT NULL AND CASE within_days
			WHEN 0 THEN not_after < started
			ELSE not_after BETWEEN started AND
				started + make_interval(days => within_days) END
	) x GROUP BY within_days, usage
) y;

-- data: mx_hosts
-- key: measure n
-- order: measure COLLATE "C", n
SELECT measure, least(k, 10) AS n, count(*) AS count, unit,
	sum(count(*)) OVER (PARTITION BY measure) AS total,
	count(*) / sum(count(*)) OVER (PARTITION BY measure) AS share
FROM (
	SELECT 'hosts-per-domain' AS measure, 'domains' AS unit,
		count(DISTINCT host) AS k FROM link GROUP BY domain
	UNION ALL
	SELECT 'addresses-per-host', 'hosts', count(DISTINCT address) FROM addr GROUP BY host
	UNION ALL
	SELECT 'ipv4-per-host', 'hosts',
		count(DISTINCT address) FILTER (WHERE strpos(address, ':') = 0)
	FROM addr GROUP BY host
	UNION ALL
	SELECT 'ipv6-per-host', 'hosts',
		count(DISTINCT address) FILTER (WHERE strpos(address, ':') > 0)
	FROM addr GROUP BY host
) m GROUP BY measure, unit, least(k, 10);

-- data: server_sizes
-- key: high
-- order: high
SELECT *, sum(valid_domains) OVER (ORDER BY high) / nullif(sum(valid_domains) OVER (), 0)
		AS valid_cdf,
	sum(broken_domains) OVER (ORDER BY high) / nullif(sum(broken_domains) OVER (), 0)
		AS broken_cdf
FROM (
	SELECT 2 ^ (k + 1) - 1 AS high, 2 ^ k AS low,
		count(DISTINCT host) FILTER (WHERE class = 'valid') AS valid_hosts,
		count(DISTINCT host) FILTER (WHERE class = 'broken') AS broken_hosts,
		count(DISTINCT domain) FILTER (WHERE class = 'valid') AS valid_domains,
		count(DISTINCT domain) FILTER (WHERE class = 'broken') AS broken_domains
	FROM (
		SELECT h.host, h.class, l.domain, floor(log(2, n.domains)) AS k
		FROM host h JOIN named n USING (host) JOIN link l USING (host)
		WHERE h.tlsa_state = 'usable' AND h.class IN ('valid', 'broken')
	) s GROUP BY k
) s;
