-- The figures by several keys, as they are published; the registry's list; and
-- the columns of data sets that others have published.

CREATE FUNCTION dane.whole_keys(name text) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN name IN ('bogus_causes', 'mx_hosts') THEN 1
	WHEN name = 'algorithms' THEN 2 ELSE 0 END;

COMMENT ON FUNCTION dane.whole_keys IS
	'Of the keys of a name in dane.tally, how many the row has that shares are '
	'of.';

CREATE VIEW dane.tallies AS
SELECT t.*, w AS whole, p AS previous, y AS year
FROM dane.report_scans s
JOIN dane.tally t ON t.scan_id = s.scan_id
	AND cardinality(t.keys) > dane.whole_keys(t.name)
LEFT JOIN dane.tally w ON w.scan_id = t.scan_id AND w.name = t.name
	AND w.keys = t.keys[1:dane.whole_keys(t.name)]
LEFT JOIN dane.tally p ON p.scan_id = s.previous_scan AND p.name = t.name
	AND p.keys = t.keys
LEFT JOIN dane.tally y ON y.scan_id = s.year_scan AND y.name = t.name
	AND y.keys = t.keys;

COMMENT ON VIEW dane.tallies IS
	'Rows of dane.tally with the row that they are a part of, and those of the '
	'scan before and of a year before.';

-- Failures

CREATE VIEW dane.failure AS
SELECT scan_id, class, reason,
	coalesce(sum(domains) FILTER (WHERE source = 'first'), 0) AS domains,
	coalesce(sum(domains) FILTER (WHERE source = 'any'), 0) AS domains_any,
	coalesce(sum(domains) FILTER (WHERE severity = 'outage'), 0) AS outage,
	coalesce(sum(domains) FILTER (WHERE severity = 'degraded'), 0) AS degraded,
	coalesce(sum(hosts), 0) AS hosts, coalesce(sum(addresses), 0) AS addresses,
	coalesce(sum(records), 0) AS records
FROM (
	SELECT scan_id, 'first' AS source, keys[1] AS class, keys[2] AS reason,
		keys[3] AS severity, domains, NULL::bigint AS hosts,
		NULL::bigint AS addresses, NULL::bigint AS records
	FROM dane.tally WHERE name = 'failure_domains'
	UNION ALL
	SELECT scan_id, 'any', keys[1], keys[2], NULL, domains, NULL, NULL, NULL
	FROM dane.tally WHERE name = 'failure_any'
	UNION ALL
	SELECT scan_id, 'hosts', keys[1], keys[2], NULL, NULL, hosts, addresses,
		records
	FROM dane.tally WHERE name = 'failures'
) f GROUP BY scan_id, class, reason;

COMMENT ON VIEW dane.failure IS
	'Failures by class and reason, in all units.';

CREATE VIEW dane.report_failures AS
SELECT f.scan_id, f.class, f.reason, dane.reason_kind(f.reason) AS kind,
	f.domains::bigint, f.domains_any::bigint, f.outage::bigint,
	f.degraded::bigint, f.hosts::bigint, f.addresses::bigint, f.records::bigint,
	t.total_domains, dane.figure_share(f.domains::bigint, t.total_domains)
		AS share,
	p.domains::bigint AS previous_domains, p.hosts::bigint AS previous_hosts,
	y.domains::bigint AS year_domains, y.hosts::bigint AS year_hosts
FROM dane.report_scans s
JOIN dane.failure f ON f.scan_id = s.scan_id
LEFT JOIN (
	SELECT scan_id, keys[1] AS class, sum(domains)::bigint AS total_domains
	FROM dane.tally WHERE name = 'failure_domains' GROUP BY scan_id, keys[1]
) t ON t.scan_id = f.scan_id AND t.class = f.class
LEFT JOIN dane.failure p ON p.scan_id = s.previous_scan AND p.class = f.class
	AND p.reason = f.reason
