-- What changed between two scans, without sorting the exchanges of all domains:
-- one pass over both finds the few domains whose exchanges are not the same. FULL
-- JOIN: no plan but that pass is possible, whatever the planner knows.

CREATE OR REPLACE FUNCTION dane.mx_changes(old_scan bigint, new_scan bigint)
RETURNS TABLE (domain text, mx text) LANGUAGE sql STABLE AS $$
	WITH differs AS MATERIALIZED (
		SELECT coalesce(o.domain, n.domain) AS domain
		FROM (
			SELECT m.domain, m.host FROM dane.mx_row m
			WHERE m.scan_id = old_scan OFFSET 0
		) o FULL JOIN (
			SELECT m.domain, m.host FROM dane.mx_row m
			WHERE m.scan_id = new_scan OFFSET 0
		) n ON n.domain = o.domain AND n.host = o.host
		WHERE o.domain IS NULL OR n.domain IS NULL
		GROUP BY 1
	)
	SELECT m.domain, CASE
		WHEN array_agg(DISTINCT coalesce(h.provider, m.host))
				FILTER (WHERE m.scan_id = old_scan)
			<> array_agg(DISTINCT coalesce(h.provider, m.host))
				FILTER (WHERE m.scan_id = new_scan)
		THEN 'mx-moved' ELSE 'mx-changed' END
	FROM differs
	JOIN dane.mx_row m ON m.domain = differs.domain
		AND m.scan_id IN (old_scan, new_scan)
	JOIN dane.host_row h ON h.scan_id = m.scan_id AND h.host = m.host
		AND h.run = m.run
	GROUP BY m.domain
	HAVING array_agg(DISTINCT m.host) FILTER (WHERE m.scan_id = old_scan)
		<> array_agg(DISTINCT m.host) FILTER (WHERE m.scan_id = new_scan)
$$;

CREATE OR REPLACE FUNCTION dane.changed_domains(old_scan bigint, new_scan bigint)
RETURNS TABLE (domain text, old_class text, old_reason text, new_class text,
	new_reason text, mx text)
LANGUAGE sql STABLE AS $$
	WITH mx AS MATERIALIZED (
		SELECT * FROM dane.mx_changes(old_scan, new_scan)
	), touched AS MATERIALIZED (
		SELECT s.domain FROM dane.domain_state s
		WHERE s.from_scan > old_scan AND s.from_scan <= new_scan
		UNION
		SELECT m.domain FROM mx m
		JOIN dane.domain_row d ON d.scan_id = new_scan
			AND d.domain = m.domain
		WHERE m.mx = 'mx-moved'
			AND d.class <> dane.code_of('indeterminate')
	), absent AS MATERIALIZED (
		SELECT o.domain
		FROM (
			SELECT x.domain FROM dane.domain_row x
			WHERE x.scan_id = old_scan AND EXISTS (
				SELECT FROM dane.domain_row n
				WHERE n.scan_id = new_scan) OFFSET 0
		) o FULL JOIN (
			SELECT x.domain FROM dane.domain_row x
			WHERE x.scan_id = new_scan OFFSET 0
		) n ON n.domain = o.domain
		WHERE n.domain IS NULL
	)
	SELECT t.domain, o.class, o.reason, n.class, n.reason, m.mx
	FROM touched t
	LEFT JOIN LATERAL dane.domain_at(t.domain, old_scan) o ON true
	LEFT JOIN LATERAL dane.domain_at(t.domain, new_scan) n ON true
	LEFT JOIN mx m ON m.domain = t.domain
	WHERE (o.class, o.reason) IS DISTINCT FROM (n.class, n.reason)
		OR m.mx = 'mx-moved'
	UNION ALL
	SELECT d.domain, o.class, o.reason, NULL, NULL, NULL
	FROM absent d, LATERAL dane.domain_at(d.domain, old_scan) o
	WHERE NOT EXISTS (SELECT FROM touched t WHERE t.domain = d.domain)
$$;
