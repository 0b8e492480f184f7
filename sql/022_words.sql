-- Words written, and verdicts replaced. The scanner copies codes into partitions;
-- whoever corrects a stored fact by hand, or makes rows for a test, writes words
-- to the views.

CREATE FUNCTION dane.coded(kind text, label text) RETURNS smallint
LANGUAGE plpgsql AS $$
DECLARE
	code smallint := dane.code_of(label);
BEGIN
	IF code IS NULL AND label IS NOT NULL THEN
		code := (SELECT l.code FROM dane.learn(ARRAY[kind], ARRAY[label]) l);
	END IF;
	RETURN code;
END $$;

COMMENT ON FUNCTION dane.coded(text, text) IS
	'The code of a word, which is given one if it has none.';

CREATE FUNCTION dane.coded(kind text, labels text[]) RETURNS smallint[]
LANGUAGE sql STRICT
RETURN ARRAY(SELECT dane.coded(kind, l)
	FROM unnest(labels) WITH ORDINALITY u(l, n) ORDER BY n);

COMMENT ON FUNCTION dane.coded(text, text[]) IS 'The same of several.';

ALTER VIEW dane.domain_obs ALTER passes SET DEFAULT 1;

CREATE FUNCTION dane.write_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		DELETE FROM dane.domain_row WHERE scan_id = OLD.scan_id
			AND domain = OLD.domain;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	INSERT INTO dane.domain_row (
		scan_id, line, time, domain, tld, class, reason, reasons,
		severity, half_dane, mx_status, mx_trust, mx_why, mx_ttl,
		mx_alias, implicit, lint, flags, tags, servers, passes, input,
		mx_algorithm, mx_sig_expires, extras, refused, mx_sig_begins,
		facts
	) VALUES (
		NEW.scan_id, NEW.line, NEW.time, NEW.domain, NEW.tld,
		dane.coded('class', NEW.class),
		dane.coded('reason', NEW.reason),
		dane.coded('reason', NEW.reasons),
		dane.coded('severity', NEW.severity),
		dane.coded('half-dane', NEW.half_dane),
		dane.coded('status', NEW.mx_status),
		dane.coded('trust', NEW.mx_trust), NEW.mx_why, NEW.mx_ttl,
		NEW.mx_alias, NEW.implicit, dane.coded('lint', NEW.lint),
		dane.coded('flag', NEW.flags), NEW.tags, NEW.servers,
		NEW.passes, NEW.input, NEW.mx_algorithm, NEW.mx_sig_expires,
		NEW.extras, dane.coded('reason', NEW.refused),
		NEW.mx_sig_begins, dane.coded('fact', NEW.facts)
	);
	RETURN NEW;
END $$;

COMMENT ON FUNCTION dane.write_domain IS
	'Write to dane.domain_row what is written to dane.domain_obs.';

CREATE TRIGGER written INSTEAD OF INSERT OR UPDATE OR DELETE ON dane.domain_obs
FOR EACH ROW EXECUTE FUNCTION dane.write_domain();

CREATE FUNCTION dane.write_mx() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		DELETE FROM dane.mx_row WHERE scan_id = OLD.scan_id
			AND domain = OLD.domain AND position = OLD.position;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	INSERT INTO dane.mx_row (
		scan_id, domain, position, preference, host, run, class, reason,
		flags, view
	) VALUES (
		NEW.scan_id, NEW.domain, NEW.position, NEW.preference, NEW.host,
		NEW.run, dane.coded('host class', NEW.class),
		dane.coded('reason', NEW.reason), dane.coded('flag', NEW.flags),
		NEW.view
	);
	RETURN NEW;
END $$;

COMMENT ON FUNCTION dane.write_mx IS
	'Write to dane.mx_row what is written to dane.mx_obs.';

CREATE TRIGGER written INSTEAD OF INSERT OR UPDATE OR DELETE ON dane.mx_obs
FOR EACH ROW EXECUTE FUNCTION dane.write_mx();

