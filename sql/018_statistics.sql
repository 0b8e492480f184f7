-- The planner knows a partition before anything is computed from it, and what
-- compares two scans reads their MX hosts once.

CREATE FUNCTION dane.scan_analyzed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	parent text;
BEGIN
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('ANALYZE dane.%I', parent || '_' || NEW.scan_id);
	END LOOP;
	RETURN NULL;
END $$;

-- Triggers fire in the order of their names: before all others.
CREATE TRIGGER analyzed AFTER UPDATE OF state ON dane.scan
FOR EACH ROW WHEN (NEW.state = 'complete' AND OLD.state <> 'complete')
EXECUTE FUNCTION dane.scan_analyzed();

CREATE FUNCTION dane.mx_changes(old_scan bigint, new_scan bigint)
RETURNS TABLE (domain text, mx text) LANGUAGE sql STABLE AS $$
	SELECT m.domain, CASE
		WHEN array_agg(DISTINCT coalesce(h.provider, m.host))
				FILTER (WHERE m.scan_id = old_scan)
			<> array_agg(DISTINCT coalesce(h.provider, m.host))
				FILTER (WHERE m.scan_id = new_scan)
		THEN 'mx-moved' ELSE 'mx-changed' END
	FROM dane.mx_obs m
	JOIN dane.host_obs h ON h.scan_id = m.scan_id AND h.host = m.host
		AND h.run = m.run
	WHERE m.scan_id IN (old_scan, new_scan)
	GROUP BY m.domain
	HAVING array_agg(DISTINCT m.host) FILTER (WHERE m.scan_id = old_scan)
		<> array_agg(DISTINCT m.host) FILTER (WHERE m.scan_id = new_scan)
$$;

COMMENT ON FUNCTION dane.mx_changes IS
	'The domains whose MX hosts are others in another scan, of other '
	'providers (mx-moved) or of the same (mx-changed).';

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
		JOIN dane.domain_obs d ON d.scan_id = new_scan
			AND d.domain = m.domain
		WHERE m.mx = 'mx-moved' AND d.class <> 'indeterminate'
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
	FROM (
		SELECT x.domain FROM dane.domain_obs x
		WHERE x.scan_id = old_scan AND EXISTS (
			SELECT FROM dane.domain_obs n WHERE n.scan_id = new_scan)
		EXCEPT
		SELECT x.domain FROM dane.domain_obs x WHERE x.scan_id = new_scan
		EXCEPT
		SELECT t.domain FROM touched t
	) d, LATERAL dane.domain_at(d.domain, old_scan) o
$$;

DROP FUNCTION dane.mx_providers;
