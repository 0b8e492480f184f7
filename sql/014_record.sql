-- The record: one row for as long as a domain or host stays what it is. It is
-- written in the transaction that closes a scan, and needs the observations of
-- that scan only, so old observations can go.

ALTER TABLE dane.scan
	ADD recorded boolean NOT NULL DEFAULT false,
	ADD pruned   timestamptz;

COMMENT ON COLUMN dane.scan.recorded IS
	'The record has taken in this scan. Not so: it is not complete, or it '
	'became complete after a later one had lost its observations.';
COMMENT ON COLUMN dane.scan.pruned IS
	'When its observations were dropped; NULL: they are there.';

CREATE TABLE dane.domain_state (
	domain     text COLLATE "C" NOT NULL,
	from_scan  bigint NOT NULL,
	to_scan    bigint,
	class      text NOT NULL,
	reason     text,
	severity   text,
	half_dane  text,
	first_seen timestamptz NOT NULL,
	last_seen  timestamptz,
	kept_scan  bigint,
	kept_seen  timestamptz,
	gaps       int8multirange,
	PRIMARY KEY (domain, from_scan)
);

CREATE INDEX ON dane.domain_state (from_scan);

COMMENT ON TABLE dane.domain_state IS
	'The record of a domain: one row an interval in which every scan that '
	'could tell told the same. Only another verdict ends it. A scan that '
	'failed to measure the domain, or did not have it, does not.';
COMMENT ON COLUMN dane.domain_state.to_scan IS
	'Last scan that saw it so; NULL: still so.';
COMMENT ON COLUMN dane.domain_state.last_seen IS
	'When to_scan saw it; NULL: still so.';
COMMENT ON COLUMN dane.domain_state.kept_scan IS
	'Last scan that saw it so, of those whose observations are gone, where no '
	'later one tells. It is not written for every scan, so that the record '
	'grows by what changes.';
COMMENT ON COLUMN dane.domain_state.kept_seen IS 'When kept_scan saw it.';
COMMENT ON COLUMN dane.domain_state.gaps IS
	'Scans that failed to measure it, each gap from the first that failed to '
	'before the next that did not; without an upper bound: it has not been '
	'measured since. A gap after to_scan: the change happened in it.';

CREATE TABLE dane.host_state (
	host        text COLLATE "C" NOT NULL,
	from_scan   bigint NOT NULL,
	to_scan     bigint,
	provider    text COLLATE "C",
	class       text NOT NULL,
	reason      text,
	tlsa_state  text NOT NULL,
	tlsa_sha256 bytea,
	tlsa_ttl    bigint,
	leaves      bytea[] NOT NULL,
	issuers     bytea[] NOT NULL,
	first_seen  timestamptz NOT NULL,
	last_seen   timestamptz,
	kept_scan   bigint,
	kept_seen   timestamptz,
	gaps        int8multirange,
	PRIMARY KEY (host, from_scan)
);

CREATE INDEX ON dane.host_state (from_scan);

COMMENT ON TABLE dane.host_state IS
	'The record of a host, as that of a domain; also another TLSA RRset or '
	'other certificates end an interval. Gaps: scans in which the host was '
	'indeterminate or unreachable.';
COMMENT ON COLUMN dane.host_state.tlsa_sha256 IS
	'The TLSA RRset: dane.tlsa_rrset; NULL: none.';
COMMENT ON COLUMN dane.host_state.tlsa_ttl IS
	'As in from_scan. A cache counts it down, so it ends no interval.';
COMMENT ON COLUMN dane.host_state.leaves IS
	'SHA-256 of the certificates that its addresses showed, for each kind of '
	'key, in order. An address that showed none takes nothing away; {}: none '
	'was seen.';
COMMENT ON COLUMN dane.host_state.issuers IS
	'The same of the rest of the chains.';
COMMENT ON COLUMN dane.host_state.first_seen IS 'Start of from_scan.';
COMMENT ON COLUMN dane.host_state.last_seen IS 'Start of to_scan.';

CREATE TABLE dane.tlsa_rrset (
	sha256  bytea PRIMARY KEY CHECK (length(sha256) = 32),
	records bytea[] NOT NULL
);

COMMENT ON TABLE dane.tlsa_rrset IS
	'Every TLSA RRset that the record knows, once.';
