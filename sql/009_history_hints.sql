-- Causes of a mismatch that only earlier scans and other hosts tell, and the
-- serials of name servers that differ.

ALTER TABLE dane.certificate ADD spki_sha512 bytea;
ALTER TABLE dane.tlsa_obs ADD history_hint text;

CREATE INDEX ON dane.certificate (spki_sha512);
CREATE INDEX ON dane.certificate (sha512(der));

COMMENT ON COLUMN dane.certificate.spki_sha512 IS
	'NULL: stored by a version that did not know it.';

CREATE OR REPLACE VIEW dane.certificates AS
SELECT sha256, subject, issuer, not_before, not_after, key, spki_sha256, der,
	first_seen, last_seen, spki_sha512
FROM dane.certificate;

CREATE TABLE dane.host_certificate (
	host       text COLLATE "C" NOT NULL,
	sha256     bytea NOT NULL,
	first_scan bigint NOT NULL,
	PRIMARY KEY (host, sha256)
);

COMMENT ON TABLE dane.host_certificate IS
	'Which certificates a host has shown, leaf and issuers, in complete scans. '
	'It outlives them.';

CREATE FUNCTION dane.history_keep(id bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.host_certificate (host, sha256, first_scan)
	SELECT DISTINCT e.host, c, id
	FROM dane.endpoint_obs e, unnest(e.chain || e.other_chain) c
	WHERE e.scan_id = id
	ON CONFLICT DO NOTHING
$$;

COMMENT ON FUNCTION dane.history_keep IS
	'Keep for later scans which host has shown which certificate.';

SELECT count(dane.history_keep(scan_id))
FROM (SELECT scan_id FROM dane.scan WHERE state = 'complete' ORDER BY scan_id) s;

-- Each branch is a look-up in one index.
CREATE FUNCTION dane.described(
	tlsa_selector integer, tlsa_mtype integer, tlsa_data bytea)
RETURNS SETOF bytea LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT c.sha256 FROM dane.certificate c
	WHERE tlsa_selector = 0 AND c.sha256 = CASE tlsa_mtype
		WHEN 0 THEN sha256(tlsa_data) WHEN 1 THEN tlsa_data END
	UNION ALL
	SELECT c.sha256 FROM dane.certificate c
	WHERE tlsa_selector = 0 AND tlsa_mtype = 2 AND sha512(c.der) = tlsa_data
	UNION ALL
	SELECT c.sha256 FROM dane.certificate c
	WHERE tlsa_selector = 1 AND c.spki_sha256 = CASE tlsa_mtype
		WHEN 0 THEN sha256(tlsa_data) WHEN 1 THEN tlsa_data END
	UNION ALL
	SELECT c.sha256 FROM dane.certificate c
	WHERE tlsa_selector = 1 AND tlsa_mtype = 2 AND c.spki_sha512 = tlsa_data
$$;

COMMENT ON FUNCTION dane.described IS
	'The certificates, of all ever seen, that a TLSA record describes.';

-- The first that holds of: renewed with the same key; shown here before; shown
-- by another host of the provider; an issuer of others. A certificate that some
-- address of the host still shows is none of these.
CREATE FUNCTION dane.history_hints(id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	found_hints bigint;
BEGIN
	WITH wanted AS MATERIALIZED (
		SELECT t.host, t.run, t.position, t.usage IN (0, 2) AS ta, t.selector, d
		FROM dane.tlsa_obs t, dane.described(t.selector, t.mtype, t.data) d
		WHERE t.scan_id = id AND t.usable AND NOT t.match AND t.hint IS NULL
	), shown AS MATERIALIZED (
		SELECT DISTINCT e.host, e.run, c.sha256, c.place > 1 AS ta
		FROM dane.endpoint_obs e, LATERAL (
			SELECT * FROM unnest(e.chain) WITH ORDINALITY
			UNION ALL
			SELECT * FROM unnest(e.other_chain) WITH ORDINALITY
		) c(sha256, place)
		WHERE e.scan_id = id AND (e.host IN (SELECT w.host FROM wanted w)
			OR c.sha256 IN (SELECT w.d FROM wanted w))
	), gone AS MATERIALIZED (
		SELECT * FROM wanted w
		WHERE NOT EXISTS (SELECT FROM shown s
			WHERE s.host = w.host AND s.run = w.run AND s.sha256 = w.d)
	), leaves AS (
		SELECT DISTINCT h.provider, s.sha256
		FROM shown s
		JOIN dane.host_obs h ON h.scan_id = id AND h.host = s.host
			AND h.run = s.run
		WHERE NOT s.ta
	), ranked AS (
		SELECT g.host, g.run, g.position, CASE WHEN g.ta THEN 2 ELSE 1 END AS rank
		FROM gone g
		JOIN shown s ON s.host = g.host AND s.run = g.run AND s.ta = g.ta
		JOIN dane.certificate old ON old.sha256 = g.d
		JOIN dane.certificate now ON now.sha256 = s.sha256
			AND now.spki_sha256 = old.spki_sha256
		WHERE g.selector = 0
		UNION ALL
		SELECT g.host, g.run, g.position, 3
		FROM gone g
		JOIN dane.host_certificate c ON c.host = g.host AND c.sha256 = g.d
		WHERE c.first_scan < id
		UNION ALL
		SELECT g.host, g.run, g.position, 4
		FROM gone g
		JOIN dane.host_obs h ON h.scan_id = id AND h.host = g.host
			AND h.run = g.run
		JOIN leaves l ON l.provider = h.provider AND l.sha256 = g.d
		UNION ALL
		SELECT g.host, g.run, g.position, 5
		FROM gone g
		WHERE g.ta AND g.d IN (SELECT s.sha256 FROM shown s WHERE s.ta)
	)
	UPDATE dane.tlsa_obs t
	SET history_hint = (ARRAY['renewed-same-key', 'ca-cert-renewed-same-key',
		'digest-of-earlier-certificate', 'digest-of-other-host',
		'digest-of-other-issuer'])[r.rank]
	FROM (SELECT host, run, position, min(rank) AS rank
		FROM ranked GROUP BY host, run, position) r
	WHERE t.scan_id = id AND t.host = r.host AND t.run = r.run
		AND t.position = r.position;
	GET DIAGNOSTICS found_hints = ROW_COUNT;
	RETURN found_hints;
END $$;

COMMENT ON FUNCTION dane.history_hints IS
	'Give records that match nothing, and that nothing else explains, a hint '
	'from earlier scans and from other hosts of this one. Returns how many.';

-- In the transaction that closes the scan, whoever closes it.
CREATE FUNCTION dane.scan_completed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dane.history_hints(NEW.scan_id);
	PERFORM dane.history_keep(NEW.scan_id);
	RETURN NULL;
END $$;

CREATE TRIGGER completed AFTER UPDATE OF state ON dane.scan
FOR EACH ROW WHEN (NEW.state = 'complete' AND OLD.state <> 'complete')
EXECUTE FUNCTION dane.scan_completed();

COMMENT ON COLUMN dane.tlsa_obs.history_hint IS
	'Where hint is NULL: what earlier scans and other hosts tell, when the scan '
	'is complete. Not in the record, which the scanner wrote before.';

CREATE OR REPLACE VIEW dane.tlsa_records AS
SELECT scan_id, t.host, t.usage, t.selector, t.mtype, t.data, h.tlsa_ttl AS ttl,
	t.usable, t.match, coalesce(t.hint, t.history_hint) AS hint, t.why, t.depth,
	h.base
FROM dane.host_latest h
JOIN dane.tlsa_obs t USING (scan_id, host, run);

-- Name servers

COMMENT ON COLUMN dane.host_obs.servers IS
	'The same for a TLSA or address look-up, and for TLSA records that do not '
	'match; serial: of the zone, where the servers differ.';

CREATE OR REPLACE VIEW dane.server_results AS
SELECT h.scan_id, NULL::text AS domain, h.host, s.name, s.address, s.type,
	s.outcome, s.serial
FROM (
	SELECT DISTINCT ON (scan_id, host) scan_id, host, servers
	FROM dane.host_obs ORDER BY scan_id, host, run DESC
) h, json_to_recordset(h.servers)
	AS s(name text, address text, type text, outcome text, serial bigint)
UNION ALL
SELECT d.scan_id, d.domain, NULL, s.name, s.address, s.type, s.outcome,
	s.serial
FROM dane.domain_obs d, json_to_recordset(d.servers)
	AS s(name text, address text, type text, outcome text, serial bigint);

COMMENT ON VIEW dane.server_results IS
	'One row a doubtful look-up, of a domain or of a host, and server of its '
	'zone.';
