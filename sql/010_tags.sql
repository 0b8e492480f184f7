-- Figures by the columns that the input brought along, by top-level domain and
-- by provider. Every view takes a scan_id first: that is one partition.

CREATE VIEW dane.domain_tags AS
SELECT d.scan_id, d.domain, t.key COLLATE "C" AS tag, t.value COLLATE "C" AS value
FROM dane.domain_obs d, jsonb_each_text(d.tags) t;

COMMENT ON VIEW dane.domain_tags IS
	'One row a scan, domain and column of the input beside the domain, such as '
	'its registrar or sector.';

CREATE VIEW dane.summary_by_tag AS
SELECT d.scan_id, t.key COLLATE "C" AS tag, t.value COLLATE "C" AS value,
	d.class, d.reason, count(*) AS domains
FROM dane.domain_obs d, jsonb_each_text(d.tags) t
GROUP BY d.scan_id, t.key COLLATE "C", t.value COLLATE "C", d.class, d.reason;

COMMENT ON VIEW dane.summary_by_tag IS
	'Domains of a scan by class and reason, for each value of each tag. A '
	'domain counts once for each of its tags.';

CREATE VIEW dane.summary_by_tld AS
SELECT scan_id, tld, class, reason, count(*) AS domains
FROM dane.domain_obs
GROUP BY scan_id, tld, class, reason;

COMMENT ON VIEW dane.summary_by_tld IS
	'Domains of a scan by class and reason, for each top-level domain.';

CREATE VIEW dane.summary_by_provider AS
SELECT p.scan_id, p.provider, d.class, d.reason, count(*) AS domains
FROM (
	SELECT DISTINCT m.scan_id, m.domain, h.provider
	FROM dane.mx_obs m
	JOIN dane.host_obs h ON h.scan_id = m.scan_id AND h.host = m.host
		AND h.run = m.run
	WHERE h.provider IS NOT NULL
) p
JOIN dane.domain_obs d ON d.scan_id = p.scan_id AND d.domain = p.domain
GROUP BY p.scan_id, p.provider, d.class, d.reason;

COMMENT ON VIEW dane.summary_by_provider IS
	'Domains of a scan by class and reason, for each provider that one of '
	'their MX hosts belongs to. A domain counts once for each of its providers.';
