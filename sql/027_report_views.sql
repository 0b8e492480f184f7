-- The figures as they are published: each view takes a scan_id first, and shows
-- beside a figure what it was in the scan before and a year before.

CREATE FUNCTION dane.figure_share(value bigint, total bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE
RETURN round(value::numeric / nullif(total, 0), 6);

COMMENT ON FUNCTION dane.figure_share IS
	'Part of a whole, 0 to 1; NULL where there is no whole.';

CREATE FUNCTION dane.key_figure_list()
RETURNS TABLE ("position" integer, section text, item text, figure text,
	meaning text, total_meaning text)
LANGUAGE sql IMMUTABLE AS $$
	VALUES (1, 'headline', 'V1', 'correct', 'Domains with correct DANE at '
		'every primary MX host that accepts connections',
		'domains whose MX answer validates'),
	(2, 'headline', 'V2', 'signed', 'Domains whose MX answer validates',
		'domains that take mail'),
	(3, 'headline', 'V1', 'correct-measured', 'The same as V1',
		'domains whose MX answer validates, without the indeterminate'),
	(4, 'headline', NULL, 'domains', 'Domains of the list', NULL),
	(5, 'headline', NULL, 'measured', 'Domains with a verdict',
		'domains of the list'),
	(6, 'headline', NULL, 'indeterminate', 'Domains that could not be '
		'measured', 'domains of the list'),
	(7, 'headline', NULL, 'tlsa-all', 'Domains with secure TLSA records at '
		'all MX hosts', 'domains whose MX answer validates'),
	(8, 'headline', NULL, 'tlsa-some', 'Domains with secure TLSA records at '
		'some MX hosts only', 'domains whose MX answer validates'),
	(9, 'headline', NULL, 'tlsa-none', 'Domains with secure TLSA records at '
		'no MX host', 'domains whose MX answer validates'),
	(10, 'headline', NULL, 'tlsa-unknown', 'Domains of which a TLSA or address '
		'look-up failed', 'domains whose MX answer validates'),
	(11, 'headline', NULL, 'valid', 'Domains of class valid',
		'domains whose MX answer validates, without the indeterminate'),
	(12, 'headline', NULL, 'broken', 'Domains of class broken',
		'domains whose MX answer validates or is bogus, without the '
		'indeterminate'),
	(13, 'headline', NULL, 'outage', 'Broken: senders that do DANE reach no '
		'server', 'broken domains'),
	(14, 'headline', NULL, 'degraded', 'Broken: they reach another server',
		'broken domains'),
	(15, 'headline', NULL, 'partial', 'Domains of class partial',
		'domains whose MX answer validates, without the indeterminate'),
	(16, 'headline', NULL, 'unusable', 'Domains of class unusable',
		'domains whose MX answer validates, without the indeterminate'),
	(17, 'headline', NULL, 'no-tlsa', 'Domains of class no-tlsa',
		'domains whose MX answer validates, without the indeterminate'),
	(18, 'headline', NULL, 'no-dnssec', 'Domains whose MX answer is insecure',
		'domains that take mail'),
	(19, 'headline', NULL, 'half-dane', 'Of these, with TLSA records at MX '
		'hosts', 'domains whose MX answer is insecure'),
	(20, 'headline', NULL, 'no-mail', 'Domains that take no mail',
		'domains of the list'),
	(30, 'survey', 'V4', 'zones-with-tlsa', 'Providers (registrable domains) '
		'of the MX hosts with secure TLSA records', NULL),
	(31, 'survey', 'V5', 'hosts-with-tlsa', 'MX hosts with secure TLSA records',
		'MX hosts'),
	(32, 'survey', 'V5', 'certificates', 'Distinct certificates of these hosts',
		NULL),
	(33, 'survey', 'V6', 'partial-tlsa', 'Domains with TLSA records at some MX '
		'hosts only', 'domains with TLSA records'),
	(34, 'survey', 'V7', 'wrong-domains', 'Domains with wrong TLSA records or '
		'without STARTTLS', 'domains with TLSA records that were measured'),
	(35, 'survey', 'V7', 'wrong-hosts', 'MX hosts with wrong TLSA records or '
		'without STARTTLS', 'MX hosts with TLSA records that answered'),
	(36, 'survey', 'V8', 'lookup-domains', 'Domains broken by bogus DNSSEC or '
		'failing TLSA look-ups', 'domains whose MX answer validates or is '
		'bogus, without the indeterminate'),
	(40, 'rates', NULL, 'rate-domains', 'Valid domains', 'domains that take '
		'mail and whose MX answer validates, without the indeterminate'),
	(41, 'rates', NULL, 'rate-hosts', 'Valid MX hosts',
		'MX hosts with usable TLSA records that answered'),
	(42, 'rates', NULL, 'rate-records', 'TLSA records that match',
		'usable TLSA records that were compared with a chain'),
	(50, 'hosts', NULL, 'hosts', 'MX hosts', NULL),
	(51, 'hosts', 'N7', 'hosts-ipv6', 'MX hosts with an IPv6 address',
		'MX hosts with an address'),
	(52, 'hosts', NULL, 'addresses', 'Addresses of MX hosts', NULL),
	(53, 'hosts', 'N10', 'dual-certificate', 'MX hosts with certificates for '
		'two kinds of key', 'MX hosts with TLSA records and a certificate'),
	(54, 'hosts', 'N10', 'dual-certificate-wrong', 'Of these, with records '
		'that match one of the two only', 'MX hosts with certificates for two '
		'kinds of key'),
	(60, 'incidents', 'V15', 'incidents-opened', 'Domains that were first seen '
		'broken in this scan', NULL),
	(61, 'incidents', 'V15', 'incidents-recurring', 'Of these, that had been '
		'broken and mended before', 'domains first seen broken in this scan'),
	(62, 'incidents', 'V15', 'incidents-fixed', 'Domains that were broken '
		'before and are mended', NULL),
	(63, 'incidents', 'V15', 'incidents-withdrawn', 'Domains that were broken '
		'before and no longer have DANE or mail', NULL),
	(64, 'incidents', 'V15', 'incidents-open', 'Domains that are broken '
		'still', NULL),
	(65, 'incidents', 'N11', 'fixed-7-days', 'Incidents that were mended '
		'within 7 days', 'incidents that opened at least 7 days ago'),
	(66, 'incidents', 'N11', 'fixed-30-days', 'Incidents that were mended '
		'within 30 days', 'incidents that opened at least 30 days ago'),
	(67, 'incidents', 'N11', 'fixed-90-days', 'Incidents that were mended '
		'within 90 days', 'incidents that opened at least 90 days ago')
$$;

COMMENT ON FUNCTION dane.key_figure_list IS
	'What the figures by name mean.';

CREATE VIEW dane.report_key_figures AS
SELECT s.scan_id, l.section, l."position", l.item, l.figure, f.dimension AS unit,
	l.meaning, f.value, f.total, l.total_meaning,
	dane.figure_share(f.value, f.total) AS share,
	p.value AS previous_value, p.total AS previous_total,
	dane.figure_share(p.value, p.total) AS previous_share,
	y.value AS year_value, y.total AS year_total,
	dane.figure_share(y.value, y.total) AS year_share
FROM dane.report_scans s
JOIN dane.figure f ON f.scan_id = s.scan_id AND f.name = 'key'
JOIN dane.key_figure_list() l ON l.figure = f.key
LEFT JOIN dane.figure p ON p.scan_id = s.previous_scan AND p.name = 'key'
	AND p.dimension = f.dimension AND p.key = f.key
LEFT JOIN dane.figure y ON y.scan_id = s.year_scan AND y.name = 'key'
	AND y.dimension = f.dimension AND y.key = f.key;

COMMENT ON VIEW dane.report_key_figures IS
	'The figures by name of each scan, with what they are a part of, and those '
	'of the scan before and of a year before. item: the published figure that '
	'it is (docs/statistics.md).';

CREATE FUNCTION dane.funnel(p dane.population)
RETURNS TABLE (step integer, stage text, meaning text, domains bigint,
	unknown bigint)
LANGUAGE sql IMMUTABLE AS $$
	VALUES (1, 'listed', 'are in the list', p.domains, 0::bigint),
	(2, 'exists', 'have a name that exists', p.exist, 0),
	(3, 'takes-mail', 'have an MX host', p.takes_mail, p.mx_bogus),
	(4, 'signed', 'have an MX answer that validates', p.signed, 0),
	(5, 'with-tlsa', 'have secure TLSA records at an MX host',
		p.tlsa_all + p.tlsa_some, p.tlsa_unknown),
	(6, 'usable', 'have a usable record', p.usable, 0),
	(7, 'reachable', 'have such a host that answers', p.reachable,
		p.usable - p.reachable),
	(8, 'matches', 'match at all such hosts that answer', p.matches, 0)
$$;

COMMENT ON FUNCTION dane.funnel IS
	'From the list to a match, step by step. unknown: domains of the step '
	'before of which this one cannot be told.';

CREATE VIEW dane.report_funnel AS
SELECT s.scan_id, f.step, f.stage, f.meaning, f.domains, f.total,
	dane.figure_share(f.domains, f.total) AS share, f.unknown,
	o.domains AS previous_domains, y.domains AS year_domains
FROM dane.report_scans s
JOIN LATERAL (
	SELECT p.scan_id, w.*, lag(w.domains) OVER (PARTITION BY p.scan_id
		ORDER BY w.step) - w.unknown AS total
	FROM dane.population p, dane.funnel(p) w
	WHERE p.dimension = 'all' AND p.scan_id = s.scan_id
) f ON true
LEFT JOIN LATERAL (SELECT w.* FROM dane.population p, dane.funnel(p) w
	WHERE p.dimension = 'all' AND p.scan_id = s.previous_scan
) o ON o.step = f.step
LEFT JOIN LATERAL (SELECT w.* FROM dane.population p, dane.funnel(p) w
	WHERE p.dimension = 'all' AND p.scan_id = s.year_scan
) y ON y.step = f.step;

COMMENT ON VIEW dane.report_funnel IS
	'From the list to a match: how many domains get to each step. total: of '
	'the step before, without those of which it cannot be told.';

CREATE VIEW dane.report_classes AS
SELECT f.scan_id, f.class, f.reason, f.value AS domains, t.domains AS total,
	dane.figure_share(f.value, t.domains) AS share,
	p.value AS previous_domains, y.value AS year_domains
FROM dane.report_scans s
JOIN dane.figure f ON f.scan_id = s.scan_id AND f.name = 'domains'
	AND f.dimension = 'all'
JOIN dane.population t ON t.scan_id = f.scan_id AND t.dimension = 'all'
LEFT JOIN dane.figure p ON p.scan_id = s.previous_scan AND p.name = 'domains'
	AND p.dimension = 'all' AND p.class = f.class
	AND coalesce(p.reason, '') = coalesce(f.reason, '')
LEFT JOIN dane.figure y ON y.scan_id = s.year_scan AND y.name = 'domains'
	AND y.dimension = 'all' AND y.class = f.class
	AND coalesce(y.reason, '') = coalesce(f.reason, '');

COMMENT ON VIEW dane.report_classes IS
	'Domains by class and reason. total: all domains of the scan.';

CREATE VIEW dane.report_reasons AS
SELECT f.scan_id, f.dimension, f.key, f.class, f.reason, f.value AS domains,
	p.value AS previous_domains, y.value AS year_domains
FROM dane.report_scans s
JOIN dane.figure f ON f.scan_id = s.scan_id AND f.name = 'domains'
	AND f.dimension <> 'all'
LEFT JOIN dane.figure p ON p.scan_id = s.previous_scan AND p.name = 'domains'
	AND p.dimension = f.dimension AND p.key = f.key AND p.class = f.class
	AND coalesce(p.reason, '') = coalesce(f.reason, '')
LEFT JOIN dane.figure y ON y.scan_id = s.year_scan AND y.name = 'domains'
	AND y.dimension = f.dimension AND y.key = f.key AND y.class = f.class
	AND coalesce(y.reason, '') = coalesce(f.reason, '');

COMMENT ON VIEW dane.report_reasons IS
	'The same for each group: of dimension tld, provider, operator, rank or '
	'tag:NAME.';

-- Groups of domains

CREATE VIEW dane.ranked_population AS
SELECT p.*, CASE WHEN domains > 0 THEN rank() OVER (w ORDER BY domains DESC) END
		AS rank,
	CASE WHEN correct > 0 THEN rank() OVER (w ORDER BY correct DESC) END
		AS correct_rank,
	CASE WHEN broken > 0 THEN rank() OVER (w ORDER BY broken DESC) END
		AS broken_rank
FROM dane.population p WINDOW w AS (PARTITION BY scan_id, dimension);

COMMENT ON VIEW dane.ranked_population IS
	'dane.population with the place of each group in its dimension.';

CREATE VIEW dane.report_populations AS
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
JOIN dane.ranked_population r ON r.scan_id = s.scan_id
LEFT JOIN dane.ranked_population p ON p.scan_id = s.previous_scan
	AND p.dimension = r.dimension AND coalesce(p.key, '') = coalesce(r.key, '')
LEFT JOIN dane.ranked_population y ON y.scan_id = s.year_scan
	AND y.dimension = r.dimension AND coalesce(y.key, '') = coalesce(r.key, '');

COMMENT ON VIEW dane.report_populations IS
	'Groups of domains, their counts (dane.population says what each is) and '
	'shares: signed of those that take mail; correct of the signed ones that '
	'were measured; broken of those with TLSA records that were measured.';

CREATE VIEW dane.report_tlds AS
SELECT key AS tld, r.* FROM dane.report_populations r WHERE dimension = 'tld';

CREATE VIEW dane.report_providers AS
SELECT key AS provider, r.* FROM dane.report_populations r
WHERE dimension = 'provider';

CREATE VIEW dane.report_operators AS
SELECT key AS operator, r.* FROM dane.report_populations r
WHERE dimension = 'operator';

CREATE VIEW dane.report_tags AS
SELECT substr(dimension, 5) COLLATE "C" AS tag, key AS value, r.*
FROM dane.report_populations r WHERE dimension LIKE 'tag:%';

CREATE VIEW dane.report_ranks AS
SELECT key AS bucket, split_part(key, '-', 1)::bigint AS from_rank,
	split_part(key, '-', 2)::bigint AS to_rank, r.*
FROM dane.report_populations r WHERE dimension = 'rank';

COMMENT ON VIEW dane.report_tlds IS
	'report_populations of the top-level domains.';
COMMENT ON VIEW dane.report_providers IS
	'report_populations of the providers of MX hosts; a domain counts once for '
	'each of its providers. The largest only (dane.figure_limit), by domains, '
	'correct or broken ones.';
COMMENT ON VIEW dane.report_operators IS
	'The same of the operators of the domains'' name servers, of a scan with '
	'--extras ns.';
COMMENT ON VIEW dane.report_tags IS
	'report_populations of the values of tags: the score cards of registrars, '
	'sectors and the like.';
COMMENT ON VIEW dane.report_ranks IS
	'report_populations of every 10,000 ranks, of lists with a rank.';

-- Providers

CREATE VIEW dane.report_top_providers AS
SELECT r.scan_id, r.correct_rank AS place, r.provider, r.correct,
	a.correct AS total, dane.figure_share(r.correct, a.correct) AS share,
	r.domains, a.takes_mail AS domains_total,
	dane.figure_share(r.takes_mail, a.takes_mail) AS domains_share,
	r.hosts, r.tlsa_hosts, r.previous_correct_rank AS previous_place,
	r.previous_correct, r.year_correct_rank AS year_place, r.year_correct,
	r.previous_correct_rank - r.correct_rank AS place_change,
	r.year_correct_rank - r.correct_rank AS year_place_change
FROM dane.report_providers r
JOIN dane.population a ON a.scan_id = r.scan_id AND a.dimension = 'all'
WHERE r.correct > 0;

COMMENT ON VIEW dane.report_top_providers IS
	'Providers by domains with correct DANE; equal ones share a place. total: '
	'all such domains. domains_share: of all domains that take mail. '
	'place_change: how many places up.';

CREATE VIEW dane.concentration AS
SELECT scan_id, keys[1] AS market,
	max(domains) FILTER (WHERE keys[2] = 'providers') AS providers,
	max(domains) FILTER (WHERE keys[2] = 'total') AS total,
	max(domains) FILTER (WHERE keys[2] = 'top1') AS top1,
	max(domains) FILTER (WHERE keys[2] = 'top10') AS top10,
	max(domains) FILTER (WHERE keys[2] = 'top20') AS top20,
	round(10000 * max(domains) FILTER (WHERE keys[2] = 'squares')
		/ nullif(max(domains) FILTER (WHERE keys[2] = 'total')::numeric ^ 2,
			0), 1) AS hhi
FROM dane.tally WHERE name = 'concentration' GROUP BY scan_id, keys[1];

COMMENT ON VIEW dane.concentration IS
	'How concentrated a market is. total: domains, each once for each of its '
	'providers, so that shares sum up to 1.';

CREATE VIEW dane.report_concentration AS
SELECT c.scan_id, c.market, 'domains' AS unit, c.providers, c.total, c.top1,
	c.top10, c.top20, dane.figure_share(c.top1, c.total) AS top1_share,
	dane.figure_share(c.top10, c.total) AS top10_share,
	dane.figure_share(c.top20, c.total) AS top20_share, c.hhi,
	p.hhi AS previous_hhi,
	dane.figure_share(p.top1, p.total) AS previous_top1_share,
	dane.figure_share(p.top10, p.total) AS previous_top10_share,
	y.hhi AS year_hhi, dane.figure_share(y.top1, y.total) AS year_top1_share,
	dane.figure_share(y.top10, y.total) AS year_top10_share
FROM dane.report_scans s
JOIN dane.concentration c ON c.scan_id = s.scan_id
LEFT JOIN dane.concentration p ON p.scan_id = s.previous_scan
	AND p.market = c.market
LEFT JOIN dane.concentration y ON y.scan_id = s.year_scan
	AND y.market = c.market;

COMMENT ON VIEW dane.report_concentration IS
	'Concentration of the providers of domains with correct DANE (market '
	'correct) and of all that take mail (mail). hhi: Herfindahl-Hirschman '
	'index, 10000 is one provider for all.';

CREATE VIEW dane.report_failing_providers AS
SELECT r.scan_id, r.broken_rank AS place, r.provider, r.dane_broken AS broken,
	r.with_tlsa AS total, r.broken_share AS share,
	r.previous_dane_broken AS previous_broken,
	r.previous_dane_broken = 0 AS newly, f.reason, r.broken_hosts,
	r.broken AS broken_of_all, r.domains
FROM dane.report_providers r
LEFT JOIN LATERAL (
	SELECT g.reason FROM dane.figure g
	WHERE g.scan_id = r.scan_id AND g.name = 'domains'
		AND g.dimension = 'provider' AND g.key = r.provider
		AND g.class = 'broken'
	ORDER BY g.value DESC, g.reason LIMIT 1
) f ON true
WHERE r.broken > 0;

COMMENT ON VIEW dane.report_failing_providers IS
	'Providers by broken domains. broken, total: of those with TLSA records '
	'that were measured; broken_of_all: also by failing DNS. newly: the scan '
	'before had the provider, and none of its domains was broken. reason: the '
	'most frequent.';

CREATE VIEW dane.report_failing_operators AS
SELECT scan_id, rank() OVER (PARTITION BY scan_id ORDER BY domains DESC)
		AS place, keys[1] AS operator, keys[2] AS source, domains
FROM dane.tally WHERE name = 'failing_operators';

COMMENT ON VIEW dane.report_failing_operators IS
	'Operators of name servers by domains whose DNS or DNSSEC fails. source: '
	'extras (--extras ns), or servers: the parent of the name of a server that '
	'gave a second opinion.';

CREATE VIEW dane.report_tld_providers AS
SELECT scan_id, tld, row_number() OVER (PARTITION BY scan_id, tld
		ORDER BY domains DESC, provider) AS place,
	provider, domains, correct, broken
FROM (
	SELECT scan_id, keys[1] AS tld, keys[2] AS provider,
		max(domains) FILTER (WHERE keys[3] = 'domains') AS domains,
		max(domains) FILTER (WHERE keys[3] = 'correct') AS correct,
		max(domains) FILTER (WHERE keys[3] = 'broken') AS broken
	FROM dane.tally WHERE name = 'tld_providers'
	GROUP BY scan_id, keys[1], keys[2]
) t;

COMMENT ON VIEW dane.report_tld_providers IS
	'The 20 largest providers of each top-level domain.';

CREATE VIEW dane.report_broken_hosts AS
SELECT scan_id, row_number() OVER (PARTITION BY scan_id
		ORDER BY domains DESC, keys[1]) AS place,
	keys[1] AS host, keys[2] AS provider, keys[3] AS reason,
	keys[4] AS tlsa_state, domains
FROM dane.tally WHERE name = 'broken_hosts';

COMMENT ON VIEW dane.report_broken_hosts IS
	'Broken MX hosts by the domains that name them; the largest only.';