COMMENT ON COLUMN dane.tlsa_rrset.records IS
	'RDATA of each record (RFC 6698 section 2.1), in canonical order '
	'(RFC 4034 section 6.3); sha256 is of all, each after its length.';

-- Gaps

CREATE FUNCTION dane.gap_begin(gaps int8multirange, id bigint)
RETURNS int8multirange LANGUAGE sql IMMUTABLE
RETURN coalesce(gaps, '{}') + int8multirange(int8range(id, NULL));

COMMENT ON FUNCTION dane.gap_begin IS 'The gaps when scan id failed.';

CREATE FUNCTION dane.gap_end(gaps int8multirange, id bigint)
RETURNS int8multirange LANGUAGE sql IMMUTABLE
RETURN gaps * int8multirange(int8range(NULL, id));

COMMENT ON FUNCTION dane.gap_end IS 'The gaps when scan id did not fail.';

-- A gap that reaches id was ended by id or a later scan.
CREATE FUNCTION dane.gap_rewind(gaps int8multirange, id bigint)
RETURNS int8multirange LANGUAGE sql IMMUTABLE
RETURN nullif(CASE WHEN upper(dane.gap_end(gaps, id)) = id
	THEN dane.gap_begin(dane.gap_end(gaps, id), id)
	ELSE dane.gap_end(gaps, id) END, '{}');

COMMENT ON FUNCTION dane.gap_rewind IS
	'The gaps as they were before scan id and all later ones.';

-- One scan into the record

CREATE FUNCTION dane.record_domains(id bigint, earlier bigint[])
RETURNS void LANGUAGE sql AS $$
	WITH judged AS MATERIALIZED (
		SELECT * FROM (
			SELECT o.domain, o.class, o.reason, o.severity, o.half_dane,
				o.time, s.from_scan,
				CASE WHEN o.class = 'indeterminate' THEN
					CASE WHEN s.gaps IS NULL OR NOT upper_inf(s.gaps)
						THEN 'failed' END
				WHEN s.domain IS NULL THEN 'new'
				WHEN (s.class, s.reason, s.severity, s.half_dane)
					IS DISTINCT FROM
					(o.class, o.reason, o.severity, o.half_dane)
					THEN 'changed'
				WHEN upper_inf(s.gaps) THEN 'back' END AS news
			FROM dane.domain_obs o
			LEFT JOIN dane.domain_state s ON s.domain = o.domain
				AND s.to_scan IS NULL
			WHERE o.scan_id = id
		) o WHERE news IS NOT NULL
	), closed AS (
		UPDATE dane.domain_state s
		SET to_scan = coalesce(l.scan_id, kept_scan, s.from_scan),
			last_seen = coalesce(l.time, kept_seen, first_seen),
			gaps = dane.gap_end(gaps, id)
		FROM judged j LEFT JOIN LATERAL (
			SELECT d.scan_id, d.time FROM dane.domain_obs d
			WHERE d.scan_id = ANY (earlier) AND d.domain = j.domain
				AND d.class <> 'indeterminate'
			ORDER BY d.scan_id DESC LIMIT 1
		) l ON true
		WHERE j.news = 'changed' AND s.domain = j.domain
			AND s.from_scan = j.from_scan
	), gap AS (
		UPDATE dane.domain_state s
		SET gaps = CASE j.news WHEN 'failed' THEN dane.gap_begin(gaps, id)
			ELSE dane.gap_end(gaps, id) END
		FROM judged j
		WHERE j.news IN ('failed', 'back') AND s.domain = j.domain
			AND s.from_scan = j.from_scan
	)
	INSERT INTO dane.domain_state (domain, from_scan, class, reason, severity,
		half_dane, first_seen)
	SELECT domain, id, class, reason, severity, half_dane, time
	FROM judged WHERE news IN ('new', 'changed')
	ORDER BY domain
$$;

COMMENT ON FUNCTION dane.record_domains IS
	'Take the domains of a scan into the record. earlier: the scans that the '
	'record has and whose observations are there.';

-- An address with a server name of its own shows in other_chain what is no
-- business of this host.
CREATE FUNCTION dane.host_seen(id bigint)
RETURNS TABLE (host text, provider text, class text, reason text,
	tlsa_state text, tlsa_sha256 bytea, tlsa_ttl bigint, records bytea[],
	leaves bytea[], issuers bytea[], complete boolean)
