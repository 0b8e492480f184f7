-- Columns as two papers have them.

-- data: u20_tlds
-- key: tld
-- order: domains_with_mx DESC, tld COLLATE "C"
SELECT :scan AS scan_id, started, key AS tld, takes_mail AS domains_with_mx,
	tlsa_all + tlsa_some AS domains_with_tlsa,
	(tlsa_all + tlsa_some)::float / (takes_mail - tlsa_unknown) AS tlsa_share,
	with_tlsa AS measured_with_tlsa, dane_broken AS incorrect,
	broken_share AS incorrect_share
FROM pop WHERE dim = 'tld';

-- data: u20_ranks
-- key: from_rank
-- order: from_rank
SELECT :scan AS scan_id, split_part(key, '-', 1)::bigint AS from_rank,
	split_part(key, '-', 2)::bigint AS to_rank, takes_mail AS domains_with_mx,
	takes_mail::float / (domains - indeterminate) AS mx_share,
	tlsa_all + tlsa_some AS domains_with_tlsa,
	(tlsa_all + tlsa_some)::float / (takes_mail - tlsa_unknown) AS tlsa_share
FROM pop WHERE dim = 'rank';

-- data: u20_validation
-- key: scan_id
-- series: yes
-- order: scan_id
SELECT :scan AS scan_id, (SELECT pg_temp.utc(started) FROM this) AS started, count(*) FILTER (WHERE class <> 'noaddr') AS total,
	count(*) FILTER (WHERE present) AS tlsa_crawled,
	count(*) FILTER (WHERE present AND shown) AS cert_crawled,
	count(*) FILTER (WHERE tlsa) AS secure,
	count(*) FILTER (WHERE tlsa_state = 'insecure') AS insecure,
	count(*) FILTER (WHERE tlsa_trust = 'bogus') AS bogus,
	count(*) FILTER (WHERE tlsa_state = 'insecure' AND tlsa_algorithm IS NOT NULL)
		AS rrsig_without_ds,
	count(*) FILTER (WHERE tlsa_state = 'insecure' AND tlsa_algorithm IS NULL)
		AS no_rrsig_no_ds,
	count(*) FILTER (WHERE tlsa AND class = 'valid') AS dane_valid,
	count(*) FILTER (WHERE tlsa AND class = 'broken') AS dane_invalid,
	count(*) FILTER (WHERE tlsa AND class = 'broken'
		AND (reason LIKE 'cert-%' OR reason LIKE 'chain-%')) AS chain_only_error,
	count(*) FILTER (WHERE tlsa AND class = 'broken'
		AND reason IN ('dane-no-match', 'ta-not-in-chain')) AS matching_only_error,
	count(*) FILTER (WHERE tlsa AND class = 'broken'
		AND (reason LIKE 'tls-%' OR reason LIKE 'starttls-%')) AS tls_error
FROM (
	SELECT *, tlsa OR tlsa_state = 'insecure' AS present,
		host IN (SELECT host FROM addr WHERE chain IS NOT NULL) AS shown
	FROM host
) h;

-- data: u20_starttls
-- key: scan_id
-- series: yes
-- order: scan_id
SELECT :scan AS scan_id, unreachable, starttls, tls, judged,
	starttls::float / judged AS starttls_share, tls::float / judged AS tls_share
FROM (
	SELECT count(*) FILTER (WHERE class = 'unreachable') AS unreachable,
		count(*) FILTER (WHERE class IN ('broken', 'unusable') AND reason IN
			('starttls-absent', 'starttls-454', 'starttls-refused',
			'starttls-selective')) AS starttls,
		count(*) FILTER (WHERE class IN ('broken', 'unusable')
			AND reason LIKE 'tls-%') AS tls,
		count(*) FILTER (WHERE tlsa AND class IN ('valid', 'broken')) AS judged
	FROM host
) h;

