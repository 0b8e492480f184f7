-- Of domains.

-- data: classes
-- key: class reason
-- order: class_size DESC, class COLLATE "C", domains DESC, reason COLLATE "C"
SELECT class, reason, count(*) AS domains, (SELECT count(*) FROM dom) AS total,
	count(*)::float / (SELECT count(*) FROM dom) AS share,
	(SELECT count(*) FROM dom o WHERE o.class = d.class) AS class_size
FROM dom d GROUP BY class, reason;

-- data: class_counts
-- key: domains
-- order: domains
SELECT count(*) AS domains, count(*) FILTER (WHERE class = 'valid') AS valid,
	count(*) FILTER (WHERE class = 'partial') AS partial,
	count(*) FILTER (WHERE class = 'broken') AS broken,
	count(*) FILTER (WHERE class = 'unusable') AS unusable,
	count(*) FILTER (WHERE class = 'no-tlsa') AS no_tlsa,
	count(*) FILTER (WHERE class = 'no-dnssec') AS no_dnssec,
	count(*) FILTER (WHERE class = 'no-mail') AS no_mail,
	count(*) FILTER (WHERE class = 'indeterminate') AS indeterminate
FROM dom;

-- data: class_history
-- key: scan_id
-- order: scan_id
SELECT scan_id, (SELECT pg_temp.utc(started) FROM dane.scan s
		WHERE s.scan_id = o.scan_id) AS started, count(*) AS domains, count(*) FILTER (WHERE class = 'valid') AS valid,
	count(*) FILTER (WHERE class = 'partial') AS partial,
	count(*) FILTER (WHERE class = 'broken') AS broken,
	count(*) FILTER (WHERE class = 'unusable') AS unusable,
	count(*) FILTER (WHERE class = 'no-tlsa') AS no_tlsa,
	count(*) FILTER (WHERE class = 'no-dnssec') AS no_dnssec,
	count(*) FILTER (WHERE class = 'no-mail') AS no_mail,
	count(*) FILTER (WHERE class = 'indeterminate') AS indeterminate
FROM past o GROUP BY scan_id;

-- data: share_history
-- key: scan_id
-- series: each scan has its rows, after those of the scans before
-- order: scan_id
SELECT :scan AS scan_id, started, correct AS value, signed AS total,
	correct::float / nullif(signed, 0) AS share
FROM pop WHERE dim = 'all';

-- data: scans
-- key: scan_id
-- order: scan_id DESC
SELECT scan_id, label, pg_temp.utc(started) AS started, pg_temp.utc(finished) AS finished,
	n = 0 AS pruned, n AS domains
FROM dane.scan s, LATERAL (SELECT count(*) AS n FROM past o
	WHERE o.scan_id = s.scan_id) o WHERE state = 'complete' AND scan_id <= :scan;

-- data: key_figures
-- key: figure
-- not: section meaning total_meaning
-- why: headings and prose; unit, item and the numbers are compared
-- order: any
SELECT figure, value, total, value::float / total AS share,
	CASE WHEN figure IN ('addresses', 'certificates') THEN figure
		WHEN figure ~ '^zones' THEN 'zones' WHEN figure = 'rate-records' THEN 'records'
		WHEN figure ~ 'hosts|^dual-' THEN 'hosts' ELSE 'domains' END AS unit,
	(SELECT item FROM (VALUES ('V1', '^correct'), ('V2', '^signed$'), ('V4', '^zones-'),
		('V5', '^hosts-with-tlsa$|^certificates$'), ('V6', '^partial-tlsa$'),
		('V7', '^wrong-'), ('V8', '^lookup-'), ('V15', '^incidents-'),
		('N7', '^hosts-ipv6$'), ('N10', '^dual-'), ('N11', '^fixed-')) i(item, pattern)
		WHERE figure ~ pattern) AS item