LANGUAGE sql STABLE AS $$
	SELECT h.host, h.provider, h.class, h.reason, h.tlsa_state, t.sha256,
		h.tlsa_ttl, t.records, coalesce(c.leaves, '{}'),
		coalesce(c.issuers, '{}'), coalesce(e.complete, false)
	FROM dane.host_latest h
	LEFT JOIN (
		SELECT r.host, r.run, array_agg(rdata ORDER BY rdata) AS records,
			sha256(string_agg(int2send(length(rdata)::smallint) || rdata,
				'' ORDER BY rdata)) AS sha256
		FROM (
			SELECT DISTINCT t.host, t.run, substr(int2send(usage), 2)
				|| substr(int2send(selector), 2)
				|| substr(int2send(mtype), 2) || data AS rdata
			FROM dane.tlsa_obs t WHERE scan_id = id
		) r GROUP BY r.host, r.run
	) t ON t.host = h.host AND t.run = h.run
	LEFT JOIN (
		SELECT s.host, s.run,
			array_agg(DISTINCT s.sha256 ORDER BY s.sha256)
				FILTER (WHERE place = 1) AS leaves,
			array_agg(DISTINCT s.sha256 ORDER BY s.sha256)
				FILTER (WHERE place > 1) AS issuers
		FROM (
			SELECT o.host, o.run, x.sha256, x.place
			FROM dane.endpoint_obs o,
				unnest(o.chain) WITH ORDINALITY x(sha256, place)
			WHERE o.scan_id = id
			UNION ALL
			SELECT o.host, o.run, x.sha256, x.place
			FROM dane.endpoint_obs o,
				unnest(o.other_chain) WITH ORDINALITY x(sha256, place)
			WHERE o.scan_id = id
				AND NOT coalesce(o.flags && '{sni-fatal,sni-other}', false)
		) s GROUP BY s.host, s.run
	) c ON c.host = h.host AND c.run = h.run
	LEFT JOIN (
		SELECT o.host, o.run, bool_and(o.chain IS NOT NULL) AS complete
		FROM dane.endpoint_obs o WHERE o.scan_id = id GROUP BY o.host, o.run
	) e ON e.host = h.host AND e.run = h.run
	WHERE h.scan_id = id
$$;

COMMENT ON FUNCTION dane.host_seen IS
	'What a scan saw of each host, as far as the record wants it. complete: '
	'each address showed its certificate.';

-- Certificates that were not seen are no change unless every address was.
CREATE FUNCTION dane.same_certificates(
	old_set bytea[], new_set bytea[], complete boolean)
RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN new_set <@ old_set AND (NOT complete OR old_set <@ new_set);

COMMENT ON FUNCTION dane.same_certificates IS
	'May a host that showed new_set be what it was when it showed old_set?';