CREATE FUNCTION dane.write_host() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		DELETE FROM dane.host_row WHERE scan_id = OLD.scan_id
			AND host = OLD.host AND run = OLD.run;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	INSERT INTO dane.host_row (
		scan_id, run, host, provider, base, alias, class, reason,
		a_status, a_trust, a_why, a_ttl, aaaa_status, aaaa_trust,
		aaaa_why, aaaa_ttl, tlsa_state, tlsa_status, tlsa_trust,
		tlsa_why, tlsa_ttl, tlsa_alias, flags, servers, tlsa_algorithm,
		tlsa_sig_expires, extras, time, refused, cname_status,
		cname_trust, cname_why, tlsa_sig_begins, facts
	) VALUES (
		NEW.scan_id, NEW.run, NEW.host, NEW.provider, NEW.base,
		NEW.alias, dane.coded('host class', NEW.class),
		dane.coded('reason', NEW.reason),
		dane.coded('status', NEW.a_status),
		dane.coded('trust', NEW.a_trust), NEW.a_why, NEW.a_ttl,
		dane.coded('status', NEW.aaaa_status),
		dane.coded('trust', NEW.aaaa_trust), NEW.aaaa_why, NEW.aaaa_ttl,
		dane.coded('tlsa state', NEW.tlsa_state),
		dane.coded('status', NEW.tlsa_status),
		dane.coded('trust', NEW.tlsa_trust), NEW.tlsa_why, NEW.tlsa_ttl,
		NEW.tlsa_alias, dane.coded('flag', NEW.flags), NEW.servers,
		NEW.tlsa_algorithm, NEW.tlsa_sig_expires, NEW.extras, NEW.time,
		dane.coded('reason', NEW.refused),
		dane.coded('status', NEW.cname_status),
		dane.coded('trust', NEW.cname_trust), NEW.cname_why,
		NEW.tlsa_sig_begins, dane.coded('fact', NEW.facts)
	);
	RETURN NEW;
END $$;

COMMENT ON FUNCTION dane.write_host IS
	'Write to dane.host_row what is written to dane.host_obs.';

CREATE TRIGGER written INSTEAD OF INSERT OR UPDATE OR DELETE ON dane.host_obs
FOR EACH ROW EXECUTE FUNCTION dane.write_host();

CREATE FUNCTION dane.write_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		DELETE FROM dane.endpoint_row WHERE scan_id = OLD.scan_id
			AND host = OLD.host AND run = OLD.run AND position = OLD.position;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	INSERT INTO dane.endpoint_row (
		scan_id, run, host, position, address, port, class, reason,
		detail, smtp_code, tls_version, cipher, tls_group, tls_key,
		chain, match_usage, match_selector, match_mtype, match_depth,
		match_name, dane_error, flags, other_version, other_cipher,
		other_group, other_key, other_chain, min_seclevel, pkix_error,
		pkix_reason, pkix_name, said, phase, failure, attempts,
		elapsed_ms, facts
	) VALUES (
		NEW.scan_id, NEW.run, NEW.host, NEW.position, NEW.address,
		NEW.port, dane.coded('endpoint class', NEW.class),
		dane.coded('reason', NEW.reason), NEW.detail, NEW.smtp_code,
		NEW.tls_version, NEW.cipher, NEW.tls_group, NEW.tls_key,
		NEW.chain, NEW.match_usage, NEW.match_selector, NEW.match_mtype,
		NEW.match_depth, NEW.match_name, NEW.dane_error,
		dane.coded('flag', NEW.flags), NEW.other_version,
		NEW.other_cipher, NEW.other_group, NEW.other_key,
		NEW.other_chain, NEW.min_seclevel, NEW.pkix_error,
		dane.coded('pkix', NEW.pkix_reason), NEW.pkix_name, NEW.said,
		dane.coded('phase', NEW.phase),
		dane.coded('reason', NEW.failure), NEW.attempts, NEW.elapsed_ms,
		dane.coded('fact', NEW.facts)
	);
	RETURN NEW;
END $$;

COMMENT ON FUNCTION dane.write_endpoint IS
	'Write to dane.endpoint_row what is written to dane.endpoint_obs.';

CREATE TRIGGER written INSTEAD OF INSERT OR UPDATE OR DELETE ON dane.endpoint_obs
FOR EACH ROW EXECUTE FUNCTION dane.write_endpoint();