FROM (
	SELECT f.* FROM (SELECT * FROM pop WHERE dim = 'all') p, LATERAL (VALUES
		('correct', correct, signed),
		('correct-measured', correct_measured, signed_measured),
		('signed', signed, takes_mail), ('domains', domains, NULL),
		('measured', domains - indeterminate, domains),
		('indeterminate', indeterminate, domains),
		('tlsa-all', tlsa_all, signed), ('tlsa-some', tlsa_some, signed),
		('tlsa-none', tlsa_none, signed), ('tlsa-unknown', tlsa_unknown, signed),
		('valid', valid, signed_measured),
		('broken', broken, signed_measured + mx_bogus),
		('outage', outage, broken), ('degraded', degraded, broken),
		('partial', partial, signed_measured), ('unusable', unusable, signed_measured),
		('no-tlsa', no_tlsa, signed_measured), ('no-dnssec', no_dnssec, takes_mail),
		('half-dane', half_dane, no_dnssec), ('no-mail', no_mail, domains),
		('partial-tlsa', tlsa_some, tlsa_all + tlsa_some),
		('wrong-domains', dane_broken, with_tlsa),
		('lookup-domains', broken_dns, signed_measured + mx_bogus)) f(figure, value, total)
	UNION ALL
	SELECT f.* FROM (
		SELECT count(*) AS hosts, count(*) FILTER (WHERE tlsa) AS with_tlsa,
			count(DISTINCT provider) FILTER (WHERE tlsa) AS zones,
			count(*) FILTER (WHERE tlsa AND class = 'broken') AS wrong,
			count(*) FILTER (WHERE tlsa AND class IN ('valid', 'broken')) AS judged,
			count(*) FILTER (WHERE 'data' IN (a_status, aaaa_status)) AS addressed,
			count(*) FILTER (WHERE aaaa_status = 'data') AS ipv6,
			count(*) FILTER (WHERE tlsa_state = 'usable' AND class = 'valid') AS good,
			count(*) FILTER (WHERE tlsa_state = 'usable'
				AND class IN ('valid', 'broken')) AS good_of
		FROM host
	) h, (
		SELECT count(DISTINCT host || ' ' || address) AS addresses,
			count(DISTINCT chain[1]) FILTER (WHERE tlsa) AS certificates,
			count(DISTINCT host) FILTER (WHERE tlsa AND chain IS NOT NULL) AS shown,
			count(DISTINCT host) FILTER (WHERE tlsa AND chain IS NOT NULL AND two)
				AS dual,
			count(DISTINCT host) FILTER (WHERE tlsa AND chain IS NOT NULL AND two
				AND host_class IN ('valid', 'broken') AND host IN (SELECT host
					FROM rec WHERE cause = 'only-one-key-type')) AS dual_wrong
		FROM (SELECT *, other_key IS NOT NULL AND NOT coalesce(flags &&
				'{sni-fatal,sni-other}', false) AS two FROM addr) addr
	) a, LATERAL (VALUES ('hosts', hosts, NULL::bigint),
		('hosts-with-tlsa', with_tlsa, hosts), ('zones-with-tlsa', zones, NULL),
		('wrong-hosts', wrong, judged), ('addresses', addresses, NULL),
		('certificates', certificates, NULL), ('hosts-ipv6', ipv6, addressed),
		('rate-hosts', good, good_of), ('dual-certificate', dual, shown),
		('dual-certificate-wrong', dual_wrong, dual))
		f(figure, value, total)
	UNION ALL
	SELECT 'rate-domains', count(*) FILTER (WHERE class = 'valid'), count(*)
	FROM dom WHERE mx_trust = 'secure' AND class NOT IN ('no-mail', 'indeterminate')
	UNION ALL
	SELECT 'rate-records', count(*) FILTER (WHERE match), count(*)
	FROM dane.tlsa_obs WHERE scan_id = :scan AND usable AND match IS NOT NULL
	UNION ALL
	SELECT f.* FROM (
		SELECT count(*) FILTER (WHERE scan_id = :scan) AS opened,
			count(*) FILTER (WHERE scan_id = :scan AND number > 1) AS recurring,
			count(*) FILTER (WHERE ended_scan = :scan AND mended) AS fixed,
			count(*) FILTER (WHERE ended_scan = :scan AND NOT mended) AS withdrawn,
			count(*) FILTER (WHERE ended_scan IS NULL) AS open
		FROM spell WHERE domain IN (SELECT domain FROM dom)
	) i, LATERAL (VALUES ('incidents-opened', opened, NULL::bigint),
		('incidents-recurring', recurring, opened), ('incidents-fixed', fixed, NULL),
		('incidents-withdrawn', withdrawn, NULL), ('incidents-open', open, NULL))
		f(figure, value, total)
	UNION ALL
	SELECT format('fixed-%s-days', n), count(*) FILTER (WHERE mended
			AND ended - time <= make_interval(days => n)), count(*)
	FROM spell, this, (VALUES (7), (30), (90)) d(n)
	WHERE domain IN (SELECT domain FROM dom)
		AND time <= this.started - make_interval(days => n) GROUP BY n
) k WHERE total IS DISTINCT FROM 0;

-- data: funnel
-- key: stage
-- not: meaning
-- why: prose
-- order: step
SELECT stage, place AS step, domains, lag(domains) OVER (ORDER BY place) - unknown AS total,
	domains::float / nullif(lag(domains) OVER (ORDER BY place) - unknown, 0) AS share,
	unknown