CREATE FUNCTION dane.record_hosts(id bigint, earlier bigint[])
RETURNS void LANGUAGE sql AS $$
	WITH judged AS MATERIALIZED (
		SELECT * FROM (
			SELECT o.*, s.from_scan,
				CASE WHEN o.class IN ('indeterminate', 'unreachable') THEN
					CASE WHEN s.gaps IS NULL OR NOT upper_inf(s.gaps)
						THEN 'failed' END
				WHEN s.host IS NULL THEN 'new'
				WHEN (s.class, s.reason, s.tlsa_state, s.tlsa_sha256)
					IS DISTINCT FROM
					(o.class, o.reason, o.tlsa_state, o.tlsa_sha256)
					OR NOT dane.same_certificates(s.leaves, o.leaves,
						o.complete)
					OR NOT dane.same_certificates(s.issuers,
						o.issuers, o.complete)
					THEN 'changed'
				WHEN upper_inf(s.gaps) THEN 'back' END AS news
			FROM dane.host_seen(id) o
			LEFT JOIN dane.host_state s ON s.host = o.host
				AND s.to_scan IS NULL
		) o WHERE news IS NOT NULL
	), closed AS (
		UPDATE dane.host_state s
		SET to_scan = coalesce(l.scan_id, kept_scan, s.from_scan),
			last_seen = coalesce(l.started, kept_seen, first_seen),
			gaps = dane.gap_end(gaps, id)
		FROM judged j LEFT JOIN LATERAL (
			SELECT d.scan_id, x.started FROM dane.host_latest d
			JOIN dane.scan x ON x.scan_id = d.scan_id
			WHERE d.scan_id = ANY (earlier) AND d.host = j.host
				AND d.class NOT IN ('indeterminate', 'unreachable')
			ORDER BY d.scan_id DESC LIMIT 1
		) l ON true
		WHERE j.news = 'changed' AND s.host = j.host
			AND s.from_scan = j.from_scan
	), gap AS (
		UPDATE dane.host_state s
		SET gaps = CASE j.news WHEN 'failed' THEN dane.gap_begin(gaps, id)
			ELSE dane.gap_end(gaps, id) END
		FROM judged j
		WHERE j.news IN ('failed', 'back') AND s.host = j.host
			AND s.from_scan = j.from_scan
	), rrset AS (
		INSERT INTO dane.tlsa_rrset (sha256, records)
		SELECT DISTINCT ON (tlsa_sha256) tlsa_sha256, records
		FROM judged
		WHERE news IN ('new', 'changed') AND tlsa_sha256 IS NOT NULL
		ORDER BY tlsa_sha256
		ON CONFLICT DO NOTHING
	)
	INSERT INTO dane.host_state (host, from_scan, provider, class, reason,
		tlsa_state, tlsa_sha256, tlsa_ttl, leaves, issuers, first_seen)
	SELECT host, id, provider, class, reason, tlsa_state, tlsa_sha256,
		tlsa_ttl, leaves, issuers, started
	FROM judged, dane.scan
	WHERE news IN ('new', 'changed') AND scan_id = id
	ORDER BY host
$$;

COMMENT ON FUNCTION dane.record_hosts IS
	'Take the hosts of a scan into the record, as record_domains does.';

-- The last interval that is left of a domain or host is open again.
CREATE FUNCTION dane.record_rewind(id bigint) RETURNS void LANGUAGE sql AS $$
	DELETE FROM dane.domain_state WHERE from_scan >= id;
	UPDATE dane.domain_state s
	SET to_scan = NULL, last_seen = NULL
	WHERE to_scan IS NOT NULL AND NOT EXISTS (
		SELECT FROM dane.domain_state n
		WHERE n.domain = s.domain AND n.from_scan > s.from_scan);
	UPDATE dane.domain_state s SET gaps = dane.gap_rewind(gaps, id)
	WHERE upper_inf(gaps) OR upper(gaps) >= id;
	DELETE FROM dane.host_state WHERE from_scan >= id;
	UPDATE dane.host_state s
	SET to_scan = NULL, last_seen = NULL
	WHERE to_scan IS NOT NULL AND NOT EXISTS (
		SELECT FROM dane.host_state n
		WHERE n.host = s.host AND n.from_scan > s.from_scan);
	UPDATE dane.host_state s SET gaps = dane.gap_rewind(gaps, id)
	WHERE upper_inf(gaps) OR upper(gaps) >= id;
$$;

COMMENT ON FUNCTION dane.record_rewind IS
	'Make the record what it was before scan id and all later ones.';