LEFT JOIN dane.failure y ON y.scan_id = s.year_scan AND y.class = f.class
	AND y.reason = f.reason;

COMMENT ON VIEW dane.report_failures IS
	'What fails, by class of the domain or host and reason. domains: whose '
	'first reason it is, so they sum up to total_domains; domains_any: that '
	'have it among their reasons. hosts: whose reason it is. addresses: that '
	'fail so. records: usable TLSA records of these hosts that match nothing.';

CREATE VIEW dane.report_mismatch_causes AS
SELECT scan_id, keys[2] AS cause, keys[1] AS kind, records, hosts, domains,
	(whole).records AS total_records, (whole).hosts AS total_hosts,
	dane.figure_share(records, (whole).records) AS share,
	(previous).records AS previous_records, (year).records AS year_records
FROM dane.tallies WHERE name = 'mismatch_causes';

COMMENT ON VIEW dane.report_mismatch_causes IS
	'TLSA records that match nothing, by what explains them. kind: mismatch '
	'(the host is broken), spare (another record of the host matches: a '
	'roll-over, or its remains), unusable. total: records that are unusable or '
	'were compared with a chain. domains: that name one of the hosts.';

CREATE VIEW dane.report_bogus_causes AS
SELECT scan_id, keys[1] AS lookup, keys[2] AS cause, domains, hosts,
	CASE keys[1] WHEN 'mx' THEN (whole).domains ELSE (whole).hosts END AS total,
	dane.figure_share(CASE keys[1] WHEN 'mx' THEN domains ELSE hosts END,
		CASE keys[1] WHEN 'mx' THEN (whole).domains ELSE (whole).hosts END)
		AS share
FROM dane.tallies WHERE name = 'bogus_causes';

COMMENT ON VIEW dane.report_bogus_causes IS
	'Why answers are bogus, in classes of the validator''s words. total: '
	'domains (lookup mx) or hosts (address, tlsa) with a bogus answer.';

CREATE VIEW dane.report_tlsrpt AS
SELECT scan_id, keys[1] AS result_type, hosts, domains,
	(whole).hosts AS total_hosts, dane.figure_share(hosts, (whole).hosts) AS share
FROM dane.tallies WHERE name = 'tlsrpt';

COMMENT ON VIEW dane.report_tlsrpt IS
	'MX hosts by the result type under which a sender would report them (RFC '
	'8460 section 4.3). total: hosts that are valid, broken or unusable.';

-- Records, TLS, certificates

CREATE VIEW dane.report_tlsa_parameters AS
SELECT t.scan_id, t.keys[1]::integer AS usage, t.keys[2]::integer AS selector,
	t.keys[3]::integer AS mtype, t.records, t.hosts, t.domains,
	coalesce(o.match, 0) AS match, coalesce(o.mismatch, 0) AS mismatch,
	coalesce(o.unusable, 0) AS unusable, coalesce(o.unseen, 0) AS unseen,
	(t.whole).records AS total_records, (t.whole).hosts AS total_hosts,
	dane.figure_share(t.records, (t.whole).records) AS share,
	dane.figure_share(t.hosts, (t.whole).hosts) AS host_share,
	(t.previous).records AS previous_records, (t.year).records AS year_records
FROM dane.tallies t
LEFT JOIN (
	SELECT scan_id, keys[1:3] AS keys,
		max(records) FILTER (WHERE keys[4] = 'match') AS match,
		max(records) FILTER (WHERE keys[4] = 'mismatch') AS mismatch,
		max(records) FILTER (WHERE keys[4] = 'unusable') AS unusable,
		max(records) FILTER (WHERE keys[4] = 'unseen') AS unseen
	FROM dane.tally WHERE name = 'tlsa_parameters' AND cardinality(keys) = 4
	GROUP BY scan_id, keys[1:3]
) o ON o.scan_id = t.scan_id AND o.keys = t.keys
WHERE t.name = 'tlsa_parameters' AND cardinality(t.keys) = 3;

