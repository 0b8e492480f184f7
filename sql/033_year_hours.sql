-- A year, in hours: days are of 23 or 25 hours where the zone of the session has
-- summer time, and a scan at the edge was there for one reader only.

CREATE OR REPLACE VIEW dane.report_scans AS
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
			AND o.started BETWEEN s.started - 410 * interval '24 hours'
				AND s.started - 320 * interval '24 hours'
		ORDER BY abs(extract(epoch FROM s.started - o.started)
			- 365 * 86400), o.scan_id DESC LIMIT 1
	) y ON true
	WINDOW w AS (PARTITION BY s.series ORDER BY s.started, s.scan_id)
) numbered;