-- data: u20_incorrect
-- key: scan_id unit
-- series: yes
-- order: unit COLLATE "C"
SELECT :scan AS scan_id, u.unit,
	CASE u.unit WHEN 'records' THEN (SELECT count(*) FROM rec
		WHERE usable AND match IS NULL) END AS no_data,
	count(DISTINCT k) FILTER (WHERE what = 'ta-present-not-in-path') AS wrong_chain,
	count(DISTINCT k) FILTER (WHERE what IN ('digest-of-leaf', 'usage2-on-leaf')) AS usage2,
	count(DISTINCT k) FILTER (WHERE what IN ('digest-of-issuer', 'usage3-on-ca')) AS usage3,
	count(DISTINCT k) FILTER (WHERE what LIKE 'unknown-%' OR what LIKE 'private-%')
		AS undefined,
	count(DISTINCT k) FILTER (WHERE what = 'digest-of-other-selector') AS selector,
	count(DISTINCT k) FILTER (WHERE what = 'digest-of-other-mtype') AS matching_type,
	count(DISTINCT k) FILTER (WHERE usable AND what NOT IN ('ta-present-not-in-path',
		'digest-of-leaf', 'usage2-on-leaf', 'digest-of-issuer', 'usage3-on-ca',
		'digest-of-other-selector', 'digest-of-other-mtype')) AS mismatch
FROM (VALUES ('records'), ('hosts'), ('domains')) u(unit)
LEFT JOIN (
	SELECT unit, k, usable, coalesce(CASE WHEN usable THEN cause ELSE why END,
		'unexplained') AS what
	FROM (
		SELECT r.*, 'records' AS unit, host || ' ' || position AS k FROM rec r
		UNION ALL SELECT r.*, 'hosts', host FROM rec r
		UNION ALL SELECT r.*, 'domains', l.domain FROM rec r JOIN link l USING (host)
	) r
	WHERE NOT usable OR NOT match AND host_class = 'broken'
) r USING (unit) GROUP BY u.unit;

-- data: u22_tlsa
-- key: scan_id
-- series: yes
-- order: scan_id
SELECT :scan AS scan_id, (SELECT pg_temp.utc(started) FROM this) AS started,
	count(*) FILTER (WHERE tlsa OR tlsa_state IN ('insecure', 'error')) AS total,
	count(*) FILTER (WHERE tlsa AND NOT shown) AS no_cert,
	count(*) FILTER (WHERE tlsa_state IN ('none-secure', 'none-insecure')) AS no_tlsa,
	count(*) FILTER (WHERE class = 'broken') AS invalid,
	count(*) FILTER (WHERE tlsa_state IN ('insecure', 'error')) AS dnssec,
	count(*) FILTER (WHERE tlsa_state = 'insecure') AS insecure,
	count(*) FILTER (WHERE tlsa_trust = 'bogus') AS bogus,
	count(*) FILTER (WHERE tlsa_state = 'insecure' AND tlsa_algorithm IS NOT NULL)
		AS ds_only,
	count(*) FILTER (WHERE wrong AND unmatched) AS unmatch,
	count(*) FILTER (WHERE wrong AND causes && '{digest-of-leaf,digest-of-issuer,
		usage3-on-ca,usage2-on-leaf}') AS usage,
	count(*) FILTER (WHERE wrong AND 'digest-of-other-selector' = ANY (causes))
		AS selector,
	count(*) FILTER (WHERE wrong AND 'digest-of-other-mtype' = ANY (causes))
		AS matching_type,
	count(*) FILTER (WHERE tlsa_state = 'unusable' AND (reason LIKE 'unknown-%'
		OR reason LIKE 'private-%')) AS undefined,
	count(*) FILTER (WHERE wrong AND unmatched AND causes = '{NULL}') AS unknown,
	count(*) FILTER (WHERE wrong AND (reason LIKE 'cert-%' OR reason LIKE 'chain-%'))
		AS chain,
	count(*) FILTER (WHERE wrong AND causes && '{renewed-same-key,
		ca-cert-renewed-same-key,digest-of-earlier-certificate}') AS ever_matched
FROM (
	SELECT *, tlsa AND class = 'broken' AS wrong,
		reason IN ('dane-no-match', 'ta-not-in-chain') AS unmatched,
		host IN (SELECT host FROM addr WHERE chain IS NOT NULL) AS shown,
		(SELECT array_agg(DISTINCT cause) FROM rec r
			WHERE r.host = h.host AND usable AND NOT match) AS causes
	FROM host h
) h;

-- data: u22_issuers
-- key: issuer
-- order: hosts DESC, issuer COLLATE "C"
SELECT :scan AS scan_id, c.issuer,
	count(DISTINCT a.host) AS hosts, (SELECT count(DISTINCT host) FROM addr
		WHERE tlsa AND tls_version IS NOT NULL) AS total
FROM addr a JOIN issued c ON c.sha256 = a.chain[1]
WHERE tlsa AND tls_version IS NOT NULL GROUP BY c.issuer;