COMMENT ON VIEW dane.report_tlsa_parameters IS
	'TLSA records by usage, selector and matching type, at hosts with secure '
	'records. unseen: there was no chain to compare with.';

CREATE VIEW dane.report_tlsa_sizes AS
SELECT scan_id, keys[1]::integer AS records, hosts, domains,
	(whole).hosts AS total_hosts, dane.figure_share(hosts, (whole).hosts) AS share
FROM dane.tallies WHERE name = 'tlsa_sizes';

COMMENT ON VIEW dane.report_tlsa_sizes IS
	'Hosts with secure TLSA records by how many they have.';

CREATE VIEW dane.report_tls AS
SELECT scan_id, keys[1] AS version, keys[2] AS cipher, keys[3] AS key, addresses,
	hosts, (whole).addresses AS total_addresses,
	dane.figure_share(addresses, (whole).addresses) AS share
FROM dane.tallies WHERE name = 'tls';

COMMENT ON VIEW dane.report_tls IS
	'Addresses of hosts with secure TLSA records, by TLS version, cipher and '
	'key. total: those with a handshake.';

CREATE VIEW dane.report_dual_keys AS
SELECT scan_id, keys[1] AS keys, keys[2] AS outcome, hosts,
	(whole).hosts AS total_hosts, dane.figure_share(hosts, (whole).hosts) AS share
FROM dane.tallies WHERE name = 'dual_keys';

COMMENT ON VIEW dane.report_dual_keys IS
	'Hosts with secure TLSA records that have certificates for two kinds of '
	'key. outcome: do records match both, or only one? total: hosts with a '
	'handshake.';

CREATE VIEW dane.report_pkix AS
SELECT scan_id, keys[1] AS dane, keys[2] AS usage, keys[3] AS pkix, addresses,
	hosts, domains, (whole).addresses AS total_addresses,
	dane.figure_share(addresses, (whole).addresses) AS share
FROM dane.tallies WHERE name = 'pkix';

COMMENT ON VIEW dane.report_pkix IS
	'Addresses of hosts with secure TLSA records: class of the host, usage of '
	'the record that matched, and what a client that trusts public issuers '
	'says.';

CREATE VIEW dane.report_issuers AS
SELECT scan_id, place, issuer, usage, hosts, certificates, domains, total_hosts,
	dane.figure_share(hosts, total_hosts) AS share
FROM (
	SELECT scan_id, keys[1] AS issuer, keys[2] AS usage, hosts, certificates,
		domains, (whole).hosts AS total_hosts,
		row_number() OVER (PARTITION BY scan_id
			ORDER BY hosts DESC, keys) AS place
	FROM dane.tallies WHERE name = 'issuers'
) i WHERE place <= 200;

COMMENT ON VIEW dane.report_issuers IS
	'Issuers of the certificates of hosts with secure TLSA records, and the '
	'usage of the record that matched.';

CREATE VIEW dane.report_retired_issuers AS
SELECT t.scan_id, t.keys[1] AS issuer, i.since, t.hosts, t.domains,
	coalesce(b.hosts, 0) AS broken_hosts, coalesce(b.domains, 0)
		AS broken_domains, (t.whole).hosts AS total_hosts,
	dane.figure_share(t.hosts, (t.whole).hosts) AS share,
	(t.previous).hosts AS previous_hosts, (t.year).hosts AS year_hosts
FROM dane.tallies t
JOIN dane.retired_issuer i ON i.name = t.keys[1]
LEFT JOIN dane.tally b ON b.scan_id = t.scan_id AND b.name = 'retired_issuers'
	AND b.keys = t.keys || 'broken'::text
WHERE t.name = 'retired_issuers' AND cardinality(t.keys) = 1;

COMMENT ON VIEW dane.report_retired_issuers IS
	'Hosts whose TLSA records still name an issuer that no longer issues. '
	'total: hosts with records of usage 2.';