FROM (
	SELECT f.* FROM (SELECT * FROM pop WHERE dim = 'all') p, LATERAL (VALUES
		(1, 'listed', p.domains, 0::bigint), (2, 'exists', exist, 0),
		(3, 'takes-mail', takes_mail, mx_bogus), (4, 'signed', signed, 0),
		(5, 'with-tlsa', tlsa_all + tlsa_some, tlsa_unknown),
		(6, 'usable', with_usable, 0),
		(7, 'reachable', reachable, with_usable - reachable),
		(8, 'matches', matches, 0)) f(place, stage, domains, unknown)
) f;

-- data: failures
-- key: class reason
-- order: class COLLATE "C", domains DESC, hosts DESC, reason COLLATE "C"
SELECT class, reason, domains, total_domains,
	domains::float / nullif(total_domains, 0) AS share,
	domains_any, outage, degraded, hosts, addresses, records,
	CASE WHEN reason LIKE '%-bogus' THEN 'dnssec'
		WHEN pg_temp.is_dns(reason) THEN 'dns'
		WHEN reason IN ('dane-no-match', 'ta-not-in-chain') THEN 'match'
		WHEN split_part(reason, '-', 1) IN ('cert', 'chain') OR reason LIKE '%-too-weak'
			THEN 'certificate'
		WHEN reason LIKE 'starttls-%' AND reason <> 'starttls-timeout' THEN 'starttls'
		WHEN reason LIKE 'tls-%' THEN 'tls'
		WHEN reason LIKE '%-usage' OR reason LIKE '%-selector' OR reason LIKE '%-mtype'
			OR reason LIKE 'bad-%' OR reason IN ('tlsa-all-unusable', 'short-rdata',
				'empty-data') THEN 'usability'
		WHEN split_part(reason, '-', 1) IN ('tcp', 'banner', 'ehlo', 'unreachable',
			'starttls', 'not', 'tarpit', 'protocol', 'reserved') THEN 'unreachable'
		ELSE 'other' END AS kind
FROM (
	SELECT k.class, k.reason,
		(SELECT count(*) FROM dom d WHERE (d.class, d.reason) = (k.class, k.reason))
			AS domains,
		(SELECT count(*) FROM dom d WHERE d.class = k.class) AS total_domains,
		(SELECT count(*) FROM dom d WHERE d.class = k.class
			AND k.reason = ANY (coalesce(d.reasons, ARRAY[d.reason])))
			AS domains_any,
		(SELECT count(*) FROM dom d WHERE (d.class, d.reason) = (k.class, k.reason)
			AND d.severity = 'outage') AS outage,
		(SELECT count(*) FROM dom d WHERE (d.class, d.reason) = (k.class, k.reason)
			AND d.severity = 'degraded') AS degraded,
		(SELECT count(*) FROM host h WHERE h.reason = k.reason AND (k.class =
			CASE h.class WHEN 'unreachable' THEN 'indeterminate' ELSE h.class END))
			AS hosts,
		(SELECT count(*) FROM addr a WHERE k.class = 'broken' AND a.class = 'fail'
			AND a.reason = k.reason) AS addresses,
		(SELECT count(*) FROM rec r WHERE k.class = 'broken' AND usable
			AND NOT match AND r.host_class = 'broken'
			AND r.host_reason = k.reason) AS records
	FROM (
		SELECT class, reason FROM dom
		UNION SELECT class, r FROM dom, unnest(reasons) r
		UNION SELECT CASE class WHEN 'unreachable' THEN 'indeterminate' ELSE class END,
			reason FROM host
		UNION SELECT 'broken', reason FROM addr WHERE class = 'fail'
	) k
	WHERE k.reason IS NOT NULL
		AND k.class IN ('broken', 'unusable', 'partial', 'indeterminate')
) f;

