-- Shares with so many digits that they can be rounded once more: to six digits a
-- share of 0.95934959 is 0.959350, and then 95.94 per cent instead of 95.93.

CREATE OR REPLACE FUNCTION dane.figure_share(value bigint, total bigint)
RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN trim_scale(round(value::numeric / nullif(total, 0), 12));

COMMENT ON FUNCTION dane.figure_share IS
	'Part of a whole, 0 to 1; NULL where there is no whole. Twelve digits tell '
	'all parts of up to 100 million from those that are rounded otherwise to '
	'hundredths of a per cent.';

CREATE OR REPLACE VIEW dane.report_server_sizes AS
SELECT scan_id, low, 2 * low - 1 AS high, valid_hosts, broken_hosts,
	valid_domains, broken_domains,
	dane.figure_share((sum(valid_domains) OVER w)::bigint,
		(sum(valid_domains) OVER a)::bigint) AS valid_cdf,
	dane.figure_share((sum(broken_domains) OVER w)::bigint,
		(sum(broken_domains) OVER a)::bigint) AS broken_cdf
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