CREATE VIEW dane.report_expiries AS
SELECT scan_id, (keys[1])::integer AS within_days, keys[2] AS usage, certificates,
	hosts, domains, (whole).hosts AS total_hosts,
	dane.figure_share(hosts, (whole).hosts) AS share
FROM dane.tallies WHERE name = 'expiries';

COMMENT ON VIEW dane.report_expiries IS
	'Certificates of hosts with secure TLSA records that had expired when the '
	'scan began (0), or expire within so many days of that. usage ta: the host '
	'breaks then; ee: under usage 3 senders do not mind.';

-- Hosts, policy, DNSSEC

CREATE VIEW dane.report_mx_hosts AS
SELECT scan_id, keys[1] AS measure, keys[2]::integer AS n,
	coalesce(hosts, domains) AS count,
	CASE WHEN hosts IS NULL THEN 'domains' ELSE 'hosts' END AS unit,
	coalesce((whole).hosts, (whole).domains) AS total,
	dane.figure_share(coalesce(hosts, domains),
		coalesce((whole).hosts, (whole).domains)) AS share
FROM dane.tallies WHERE name = 'mx_hosts';

COMMENT ON VIEW dane.report_mx_hosts IS
	'How many MX hosts domains have, and addresses hosts. n: 10 is ten or more.';

CREATE VIEW dane.report_server_sizes AS
SELECT scan_id, low, 2 * low - 1 AS high, valid_hosts, broken_hosts,
	valid_domains, broken_domains,
	round(sum(valid_domains) OVER w / nullif(sum(valid_domains) OVER a, 0), 6)
		AS valid_cdf,
	round(sum(broken_domains) OVER w / nullif(sum(broken_domains) OVER a, 0), 6)
		AS broken_cdf
FROM (
	SELECT scan_id, (2 ^ (keys[1])::numeric)::bigint AS low,
		coalesce(max(hosts) FILTER (WHERE keys[2] = 'valid'), 0)
			AS valid_hosts,
		coalesce(max(hosts) FILTER (WHERE keys[2] = 'broken'), 0)
			AS broken_hosts,
		coalesce(max(domains) FILTER (WHERE keys[2] = 'valid'), 0)
			AS valid_domains,
		coalesce(max(domains) FILTER (WHERE keys[2] = 'broken'), 0)
			AS broken_domains
	FROM dane.tally WHERE name = 'server_sizes' GROUP BY scan_id, keys[1]
) b
WINDOW a AS (PARTITION BY scan_id), w AS (PARTITION BY scan_id ORDER BY low);

COMMENT ON VIEW dane.report_server_sizes IS
	'Hosts with usable TLSA records by how many domains they serve (low to '
	'high), and these domains; *_cdf: part of the domains at hosts up to that '
	'size. A domain at hosts of several sizes counts for each.';

CREATE VIEW dane.report_mta_sts AS
SELECT scan_id, keys[1] AS policy, keys[2] AS dane, domains,
	(whole).domains AS total, dane.figure_share(domains, (whole).domains) AS share
FROM dane.tallies WHERE name = 'mta_sts';

COMMENT ON VIEW dane.report_mta_sts IS
	'MTA-STS beside the class of DANE, of a scan with --extras mta-sts, '
	'without no-mail. policy: none, unknown (the look-up failed), multiple or '
	'malformed records, no-policy (it could not be had), its mode (enforce, '
	'testing, mode-none); record: it was not fetched.';

CREATE FUNCTION dane.algorithm_name(number integer) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE number WHEN 5 THEN 'RSASHA1' WHEN 7 THEN 'RSASHA1-NSEC3-SHA1'
	WHEN 8 THEN 'RSASHA256' WHEN 10 THEN 'RSASHA512'
	WHEN 13 THEN 'ECDSAP256SHA256' WHEN 14 THEN 'ECDSAP384SHA384'
	WHEN 15 THEN 'ED25519' WHEN 16 THEN 'ED448' ELSE 'algorithm ' || number END;

