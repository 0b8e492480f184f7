-- What a fleet shares besides its chunks: each MX host is examined once, each
-- address talked to by one at a time, and who opts out is left alone by all.

CREATE TABLE dane.host_claim (
	scan_id bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	host    text COLLATE "C" NOT NULL,
	token   bigint NOT NULL,
	put_off boolean NOT NULL DEFAULT false,
	PRIMARY KEY (scan_id, host)
);

COMMENT ON TABLE dane.host_claim IS
	'Who examines a host. Done it is when host_row has it. Rows are removed when '
	'the scan ends.';
COMMENT ON COLUMN dane.host_claim.token IS 'The member.';
COMMENT ON COLUMN dane.host_claim.put_off IS
	'What was found may be otherwise soon: who has a further pass may take it.';

CREATE TABLE dane.address_claim (
	address  inet PRIMARY KEY,
	scan_id  bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	token    bigint NOT NULL,
	released timestamptz
);

COMMENT ON TABLE dane.address_claim IS
	'Who talks to an address, or was the last to do so, of all running scans.';
COMMENT ON COLUMN dane.address_claim.released IS
	'When the conversation ended; NULL: it is under way.';

CREATE INDEX ON dane.address_claim (scan_id);

CREATE TABLE dane.opt_out_entry (
	number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	entry  text NOT NULL UNIQUE,
	note   text,
	added  timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE dane.opt_out_entry IS
	'Names (each with all below it), addresses and blocks of them that no '
	'scanner contacts, as in the file of --blocklist.';

CREATE FUNCTION dane.opt_out(new_entry text, new_note text = NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	wanted text := lower(btrim(new_entry));
BEGIN
	IF wanted ~ '[/:]' OR wanted ~ '^[0-9.]+$' THEN
		PERFORM wanted::cidr;
	ELSIF wanted !~ '^(\*?\.)?([^[:space:][:cntrl:]#*.,/]{1,63}\.)*[^[:space:][:cntrl:]#*.,/]{1,63}\.?$' THEN
		RAISE EXCEPTION 'neither a name nor an address: %', new_entry
			USING ERRCODE = '22023';
	END IF;
	-- One number after the other, or a reader could miss the smaller of two.
	LOCK TABLE dane.opt_out_entry IN SHARE ROW EXCLUSIVE MODE;
	INSERT INTO dane.opt_out_entry (entry, note) VALUES (wanted, new_note)
	ON CONFLICT (entry) DO NOTHING;
END $$;

COMMENT ON FUNCTION dane.opt_out IS
	'Never contact this name and all below it, this address or this block again. '
	'Running scanners follow within about a second.';

CREATE OR REPLACE FUNCTION dane.member_gone(
	id bigint, gone bigint, was_lost boolean)
RETURNS void LANGUAGE sql AS $$
	UPDATE dane.lease SET ended = clock_timestamp(), lost = was_lost
		WHERE scan_id = id AND token = gone AND ended IS NULL;
	UPDATE dane.chunk SET holder = NULL
		WHERE scan_id = id AND holder = gone AND NOT done;
	DELETE FROM dane.host_claim c WHERE c.scan_id = id AND c.token = gone
		AND NOT EXISTS (SELECT FROM dane.host_row h WHERE h.scan_id = id
			AND h.host = c.host AND h.run = gone);
	UPDATE dane.address_claim SET released = clock_timestamp()
		WHERE scan_id = id AND token = gone AND released IS NULL
$$;

CREATE FUNCTION dane.scan_unclaim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM dane.host_claim WHERE scan_id = NEW.scan_id;
	DELETE FROM dane.address_claim WHERE scan_id = NEW.scan_id;
	RETURN NULL;
END $$;

COMMENT ON FUNCTION dane.scan_unclaim IS
	'A scan that is complete needs its claims no more.';

CREATE TRIGGER unclaimed AFTER UPDATE OF state ON dane.scan
FOR EACH ROW WHEN (NEW.state = 'complete' AND OLD.state <> 'complete')
EXECUTE FUNCTION dane.scan_unclaim();

-- Hosts

CREATE FUNCTION dane.host_facts(id bigint, of_host text, of_run bigint)
RETURNS json LANGUAGE sql STABLE AS $$
	SELECT row_to_json(x) FROM (SELECT h.*,
		extract(epoch FROM h.time)::bigint AS time_s,
		extract(epoch FROM h.tlsa_sig_begins)::bigint AS tlsa_sig_begins_s,
		extract(epoch FROM h.tlsa_sig_expires)::bigint
			AS tlsa_sig_expires_s,
		ARRAY(SELECT row_to_json(e) FROM dane.endpoint_obs e
			WHERE e.scan_id = id AND e.host = of_host AND e.run = of_run
			ORDER BY e.position) AS endpoints,
		ARRAY(SELECT row_to_json(t) FROM dane.tlsa_obs t
			WHERE t.scan_id = id AND t.host = of_host AND t.run = of_run
			ORDER BY t.position) AS records,
		ARRAY(SELECT json_build_array(c.sha256, c.der)
			FROM dane.certificate c WHERE c.sha256 IN (
			SELECT unnest(e.chain || e.other_chain)
			FROM dane.endpoint_obs e WHERE e.scan_id = id
				AND e.host = of_host AND e.run = of_run)) AS certificates
		FROM dane.host_obs h
		WHERE h.scan_id = id AND h.host = of_host AND h.run = of_run) x
$$;

COMMENT ON FUNCTION dane.host_facts IS
	'A stored host with its addresses, records and certificates: enough to '
	'derive its verdict from.';

CREATE FUNCTION dane.hosts_claim(id bigint, my_token bigint, hosts text[],
	again boolean)
RETURNS json LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.host_claim (scan_id, host, token)
	SELECT id, h, my_token FROM unnest(hosts) h
	WHERE NOT EXISTS (SELECT FROM dane.host_row o
		WHERE o.scan_id = id AND o.host = h)
	ORDER BY h COLLATE "C"
	ON CONFLICT (scan_id, host) DO NOTHING;
	IF again THEN
		UPDATE dane.host_claim c SET token = my_token, put_off = false
		FROM (SELECT p.host FROM dane.host_claim p WHERE p.scan_id = id
				AND p.host = ANY (hosts) AND p.put_off
			ORDER BY p.host FOR UPDATE) l
		WHERE c.scan_id = id AND c.host = l.host AND c.put_off;
	END IF;
	RETURN (SELECT json_agg(CASE
			WHEN o.run IS NOT NULL THEN json_build_array(h, 'done', o.run,
				dane.host_facts(id, h, o.run))
			WHEN c.put_off THEN json_build_array(h, 'put-off')
			WHEN c.token = my_token THEN json_build_array(h, 'mine')
			ELSE json_build_array(h, 'elsewhere') END)
		FROM unnest(hosts) h
		LEFT JOIN dane.host_claim c ON c.scan_id = id AND c.host = h
		LEFT JOIN LATERAL (SELECT d.run FROM dane.host_row d
			WHERE d.scan_id = id AND d.host = h
			ORDER BY d.run DESC LIMIT 1) o ON true);
END $$;

COMMENT ON FUNCTION dane.hosts_claim(bigint, bigint, text[], boolean) IS
	'Hosts that this member wants to examine: each is its own to examine, is '
	'examined elsewhere, was put off, or is done; then its facts come along. '
	'again: this is a further pass, which takes what was put off.';

CREATE FUNCTION dane.hosts_put_off(id bigint, my_token bigint, hosts text[])
RETURNS void LANGUAGE sql AS $$
	UPDATE dane.host_claim SET put_off = true
		WHERE scan_id = id AND token = my_token AND host = ANY (hosts)
$$;

COMMENT ON FUNCTION dane.hosts_put_off IS
	'What this member found of its hosts waits for a further pass.';

-- Addresses

CREATE FUNCTION dane.addresses_claim(id bigint, my_token bigint, addresses inet[],
	interval_ms integer)
RETURNS json LANGUAGE sql AS $$
	WITH taken AS (
		INSERT INTO dane.address_claim AS c (address, scan_id, token)
		SELECT DISTINCT a, id, my_token FROM unnest(addresses) a ORDER BY a
		ON CONFLICT (address) DO UPDATE
			SET scan_id = id, token = my_token, released = NULL
			WHERE c.released + interval_ms * interval '1 ms'
					<= clock_timestamp()
				OR (c.released IS NULL AND c.scan_id = id
					AND c.token = my_token)
		RETURNING c.address
	)
	SELECT json_agg(host(address)) FROM taken
$$;

COMMENT ON FUNCTION dane.addresses_claim(bigint, bigint, inet[], integer) IS
	'Which of these addresses this member may talk to now.';

CREATE FUNCTION dane.addresses_release(id bigint, my_token bigint,
	addresses inet[])
RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.address_claim AS c (address, scan_id, token, released)
	SELECT a, id, my_token, clock_timestamp()
	FROM (SELECT DISTINCT u FROM unnest(addresses) u) x (a) ORDER BY a
	ON CONFLICT (address) DO UPDATE SET released = excluded.released
		WHERE c.scan_id = id AND c.token = my_token
$$;

COMMENT ON FUNCTION dane.addresses_release IS
	'The conversations with these addresses are over, just now.';

-- News

CREATE FUNCTION dane.member_news(id bigint, my_token bigint, known bigint)
RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	gone bigint[] := dane.members_reap(id, my_token);
	scan dane.scan;
	others bigint;
	ready boolean;
	loading boolean;
BEGIN
	SELECT * INTO scan FROM dane.scan s WHERE s.scan_id = id;
	SELECT count(*), coalesce(bool_and(l.shared), true),
			NOT scan.loaded AND coalesce(bool_or(l.token = scan.loader), false)
		INTO others, ready, loading
		FROM dane.lease l WHERE l.scan_id = id AND l.ended IS NULL
			AND l.token <> my_token;
	RETURN json_build_object('members', others + 1, 'ready', ready,
		'names', CASE WHEN scan.loaded THEN scan.loaded_names END, 'domains',
		(SELECT coalesce(sum(l.domains), 0) FROM dane.lease l
			WHERE l.scan_id = id AND l.token <> my_token),
		'complete', scan.state = 'complete' OR scan.loaded AND dane.is_done(id),
		'stuck', NOT scan.loaded AND NOT loading
			AND scan.loader IS DISTINCT FROM my_token
			AND NOT EXISTS (SELECT FROM dane.chunk c WHERE c.scan_id = id
				AND NOT c.done AND c.chunk <= scan.loaded_chunks),
		'lost', gone, 'index', dane.lacks_index(id)
			AND EXISTS (SELECT FROM dane.chunk c WHERE c.scan_id = id
				AND c.holder IS NULL AND NOT c.done AND c.tries > 0),
		'opt_outs', (SELECT json_agg(json_build_array(o.number, o.entry)
				ORDER BY o.number)
			FROM dane.opt_out_entry o WHERE o.number > known));
END $$;

COMMENT ON FUNCTION dane.member_news IS
	'Once a second for each member. members: how many there are; ready: all '
	'others claim what they examine; complete: nothing is left to do; stuck: nor '
	'is it, but the list was not loaded to its end and nobody does so; lost: '
	'members that were ended just now; index: chunks wait for index_scan(); opt_outs: entries after the last one '
	'known.';

-- Status

CREATE VIEW dane.members AS
SELECT l.scan_id, l.token AS run,
	CASE WHEN l.worker THEN 'worker' ELSE 'scan' END AS command,
	l.machine, l.process, l.since, l.updated AS seen, l.ended,
	CASE WHEN l.lost THEN 'lost' WHEN l.ended IS NOT NULL THEN 'ended'
		WHEN l.updated < clock_timestamp()
			- (SELECT f.lease_time FROM dane.fleet_setting f) THEN 'silent'
		ELSE 'working' END AS state,
	(SELECT count(*) FROM dane.chunk c WHERE c.scan_id = l.scan_id
		AND c.holder = l.token AND NOT c.done) AS chunks,
	l.domains, CASE WHEN l.ended IS NULL THEN l.rate ELSE 0 END AS rate
FROM dane.lease l;

COMMENT ON VIEW dane.members IS
	'The members of the fleet of each scan, also those that have ended: run '
	'names them in the rows; chunks they hold; rate in domains a second.';

CREATE VIEW dane.progress AS
SELECT s.scan_id, s.label, s.state, s.loaded, coalesce(c.chunks, 0) AS chunks,
	coalesce(c.done, 0) AS done, coalesce(c.held, 0) AS held,
	coalesce(c.free, 0) AS free, coalesce(c.names, 0) AS names,
	coalesce(m.domains, 0) AS domains, m.members, m.rate,
	CASE WHEN s.state = 'running' AND s.loaded AND m.rate > 0 THEN
		greatest(c.names - m.domains, 0) / m.rate * interval '1 s' END AS eta
FROM dane.scan s
LEFT JOIN (
	SELECT scan_id, count(*) AS chunks, count(*) FILTER (WHERE done) AS done,
		count(*) FILTER (WHERE NOT done AND holder IS NOT NULL) AS held,
		count(*) FILTER (WHERE NOT done AND holder IS NULL) AS free,
		sum(size)::bigint AS names
	FROM dane.chunk GROUP BY scan_id
) c USING (scan_id)
LEFT JOIN (
	SELECT scan_id, sum(domains)::bigint AS domains,
		count(*) FILTER (WHERE ended IS NULL) AS members,
		sum(rate) FILTER (WHERE ended IS NULL) AS rate
	FROM dane.lease GROUP BY scan_id
) m USING (scan_id);

COMMENT ON VIEW dane.progress IS
	'How far each scan is: chunks of its list, done, held by a member, or free; '
	'names loaded so far; domains stored; what is left at the rate of now.';