CREATE FUNCTION dane.record_replay(id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	next bigint;
	earlier bigint[];
BEGIN
	FOR next IN SELECT scan_id FROM dane.scan
			WHERE recorded AND scan_id >= id ORDER BY scan_id LOOP
		earlier := ARRAY(SELECT scan_id FROM dane.scan
			WHERE recorded AND pruned IS NULL AND scan_id < next
			ORDER BY scan_id);
		PERFORM dane.record_domains(next, earlier);
		PERFORM dane.record_hosts(next, earlier);
	END LOOP;
END $$;

COMMENT ON FUNCTION dane.record_replay IS
	'Take scan id and all later ones into a record that ends before it.';

CREATE FUNCTION dane.record_scan(id bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	LOCK TABLE dane.domain_state, dane.host_state
		IN SHARE ROW EXCLUSIVE MODE;
	PERFORM FROM dane.scan WHERE scan_id = id AND state = 'complete';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no complete scan %', id
			USING ERRCODE = 'DS002';
	END IF;
	IF EXISTS (SELECT FROM dane.scan
			WHERE scan_id >= id AND pruned IS NOT NULL) THEN
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM dane.scan WHERE scan_id >= id AND recorded) THEN
		PERFORM dane.record_rewind(id);
	END IF;
	UPDATE dane.scan SET recorded = true WHERE scan_id = id;
	PERFORM dane.record_replay(id);
	RETURN true;
END $$;

COMMENT ON FUNCTION dane.record_scan IS
	'Take a complete scan into the record, also again, when its verdicts have '
	'changed. The order is that of the scans'' numbers, not that in which '
	'they end: for one that comes late the record is rewound and the later '
	'ones are taken in again. False: the scan is not newer than one whose '
	'observations are gone, and the record stays as it is.';

SELECT count(dane.record_scan(scan_id))
FROM (SELECT scan_id FROM dane.scan WHERE state = 'complete' ORDER BY scan_id) s;

CREATE FUNCTION dane.scan_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dane.record_scan(NEW.scan_id);
	RETURN NULL;
END $$;

CREATE TRIGGER recorded AFTER UPDATE OF state ON dane.scan
FOR EACH ROW WHEN (NEW.state = 'complete' AND OLD.state <> 'complete')
EXECUTE FUNCTION dane.scan_recorded();

-- The end of a scan

CREATE OR REPLACE FUNCTION dane.scan_finish(
	id bigint, my_token bigint, my_session bigint, new_state text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 FROM dane.lease
		WHERE scan_id = id AND chunk = 0 AND token = my_token
			AND session = my_session FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'scan % was taken over by another scanner', id
			USING ERRCODE = 'DS001';
	END IF;
	UPDATE dane.scan SET state = new_state, finished = now(), domains =
			(SELECT count(*) FROM dane.domain_obs d WHERE d.scan_id = id)
		WHERE scan_id = id AND state <> 'complete';
END $$;

COMMENT ON FUNCTION dane.scan_finish(bigint, bigint, bigint, text) IS
	'Mark the end of a scan, complete or interrupted. May be repeated; a scan '
	'that is complete stays as it is.';

CREATE OR REPLACE FUNCTION dane.scan_drop(id bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	parent text;
	had_rows boolean;
	was_recorded boolean;
BEGIN
	LOCK TABLE dane.domain_state, dane.host_state
		IN SHARE ROW EXCLUSIVE MODE;
	had_rows := (SELECT pruned IS NULL FROM dane.scan WHERE scan_id = id);
	was_recorded := (SELECT recorded FROM dane.scan WHERE scan_id = id)
		AND NOT EXISTS (SELECT FROM dane.scan
			WHERE scan_id >= id AND pruned IS NOT NULL);
	DELETE FROM dane.scan WHERE scan_id = id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no scan %', id USING ERRCODE = 'DS002';
	END IF;
	IF had_rows THEN
		FOREACH parent IN ARRAY dane.observation_tables() LOOP
			EXECUTE format('DROP TABLE dane.%I', parent || '_' || id);
		END LOOP;
	END IF;
	IF was_recorded THEN
		PERFORM dane.record_rewind(id);
		PERFORM dane.record_replay(id);
	END IF;
END $$;

COMMENT ON FUNCTION dane.scan_drop IS
	'Remove a scan, its observations and what it brought to the record. '
	'Certificates stay; so does the record where the observations of this or '
	'a later scan are gone already.';

CREATE FUNCTION dane.record_keep(id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	later bigint[] := ARRAY(SELECT scan_id FROM dane.scan
		WHERE recorded AND pruned IS NULL AND scan_id > id);
BEGIN
	UPDATE dane.domain_state s SET kept_scan = id, kept_seen = d.time
	FROM dane.domain_obs d
	WHERE d.scan_id = id AND d.class <> 'indeterminate'
		AND s.domain = d.domain AND s.to_scan IS NULL AND s.from_scan < id
		AND NOT EXISTS (SELECT FROM dane.domain_obs n
			WHERE n.scan_id = ANY (later) AND n.domain = d.domain
				AND n.class <> 'indeterminate');
	UPDATE dane.host_state s SET kept_scan = id, kept_seen = x.started
	FROM dane.host_latest d JOIN dane.scan x ON x.scan_id = d.scan_id
	WHERE d.scan_id = id AND d.class NOT IN ('indeterminate', 'unreachable')
		AND s.host = d.host AND s.to_scan IS NULL AND s.from_scan < id
		AND NOT EXISTS (SELECT FROM dane.host_latest n
			WHERE n.scan_id = ANY (later) AND n.host = d.host
				AND n.class NOT IN ('indeterminate', 'unreachable'));
END $$;

COMMENT ON FUNCTION dane.record_keep IS
	'Keep what only the observations of scan id tell of the record: where it '
	'is the last that saw a domain or host.';

CREATE FUNCTION dane.scan_retain(keep integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	old bigint;
	parent text;
	dropped integer := 0;
BEGIN
	IF keep IS NULL OR keep < 0 THEN
		RAISE EXCEPTION 'a number of scans to keep is needed'
			USING ERRCODE = '22023';
	END IF;
	LOCK TABLE dane.domain_state, dane.host_state
		IN SHARE ROW EXCLUSIVE MODE;
	FOR old IN SELECT scan_id FROM (
			SELECT scan_id, pruned FROM dane.scan WHERE state = 'complete'
			ORDER BY scan_id DESC OFFSET keep
		) s WHERE pruned IS NULL ORDER BY scan_id LOOP
		PERFORM dane.record_keep(old)
		FROM dane.scan WHERE scan_id = old AND recorded;
		FOREACH parent IN ARRAY dane.observation_tables() LOOP
			EXECUTE format('DROP TABLE dane.%I', parent || '_' || old);
		END LOOP;
		UPDATE dane.scan SET pruned = now() WHERE scan_id = old;
		dropped := dropped + 1;
	END LOOP;
	RETURN dropped;
END $$;

COMMENT ON FUNCTION dane.scan_retain IS
	'Drop the observations of all complete scans but the last ones. The '
	'scans, their figures and the record stay. A scan that is not complete '
	'is not counted and keeps its own; becoming complete later, it cannot '
	'enter a record that has gone past it. Returns how many were dropped.';

-- For readers

CREATE OR REPLACE VIEW dane.history AS
SELECT domain, min(class) AS class, min(reason) AS reason,
	min(from_scan) AS from_scan,
	CASE WHEN NOT bool_or(to_scan IS NULL) THEN max(to_scan) END AS to_scan,
	min(first_seen) AS first_seen,
	CASE WHEN NOT bool_or(to_scan IS NULL) THEN max(last_seen) END AS last_seen,
	min(CASE WHEN to_scan IS NULL AND upper_inf(gaps) THEN
		(SELECT max(lower(g)) FROM unnest(gaps) g) END) AS gap_since
FROM (
	SELECT *, count(*) FILTER (WHERE changed)
			OVER (PARTITION BY domain ORDER BY from_scan) AS island
	FROM (
		SELECT *, (class, reason) IS DISTINCT FROM
				(lag(class) OVER w, lag(reason) OVER w) AS changed
		FROM dane.domain_state
		WINDOW w AS (PARTITION BY domain ORDER BY from_scan)
	) marked
) numbered
GROUP BY domain, island;

COMMENT ON VIEW dane.history IS
	'Intervals of equal verdict over the complete scans. to_scan is the last '
	'scan that saw it so; NULL: still so. gap_since: first of the scans that '
	'have failed to measure it since.';

CREATE VIEW dane.host_history AS
SELECT host, class, reason, tlsa_state, from_scan, to_scan, provider,
	tlsa_sha256, tlsa_ttl, leaves, issuers, first_seen, last_seen,
	CASE WHEN to_scan IS NULL AND upper_inf(gaps) THEN
		(SELECT max(lower(g)) FROM unnest(gaps) g) END AS gap_since
FROM dane.host_state;

COMMENT ON VIEW dane.host_history IS
	'The same for hosts, by verdict, TLSA RRset and certificates.';

CREATE VIEW dane.tlsa_rrsets AS
SELECT sha256, get_byte(r, 0) AS usage, get_byte(r, 1) AS selector,
	get_byte(r, 2) AS mtype, substr(r, 4) AS data
FROM dane.tlsa_rrset, unnest(records) r;

COMMENT ON VIEW dane.tlsa_rrsets IS
	'One row a record of each TLSA RRset of dane.host_history.';