-- data: bogus_causes
-- key: lookup cause
-- order: lookup COLLATE "C", domains DESC, hosts DESC, cause COLLATE "C"
WITH bogus AS (
	SELECT 'mx' AS lookup, mx_why AS why, domain, NULL AS host FROM dom
	WHERE mx_trust = 'bogus'
	UNION ALL SELECT 'address', a_why, l.domain, h.host FROM host h
	LEFT JOIN link l USING (host) WHERE a_trust = 'bogus'
	UNION ALL SELECT 'address', aaaa_why, l.domain, h.host FROM host h
	LEFT JOIN link l USING (host) WHERE aaaa_trust = 'bogus'
	UNION ALL SELECT 'tlsa', tlsa_why, l.domain, h.host FROM host h
	LEFT JOIN link l USING (host) WHERE tlsa_trust = 'bogus'
), told AS (
	SELECT *, CASE WHEN why ILIKE '%signature expired%' THEN 'signature-expired'
		WHEN why ILIKE '%no keys have a DS%' THEN 'no-keys-have-ds'
		WHEN why ILIKE '%DS hash mismatch%' THEN 'ds-mismatch'
		WHEN why ILIKE '%nsec3%' THEN 'nsec3'
		WHEN why ILIKE '%no DNSSEC records%' THEN 'no-dnssec-records'
		WHEN why ILIKE '%no signatures%' THEN 'no-signatures'
		WHEN why ILIKE '%signature missing%' THEN 'signature-missing'
		ELSE 'other' END AS cause
	FROM bogus
)
SELECT *, CASE lookup WHEN 'mx' THEN domains ELSE hosts END::float / total AS share FROM (
	SELECT lookup, cause, count(DISTINCT domain) AS domains,
		CASE lookup WHEN 'mx' THEN NULL ELSE count(DISTINCT host) END AS hosts,
		CASE lookup WHEN 'mx' THEN (SELECT count(DISTINCT domain) FROM told o
				WHERE o.lookup = t.lookup)
			ELSE (SELECT count(DISTINCT host) FROM told o WHERE o.lookup = t.lookup) END
			AS total
	FROM told t GROUP BY lookup, cause
) f;

-- data: incidents
-- key: domain
-- order: time, domain COLLATE "C"
SELECT time, domain, substring(domain FROM '[^.]+$') AS tld, reason,
	pg_temp.utc(time) AS opened, scan_id AS opened_scan, number
FROM spell WHERE ended_scan IS NULL;

-- data: lints
-- key: lint
-- order: domains DESC, lint COLLATE "C"
SELECT l AS lint, count(DISTINCT domain) AS domains, (SELECT count(*) FROM dom) AS total,
	count(DISTINCT domain)::float / (SELECT count(*) FROM dom) AS share
FROM dom, unnest(lint) l GROUP BY l;

-- data: mta_sts
-- key: policy dane
-- order: policy COLLATE "C", domains DESC, dane COLLATE "C"
SELECT policy, class AS dane, count(*) AS domains, sum(count(*)) OVER () AS total,
	count(*) / sum(count(*)) OVER () AS share
FROM sts GROUP BY policy, class;

-- data: mta_sts_classes
-- key: policy
-- order: domains DESC, policy COLLATE "C"
SELECT policy, count(*) AS domains, count(*) FILTER (WHERE class = 'valid') AS valid,
	count(*) FILTER (WHERE class = 'partial') AS partial,
	count(*) FILTER (WHERE class = 'broken') AS broken,
	count(*) FILTER (WHERE class = 'unusable') AS unusable,
	count(*) FILTER (WHERE class = 'no-tlsa') AS no_tlsa,
	count(*) FILTER (WHERE class = 'no-dnssec') AS no_dnssec,
	count(*) FILTER (WHERE class = 'no-mail') AS no_mail,
	count(*) FILTER (WHERE class = 'indeterminate') AS indeterminate
FROM sts GROUP BY policy;

-- data: nsec3
-- key: iterations
-- order: place
SELECT iterations, count(*) AS domains, sum(count(*)) OVER () AS total,
	count(*) / sum(count(*)) OVER () AS share,
	min(coalesce(n, -1)) AS place
FROM (
	SELECT CASE WHEN n IS NULL THEN 'nsec' WHEN n = 0 THEN '0' WHEN n <= 10 THEN '1-10'
		WHEN n <= 50 THEN '11-50' WHEN n <= 100 THEN '51-100'
		WHEN n <= 150 THEN '101-150' ELSE 'over 150' END AS iterations, n
	FROM (SELECT (extras #>> '{ds,nsec3,iterations}')::integer AS n FROM dom
		WHERE extras #>> '{ds,dnskey,status}' = 'data') z
) z GROUP BY iterations;

-- data: algorithms
-- key: tld type algorithm
-- order: tld COLLATE "C" NULLS FIRST, type COLLATE "C", count DESC, algorithm
SELECT tld, type, algorithm, (SELECT name FROM mnemonic WHERE number = algorithm) AS name,
	unit, count(*) AS count, total, count(*)::float / total AS share
FROM pg_temp.signature GROUP BY tld, type, algorithm, unit, total;

-- data: algorithms_all
-- key: type name
-- order: type COLLATE "C", count DESC, algorithm
SELECT type, algorithm, (SELECT name FROM mnemonic WHERE number = algorithm) AS name,
	unit, count(*) AS count, total, count(*)::float / total AS share
FROM pg_temp.signature WHERE tld IS NULL GROUP BY type, algorithm, unit, total;