COMMENT ON FUNCTION dane.algorithm_name IS
	'Mnemonic of a DNSSEC algorithm (IANA).';

CREATE VIEW dane.report_algorithms AS
SELECT scan_id, keys[2] AS tld, keys[1] AS type, keys[3]::integer AS algorithm,
	dane.algorithm_name(keys[3]::integer) AS name,
	CASE keys[1] WHEN 'MX' THEN 'domains' ELSE 'hosts' END AS unit,
	CASE keys[1] WHEN 'MX' THEN domains ELSE hosts END AS count,
	CASE keys[1] WHEN 'MX' THEN (whole).domains ELSE (whole).hosts END AS total,
	dane.figure_share(CASE keys[1] WHEN 'MX' THEN domains ELSE hosts END,
		CASE keys[1] WHEN 'MX' THEN (whole).domains ELSE (whole).hosts END)
		AS share
FROM dane.tallies WHERE name = 'algorithms';

COMMENT ON VIEW dane.report_algorithms IS
	'Algorithms of the signatures of secure MX answers (domains) and TLSA '
	'answers (hosts). tld: NULL is all together.';

CREATE VIEW dane.report_nsec3 AS
SELECT scan_id, keys[1] AS iterations, domains, (whole).domains AS total,
	dane.figure_share(domains, (whole).domains) AS share
FROM dane.tallies WHERE name = 'nsec3';

COMMENT ON VIEW dane.report_nsec3 IS
	'Signed zones by NSEC3 iterations, of a scan with --extras ds; nsec: the '
	'zone has no NSEC3.';

CREATE VIEW dane.report_lints AS
SELECT t.scan_id, t.keys[1] AS lint, t.domains, a.domains AS total,
	dane.figure_share(t.domains, a.domains) AS share,
	(t.previous).domains AS previous_domains, (t.year).domains AS year_domains
FROM dane.tallies t
JOIN dane.population a ON a.scan_id = t.scan_id AND a.dimension = 'all'
WHERE t.name = 'lints';

COMMENT ON VIEW dane.report_lints IS
	'Domains with each piece of advice. total: all domains.';

-- Change

CREATE VIEW dane.report_changes AS
SELECT scan_id, keys[1]::bigint AS previous_scan, keys[2] AS change,
	keys[3] AS cause, domains
FROM dane.tally WHERE name = 'changes' AND cardinality(keys) = 3;

COMMENT ON VIEW dane.report_changes IS
	'Domains that changed since the scan before, by change and cause (see '
	'dane.changes), as told when the scan ended. previous_scan: that scan.';

CREATE VIEW dane.report_change_causes AS
SELECT scan_id, keys[1]::bigint AS previous_scan, row_number() OVER (
		PARTITION BY scan_id ORDER BY domains DESC, keys) AS place,
	keys[2] AS change, keys[3] AS cause, keys[4] AS provider, domains
FROM dane.tally WHERE name = 'change_causes';

COMMENT ON VIEW dane.report_change_causes IS
	'The largest of them, with the provider of the host that is the cause.';

CREATE VIEW dane.report_rollovers AS
SELECT t.scan_id, t.keys[1]::bigint AS previous_scan, t.keys[2] AS outcome,
	t.keys[3]::integer AS depth, t.hosts, t.domains,
	coalesce(u.hosts, 0) AS uncertain_hosts
FROM dane.tally t
LEFT JOIN dane.tally u ON u.scan_id = t.scan_id AND u.name = t.name
	AND u.keys = t.keys || 'uncertain'::text
WHERE t.name = 'rollovers' AND cardinality(t.keys) = 3;

COMMENT ON VIEW dane.report_rollovers IS
	'How hosts changed their keys since the scan before (see dane.rollovers), '
	'as told when the scan ended.';

-- The registry's list

