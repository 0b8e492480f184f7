-- All facts that a verdict rests on, so that it can be derived again, and the
-- rules by which it was.

ALTER TABLE dane.scan ADD classifier integer;

COMMENT ON COLUMN dane.scan.classifier IS
	'Version of the rules by which its verdicts were derived; NULL: begun by '
	'a version that did not keep all facts.';

CREATE FUNCTION dane.scan_begin(scan_label text, scan_config jsonb,
	scan_started timestamptz, scan_classifier integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	id bigint := dane.scan_begin(scan_label, scan_config, scan_started);
BEGIN
	UPDATE dane.scan SET classifier = scan_classifier WHERE scan_id = id;
	RETURN id;
END $$;

COMMENT ON FUNCTION dane.scan_begin(text, jsonb, timestamptz, integer) IS
	'The same by a scanner that keeps all facts.';

CREATE OR REPLACE VIEW dane.scans AS
SELECT s.scan_id, s.label, s.started, s.finished, s.state,
	coalesce(s.domains, l.domains) AS domains, s.config,
	l.low_water, l.updated, s.runs, s.classifier
FROM dane.scan s
LEFT JOIN (
	SELECT scan_id, sum(domains)::bigint AS domains,
		max(low_water) FILTER (WHERE chunk = 0) AS low_water,
		max(updated) AS updated
	FROM dane.lease GROUP BY scan_id
) l USING (scan_id);

ALTER TABLE dane.domain_obs
	ADD refused       text,
	ADD mx_sig_begins timestamptz,
	ADD facts         text[];

COMMENT ON COLUMN dane.domain_obs.refused IS
	'Reason for which nothing was asked.';
COMMENT ON COLUMN dane.domain_obs.mx_sig_begins IS
	'From when the signature of the MX RRset holds.';
COMMENT ON COLUMN dane.domain_obs.facts IS
	'What else was seen, as far as it is either so or not: null-mx, '
	'null-mx-pref (its preference is not 0), null-mx-mixed (beside other '
	'exchanges), mx-unsupported (signed in a way that the validator lacks), '
	'cname-loop, tlsa-misplaced, truncated; NULL: none.';

ALTER TABLE dane.host_obs
	ADD time            timestamptz,
	ADD refused         text,
	ADD cname_status    text,
	ADD cname_trust     text,
	ADD cname_why       text,
	ADD tlsa_sig_begins timestamptz,
	ADD facts           text[];

COMMENT ON COLUMN dane.host_obs.time IS
	'When it was judged, to the second.';
COMMENT ON COLUMN dane.host_obs.cname_status IS
	'First hop of an alias that is insecure (RFC 7672 section 2.2.2); NULL: '
	'not asked.';
COMMENT ON COLUMN dane.host_obs.facts IS
	'As of a domain: a-, aaaa-, tlsa-unsupported, tlsa-wildcard, '
	'tlsa-misplaced, cname-loop, truncated.';

ALTER TABLE dane.endpoint_obs
	ADD said       text,
	ADD phase      text,
	ADD failure    text,
	ADD attempts   smallint,
	ADD elapsed_ms bigint,
	ADD facts      text[];

COMMENT ON COLUMN dane.endpoint_obs.said IS
	'Where detail is about the verdict: the server''s or the library''s words, '
	'or nothing; else NULL.';
COMMENT ON COLUMN dane.endpoint_obs.phase IS
	'How far the conversation came; NULL: to its end.';
COMMENT ON COLUMN dane.endpoint_obs.failure IS
	'What stopped it, whatever DANE makes of that; NULL: nothing.';
COMMENT ON COLUMN dane.endpoint_obs.attempts IS
	'Conversations that were had, a sum: 1 the first, 2 the same again, 4 for '
	'a key of the other kind, 8 without server name.';
COMMENT ON COLUMN dane.endpoint_obs.facts IS
	'As of a domain: insecure (DANE does not hold for the address), selective '
	'(STARTTLS in one conversation, not in another).';

ALTER TABLE dane.tlsa_obs ADD short_rdata boolean;

COMMENT ON COLUMN dane.tlsa_obs.short_rdata IS
	'RDATA under 3 octets: there are no parameters; NULL: no.';