CREATE FUNCTION dane.write_tlsa() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		DELETE FROM dane.tlsa_row WHERE scan_id = OLD.scan_id
			AND host = OLD.host AND run = OLD.run AND position = OLD.position;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	INSERT INTO dane.tlsa_row (
		scan_id, run, host, position, usage, selector, mtype, data,
		usable, why, match, depth, hint, history_hint, short_rdata
	) VALUES (
		NEW.scan_id, NEW.run, NEW.host, NEW.position, NEW.usage,
		NEW.selector, NEW.mtype, NEW.data, NEW.usable,
		dane.coded('record', NEW.why), NEW.match, NEW.depth,
		dane.coded('hint', NEW.hint),
		dane.coded('hint', NEW.history_hint), NEW.short_rdata
	);
	RETURN NEW;
END $$;

COMMENT ON FUNCTION dane.write_tlsa IS
	'Write to dane.tlsa_row what is written to dane.tlsa_obs.';

CREATE TRIGGER written INSTEAD OF INSERT OR UPDATE OR DELETE ON dane.tlsa_obs
FOR EACH ROW EXECUTE FUNCTION dane.write_tlsa();

-- Codes are compared; what is kept of a verdict that is replaced has its words.

CREATE OR REPLACE FUNCTION dane.history_hints(id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	found_hints bigint;
BEGIN
	WITH wanted AS MATERIALIZED (
		SELECT t.host, t.run, t.position, t.usage IN (0, 2) AS ta, t.selector, d
		FROM dane.tlsa_row t, dane.described(t.selector, t.mtype, t.data) d
		WHERE t.scan_id = id AND t.usable AND NOT t.match AND t.hint IS NULL
	), shown AS MATERIALIZED (
		SELECT DISTINCT e.host, e.run, c.sha256, c.place > 1 AS ta
		FROM dane.endpoint_row e, LATERAL (
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
		JOIN dane.host_row h ON h.scan_id = id AND h.host = s.host
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
		JOIN dane.host_row h ON h.scan_id = id AND h.host = g.host
			AND h.run = g.run
		JOIN leaves l ON l.provider = h.provider AND l.sha256 = g.d
		UNION ALL
		SELECT g.host, g.run, g.position, 5
		FROM gone g
		WHERE g.ta AND g.d IN (SELECT s.sha256 FROM shown s WHERE s.ta)
	)
	UPDATE dane.tlsa_row t
	SET history_hint = dane.coded('hint', (ARRAY['renewed-same-key',
		'ca-cert-renewed-same-key', 'digest-of-earlier-certificate',
		'digest-of-other-host', 'digest-of-other-issuer'])[r.rank])
	FROM (SELECT host, run, position, min(rank) AS rank
		FROM ranked GROUP BY host, run, position) r
	WHERE t.scan_id = id AND t.host = r.host AND t.run = r.run
		AND t.position = r.position;
	GET DIAGNOSTICS found_hints = ROW_COUNT;
	RETURN found_hints;
END $$;

CREATE OR REPLACE FUNCTION dane.reclassify_hosts(id bigint, version integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	changed bigint;
BEGIN
	ANALYZE pg_temp.host_row, pg_temp.endpoint_row, pg_temp.tlsa_row;

	CREATE TEMP TABLE changed_host ON COMMIT DROP AS
	SELECT o.host, o.run
	FROM dane.host_row o
	JOIN pg_temp.host_row n ON n.host = o.host AND n.run = o.run
	WHERE o.scan_id = id AND (o.class, o.reason, o.tlsa_state, o.flags)
		IS DISTINCT FROM (n.class, n.reason, n.tlsa_state, n.flags)
	UNION
	SELECT o.host, o.run
	FROM dane.endpoint_row o
	JOIN pg_temp.endpoint_row n ON n.host = o.host AND n.run = o.run
		AND n.position = o.position
	WHERE o.scan_id = id
		AND (o.class, o.reason, o.detail, o.said, o.match_usage,
			o.match_selector, o.match_mtype, o.match_depth, o.match_name,
			o.dane_error, o.min_seclevel, o.flags)
		IS DISTINCT FROM (n.class, n.reason, n.detail, n.said, n.match_usage,
			n.match_selector, n.match_mtype, n.match_depth, n.match_name,
			n.dane_error, n.min_seclevel, n.flags)
	UNION
	SELECT o.host, o.run
	FROM dane.tlsa_row o
	JOIN pg_temp.tlsa_row n ON n.host = o.host AND n.run = o.run
		AND n.position = o.position
	WHERE o.scan_id = id AND (o.usable, o.why, o.match, o.depth, o.hint)
		IS DISTINCT FROM (n.usable, n.why, n.match, n.depth, n.hint);
	GET DIAGNOSTICS changed = ROW_COUNT;
	IF changed = 0 THEN
		RETURN 0;
	END IF;
	ANALYZE pg_temp.changed_host;

	INSERT INTO dane.reclassified (scan_id, host, run, class, reason, verdict,
		classifier, replaced_by)
	SELECT id, h.host, h.run, h.class, h.reason, jsonb_build_object(
		'class', h.class, 'reason', h.reason, 'tlsa_state', h.tlsa_state,
		'flags', h.flags,
		'endpoints', ARRAY(SELECT jsonb_build_object('address', e.address,
				'class', e.class, 'reason', e.reason, 'detail', e.detail,
				'said', e.said, 'match_usage', e.match_usage,
				'match_selector', e.match_selector,
				'match_mtype', e.match_mtype, 'match_depth', e.match_depth,
				'match_name', e.match_name, 'dane_error', e.dane_error,
				'min_seclevel', e.min_seclevel, 'flags', e.flags)
			FROM dane.endpoint_obs e WHERE e.scan_id = id
				AND e.host = h.host AND e.run = h.run ORDER BY e.position),
		'records', ARRAY(SELECT jsonb_build_object('usage', t.usage,
				'selector', t.selector, 'mtype', t.mtype,
				'data', encode(t.data, 'hex'), 'usable', t.usable,
				'why', t.why, 'match', t.match, 'depth', t.depth,
				'hint', t.hint, 'history_hint', t.history_hint)
			FROM dane.tlsa_obs t WHERE t.scan_id = id
				AND t.host = h.host AND t.run = h.run ORDER BY t.position)),
		s.classifier, version
	FROM pg_temp.changed_host c
	JOIN dane.host_obs h ON h.scan_id = id AND h.host = c.host AND h.run = c.run
	JOIN dane.scan s ON s.scan_id = id;

	UPDATE dane.host_row o SET class = n.class, reason = n.reason,
		tlsa_state = n.tlsa_state, flags = n.flags
	FROM pg_temp.changed_host c
	JOIN pg_temp.host_row n ON n.host = c.host AND n.run = c.run
	WHERE o.scan_id = id AND o.host = n.host AND o.run = n.run;
	UPDATE dane.endpoint_row o SET class = n.class, reason = n.reason,
		detail = n.detail, said = n.said, match_usage = n.match_usage,
		match_selector = n.match_selector, match_mtype = n.match_mtype,
		match_depth = n.match_depth, match_name = n.match_name,
		dane_error = n.dane_error, min_seclevel = n.min_seclevel,
		flags = n.flags
	FROM pg_temp.changed_host c
	JOIN pg_temp.endpoint_row n ON n.host = c.host AND n.run = c.run
	WHERE o.scan_id = id AND o.host = n.host AND o.run = n.run
		AND o.position = n.position;
	UPDATE dane.tlsa_row o SET usable = n.usable, why = n.why, match = n.match,
		depth = n.depth, hint = n.hint, history_hint = CASE
			WHEN n.hint IS NULL AND NOT n.match THEN o.history_hint END
	FROM pg_temp.changed_host c
	JOIN pg_temp.tlsa_row n ON n.host = c.host AND n.run = c.run
	WHERE o.scan_id = id AND o.host = n.host AND o.run = n.run
		AND o.position = n.position;
	RETURN changed;
END $$;

CREATE OR REPLACE FUNCTION dane.reclassify_domains(id bigint, version integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	changed bigint;
BEGIN
	ANALYZE pg_temp.domain_row, pg_temp.mx_row;
	CREATE TEMP TABLE changed_mx ON COMMIT DROP AS
	SELECT o.domain, o.position
	FROM dane.mx_row o
	JOIN pg_temp.mx_row n ON n.domain = o.domain AND n.position = o.position
	WHERE o.scan_id = id AND ((o.class, o.reason, o.flags)
			IS DISTINCT FROM (n.class, n.reason, n.flags)
		OR o.view::jsonb IS DISTINCT FROM n.view::jsonb);
	ANALYZE pg_temp.changed_mx;

	CREATE TEMP TABLE changed_domain ON COMMIT DROP AS
	SELECT o.line, o.domain, dane.label(o.class) AS was_class,
		dane.label(n.class) AS now_class,
		concat_ws('/', dane.label(o.class), dane.label(o.reason)) AS was,
		concat_ws('/', dane.label(n.class), dane.label(n.reason)) AS now,
		concat_ws(', ',
			CASE WHEN o.reasons IS DISTINCT FROM n.reasons THEN 'reasons' END,
			CASE WHEN o.severity IS DISTINCT FROM n.severity
				THEN 'severity' END,
			CASE WHEN o.half_dane IS DISTINCT FROM n.half_dane
				THEN 'half_dane' END,
			CASE WHEN o.lint IS DISTINCT FROM n.lint THEN 'lint' END,
			CASE WHEN o.flags IS DISTINCT FROM n.flags THEN 'flags' END,
			CASE WHEN m.domain IS NOT NULL THEN 'hosts' END) AS parts
	FROM dane.domain_row o
	JOIN pg_temp.domain_row n ON n.domain = o.domain
	LEFT JOIN (SELECT DISTINCT c.domain FROM pg_temp.changed_mx c) m
		ON m.domain = o.domain
	WHERE o.scan_id = id AND (m.domain IS NOT NULL
		OR (o.class, o.reason, o.reasons, o.severity, o.half_dane, o.lint,
			o.flags)
		IS DISTINCT FROM (n.class, n.reason, n.reasons, n.severity,
			n.half_dane, n.lint, n.flags));
	GET DIAGNOSTICS changed = ROW_COUNT;
	ANALYZE pg_temp.changed_domain;

	INSERT INTO dane.reclassified (scan_id, domain, class, reason, verdict,
		classifier, replaced_by)
	SELECT id, d.domain, d.class, d.reason, jsonb_build_object(
		'class', d.class, 'reason', d.reason,
		'reasons', coalesce(d.reasons, array_remove(ARRAY[d.reason], NULL)),
		'severity', d.severity, 'half_dane', d.half_dane,
		'lint', d.lint, 'flags', d.flags,
		'hosts', ARRAY(SELECT jsonb_build_object('host', m.host,
				'run', m.run, 'class', m.class, 'reason', m.reason,
				'flags', m.flags, 'view', m.view)
			FROM dane.mx_obs m WHERE m.scan_id = id AND m.domain = d.domain
			ORDER BY m.position)),
		s.classifier, version
	FROM pg_temp.changed_domain c
	JOIN dane.domain_obs d ON d.scan_id = id AND d.domain = c.domain
	JOIN dane.scan s ON s.scan_id = id;

	UPDATE dane.domain_row o SET class = n.class, reason = n.reason,
		reasons = n.reasons, severity = n.severity, half_dane = n.half_dane,
		lint = n.lint, flags = n.flags
	FROM pg_temp.changed_domain c
	JOIN pg_temp.domain_row n ON n.domain = c.domain
	WHERE o.scan_id = id AND o.domain = n.domain;
	UPDATE dane.mx_row o SET class = n.class, reason = n.reason,
		flags = n.flags, view = n.view
	FROM pg_temp.changed_mx c
	JOIN pg_temp.mx_row n ON n.domain = c.domain AND n.position = c.position
	WHERE o.scan_id = id AND o.domain = n.domain AND o.position = n.position;

	-- What matches nothing any more may have a cause in earlier scans; and the
	-- record of all scans takes the new verdicts in. Figures stay.
	IF changed > 0 OR EXISTS (SELECT FROM pg_temp.changed_host) THEN
		PERFORM dane.history_hints(id), dane.record_scan(id)
		FROM dane.scan s
		WHERE s.scan_id = id AND s.state = 'complete';
	END IF;
	UPDATE dane.scan s SET classifier = version WHERE s.scan_id = id;
	RETURN changed;
END $$;