CREATE FUNCTION dane.broken_since(name text, id bigint)
RETURNS TABLE (first_seen timestamptz, from_scan bigint)
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT min(h.first_seen), min(h.from_scan)
	FROM dane.history h
	WHERE h.domain = name COLLATE "C" AND h.from_scan <= id
		AND h.class = 'broken' AND h.from_scan > coalesce((
			SELECT max(o.from_scan) FROM dane.history o
			WHERE o.domain = name COLLATE "C" AND o.from_scan <= id
				AND o.class <> 'broken'), 0)
$$;

COMMENT ON FUNCTION dane.broken_since IS
	'Since when the record has a domain broken without interruption.';

CREATE FUNCTION dane.registry_broken(scan bigint, zone text)
RETURNS TABLE (domain text, provider text, registrar text, severity text,
	reason text, host text, address text, cause text, evidence text,
	remedy text, first_seen timestamptz, first_scan bigint, tags jsonb)
LANGUAGE sql STABLE AS $$
	SELECT b.domain, h.provider, d.tags ->> 'registrar', b.severity, b.reason,
		b.host, b.address, coalesce(t.hint, b.endpoint_reason,
			b.host_reason, b.reason),
		coalesce(b.detail, b.why), coalesce(t.hint, b.endpoint_reason,
			b.host_reason, b.reason),
		s.first_seen, s.from_scan, d.tags
	FROM dane.broken b
	JOIN dane.domain_results d ON d.scan_id = b.scan_id
		AND d.domain = b.domain
	LEFT JOIN dane.host_latest h ON h.scan_id = b.scan_id AND h.host = b.host
	LEFT JOIN LATERAL (
		SELECT min(r.hint) AS hint FROM dane.tlsa_records r
		WHERE r.scan_id = b.scan_id AND r.host = b.host AND r.usable
			AND NOT r.match AND dane.reason_kind(coalesce(
				b.endpoint_reason, b.host_reason)) = 'match'
	) t ON true
	LEFT JOIN LATERAL dane.broken_since(b.domain, scan) s ON true
	WHERE b.scan_id = scan AND d.tld = zone COLLATE "C"
	ORDER BY h.provider, d.tags ->> 'registrar', b.domain, b.host, b.address
$$;

COMMENT ON FUNCTION dane.registry_broken IS
	'The broken domains of a zone, a row each broken host and address, for who '
	'has to be told. cause, remedy: codes of danescan explain; evidence: the '
	'words of the server, the library or the validator. first_seen: broken '
	'without interruption since. It needs the observations of the scan.';

-- Columns as others have published them

CREATE VIEW dane.paper_columns AS
SELECT scan_id, name, jsonb_object_agg(keys[1], hosts) AS hosts
FROM dane.tally WHERE name IN ('u20_validation', 'u22_tlsa')
GROUP BY scan_id, name;

COMMENT ON VIEW dane.paper_columns IS
	'For views: the columns of a data set as one object.';

CREATE VIEW dane.u20_validation AS
SELECT scan_id, started, c.total, coalesce(c.tlsa_crawled, 0) AS tlsa_crawled,
	coalesce(c.cert_crawled, 0) AS cert_crawled, coalesce(c.secure, 0) AS secure,
	coalesce(c.insecure, 0) AS insecure, coalesce(c.bogus, 0) AS bogus,
	coalesce(c.rrsig_without_ds, 0) AS rrsig_without_ds,
	coalesce(c.no_rrsig_no_ds, 0) AS no_rrsig_no_ds,
	coalesce(c.dane_valid, 0) AS dane_valid,
	coalesce(c.dane_invalid, 0) AS dane_invalid,
	coalesce(c.chain_only_error, 0) AS chain_only_error,
	coalesce(c.matching_only_error, 0) AS matching_only_error,
	coalesce(c.tls_error, 0) AS tls_error
FROM dane.report_scans s
JOIN dane.paper_columns p USING (scan_id),
	jsonb_to_record(p.hosts) AS c(
		total bigint, tlsa_crawled bigint, cert_crawled bigint,
		secure bigint, insecure bigint, bogus bigint,
		rrsig_without_ds bigint, no_rrsig_no_ds bigint, dane_valid bigint,
		dane_invalid bigint, chain_only_error bigint,
		matching_only_error bigint, tls_error bigint)
WHERE p.name = 'u20_validation';

COMMENT ON VIEW dane.u20_validation IS
	'Columns of dane-validation-stat (USENIX Security 2020), counted by MX '
	'host. Hosts with insecure addresses are not asked for TLSA records (RFC '
	'7672 section 2.2.2), so insecure is small here.';

CREATE VIEW dane.u20_incorrect AS
SELECT scan_id, unit, no_data, wrong_chain, usage2, usage3, undefined, selector,
	matching_type, mismatch
FROM (
	SELECT s.scan_id, u.unit,
		(SELECT sum(p.unseen) FROM dane.report_tlsa_parameters p
			WHERE p.scan_id = s.scan_id AND u.unit = 'records') AS no_data,
		coalesce(sum(n) FILTER (WHERE cause = 'ta-present-not-in-path'), 0)
			AS wrong_chain,
		coalesce(sum(n) FILTER (WHERE cause IN ('digest-of-leaf',
			'usage2-on-leaf')), 0) AS usage2,
		coalesce(sum(n) FILTER (WHERE cause IN ('digest-of-issuer',
			'usage3-on-ca')), 0) AS usage3,
		coalesce(sum(n) FILTER (WHERE cause ~ '^(unknown|private)-'), 0)
			AS undefined,
		coalesce(sum(n) FILTER (WHERE cause = 'digest-of-other-selector'), 0)
			AS selector,
		coalesce(sum(n) FILTER (WHERE cause = 'digest-of-other-mtype'), 0)
			AS matching_type,
		coalesce(sum(n) FILTER (WHERE c.kind = 'mismatch' AND cause NOT IN (
			'ta-present-not-in-path', 'digest-of-leaf', 'usage2-on-leaf',
			'digest-of-issuer', 'usage3-on-ca', 'digest-of-other-selector',
			'digest-of-other-mtype')), 0) AS mismatch
	FROM dane.report_scans s
	CROSS JOIN (VALUES ('records'), ('hosts'), ('domains')) u(unit)
	LEFT JOIN LATERAL (
		SELECT m.cause, m.kind, CASE u.unit WHEN 'records' THEN m.records
			WHEN 'hosts' THEN m.hosts ELSE m.domains END AS n
		FROM dane.report_mismatch_causes m
		WHERE m.scan_id = s.scan_id AND m.kind <> 'spare'
	) c ON true
	WHERE s.figured GROUP BY s.scan_id, u.unit
) x;

COMMENT ON VIEW dane.u20_incorrect IS
	'Columns of check-incorrect (USENIX Security 2020), by record, by host and '
	'by domain that names one; a host or domain counts in each column that it '
	'has a record of. Bogus records cannot be counted: a validator does not '
	'hand them out.';

CREATE VIEW dane.u20_starttls AS
SELECT s.scan_id, coalesce(sum(f.hosts) FILTER (WHERE f.kind = 'unreachable'), 0)
		AS unreachable,
	coalesce(sum(f.hosts) FILTER (WHERE f.kind = 'starttls'), 0) AS starttls,
	coalesce(sum(f.hosts) FILTER (WHERE f.kind = 'tls'), 0) AS tls,
	k.total AS judged,
	dane.figure_share(coalesce(sum(f.hosts) FILTER (WHERE f.kind = 'starttls'),
		0)::bigint, k.total) AS starttls_share,
	dane.figure_share(coalesce(sum(f.hosts) FILTER (WHERE f.kind = 'tls'),
		0)::bigint, k.total) AS tls_share
FROM dane.report_scans s
LEFT JOIN dane.report_failures f ON f.scan_id = s.scan_id
LEFT JOIN dane.report_key_figures k ON k.scan_id = s.scan_id
	AND k.figure = 'wrong-hosts'
WHERE s.figured GROUP BY s.scan_id, k.total;

COMMENT ON VIEW dane.u20_starttls IS
	'Figure 6 of USENIX Security 2020 by host: STARTTLS not offered, TLS '
	'fails. judged: hosts with TLSA records that answered.';

CREATE VIEW dane.u20_tlds AS
SELECT s.scan_id, s.series, s.started, t.tld, t.takes_mail AS domains_with_mx,
	t.tlsa_all + t.tlsa_some AS domains_with_tlsa,
	dane.figure_share(t.tlsa_all + t.tlsa_some, t.takes_mail - t.tlsa_unknown)
		AS tlsa_share,
	t.with_tlsa AS measured_with_tlsa, t.dane_broken AS incorrect,
	t.broken_share AS incorrect_share
FROM dane.report_scans s
JOIN dane.report_tlds t USING (scan_id);

COMMENT ON VIEW dane.u20_tlds IS
	'Figures 2 and 8 of USENIX Security 2020: domains with TLSA records of '
	'those that take mail, and those that cannot do DANE right of those with '
	'TLSA records that were measured, by top-level domain, over time.';

CREATE VIEW dane.u20_ranks AS
SELECT scan_id, from_rank, to_rank, takes_mail AS domains_with_mx,
	dane.figure_share(takes_mail, domains - indeterminate) AS mx_share,
	tlsa_all + tlsa_some AS domains_with_tlsa,
	dane.figure_share(tlsa_all + tlsa_some, takes_mail - tlsa_unknown)
		AS tlsa_share
FROM dane.report_ranks;

COMMENT ON VIEW dane.u20_ranks IS
	'Figure 3 of USENIX Security 2020: domains with MX and with TLSA records '
	'by 10,000 ranks.';

CREATE VIEW dane.u22_tlsa AS
SELECT scan_id, started, coalesce(c.total, 0) AS total,
	coalesce(c.no_cert, 0) AS no_cert, coalesce(c.no_tlsa, 0) AS no_tlsa,
	coalesce(c.invalid, 0) AS invalid, coalesce(c.dnssec, 0) AS dnssec,
	coalesce(c.insecure, 0) AS insecure, coalesce(c.bogus, 0) AS bogus,
	coalesce(c.ds_only, 0) AS ds_only, coalesce(c.unmatch, 0) AS unmatch,
	coalesce(c.usage, 0) AS usage, coalesce(c.selector, 0) AS selector,
	coalesce(c.matching_type, 0) AS matching_type,
	coalesce(c.undefined, 0) AS undefined, coalesce(c.unknown, 0) AS unknown,
	coalesce(c.chain, 0) AS chain, coalesce(c.ever_matched, 0) AS ever_matched
FROM dane.report_scans s
JOIN dane.paper_columns p USING (scan_id),
	jsonb_to_record(p.hosts) AS c(
		total bigint, no_cert bigint, no_tlsa bigint, invalid bigint,
		dnssec bigint, insecure bigint, bogus bigint, ds_only bigint,
		unmatch bigint, usage bigint, selector bigint,
		matching_type bigint, undefined bigint, unknown bigint,
		chain bigint, ever_matched bigint)
WHERE p.name = 'u22_tlsa';

COMMENT ON VIEW dane.u22_tlsa IS
	'Columns of case-tlsa-stat (USENIX Security 2022), counted by MX host.';

CREATE VIEW dane.u22_issuers AS
SELECT s.scan_id, i.issuer, sum(i.hosts)::bigint AS hosts,
	max(i.total_hosts) AS total
FROM dane.report_scans s JOIN dane.report_issuers i USING (scan_id)
GROUP BY s.scan_id, i.issuer;

COMMENT ON VIEW dane.u22_issuers IS
	'Rows for the columns of cert-pki-cn-stat (USENIX Security 2022): hosts '
	'with secure TLSA records by issuer. total: hosts with a certificate.';
