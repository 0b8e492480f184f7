-- What each role may do, and what it may not.

BEGIN;
SELECT plan(73);

CREATE TEMP TABLE old AS SELECT dane.scan_begin('before', '{}', now()) AS id;
SELECT FROM dane.grant_roles('t_owner', 't_writer', 't worker', 't_reader');
CREATE ROLE somebody;

-- "ok", or the SQLSTATE that the command ends with; what it did stays.
CREATE FUNCTION pg_temp.by(who text, command text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', who, true);
	BEGIN
		EXECUTE replace(command, '$id', (SELECT max(scan_id)
			FROM pg_temp.current)::text);
	EXCEPTION WHEN OTHERS THEN
		PERFORM set_config('role', 'none', true);
		RETURN sqlstate;
	END;
	PERFORM set_config('role', 'none', true);
	RETURN 'ok';
END $$;

CREATE TEMP TABLE current (scan_id bigint);
INSERT INTO current SELECT id FROM old;
GRANT SELECT, INSERT ON current TO PUBLIC;

SELECT is(count(*), 0::bigint, 'the owner has all')
FROM pg_class WHERE relnamespace = 'dane'::regnamespace
	AND relkind IN ('r', 'p', 'v', 'S', 'i', 'I')
	AND relowner <> 't_owner'::regrole;
SELECT is(count(*), 0::bigint, 'no function is for everybody')
FROM pg_proc WHERE pronamespace = 'dane'::regnamespace
	AND (proowner <> 't_owner'::regrole
		OR has_function_privilege('somebody', oid, 'EXECUTE'));
SELECT is(count(*), 0::bigint, 'no function looks up names where anybody writes')
FROM pg_proc WHERE pronamespace = 'dane'::regnamespace AND prosecdef
	AND (proconfig IS NULL
		OR NOT '{"search_path=pg_catalog, pg_temp"}'::text[] <@ proconfig);
SELECT is(rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb, false,
	rolname || ' is a group and no more')
FROM pg_roles WHERE rolname IN ('t_owner', 't_writer', 't worker', 't_reader');

-- The life of a scan, as the scanner leads it.

SELECT is(pg_temp.by('t_writer', $$SELECT version, checksum FROM dane.migration$$),
	'ok', 'the writer knows the schema''s version');
SELECT is(pg_temp.by('t_writer', $$INSERT INTO pg_temp.current
	SELECT dane.scan_begin('by the writer', '{}', now())$$), 'ok', 'begins');
SELECT is(pg_temp.by('t_writer', $$SELECT * FROM dane.scan_resume($id)$$), 'ok',
	'resumes');
SELECT is(pg_temp.by('t_writer', $$SELECT line FROM dane.domain_obs
	WHERE scan_id = $id AND line > 0 ORDER BY line$$), 'ok',
	'learns which lines are done');
SELECT is(pg_temp.by(who, $$CREATE TEMP TABLE stage
	(LIKE dane.certificate INCLUDING DEFAULTS) ON COMMIT DROP;
	INSERT INTO stage (sha256, spki_sha256, der, subject, issuer, not_before,
		not_after, key)
	VALUES (sha256('x'), 'x', 'x', 'x', 'x', now(), now(), 'x');
	INSERT INTO dane.certificate AS c SELECT * FROM stage ON CONFLICT (sha256)
	DO UPDATE SET last_seen = greatest(c.last_seen, excluded.last_seen);
	DROP TABLE stage$$), 'ok', 'certificates: ' || who)
FROM unnest('{t_writer,t worker}'::text[]) who;
SELECT is(pg_temp.by('t_writer', command), 'ok', 'writer: ' || command)
FROM unnest(ARRAY[
	'SELECT dane.chunk_load($id, 2, 1, 1, 1, ''[[1,"example.com"]]'')',
	'SELECT dane.chunks_publish($id, 2, 1, 1, true)',
	'SELECT dane.opt_out(''example.net'')',
	'SELECT dane.opt_out_end(''example.net'')']) command;
SELECT is(pg_temp.by('t worker', command), 'ok', 'worker: ' || command)
FROM unnest(ARRAY[
	'SELECT scan_id, config, work FROM dane.running_scans',
	'SELECT dane.scan_join($id)',
	'SELECT dane.member_turn($id, 3, 1)',
	'SELECT dane.member_named($id, 3, ''here'', 1)',
	'SELECT dane.member_shares($id, 3)',
	'SELECT dane.member_news($id, 3, 0)',
	'SELECT dane.chunk_claim($id, 2, 1, 0)',
	'SELECT dane.hosts_claim($id, 3, ''{mx}'', true)',
	'SELECT dane.hosts_put_off($id, 3, ''{mx}'')',
	'SELECT dane.addresses_claim($id, 3, ''{192.0.2.1}'', 1000)',
	'SELECT dane.addresses_release($id, 3, ''{192.0.2.1}'')',
	'SELECT dane.index_scan($id)']) command;
SELECT is(pg_temp.by('t worker', $$SELECT dane.lease_session($id, 2, 1)$$), 'ok',
	'the worker claims');
SELECT is(pg_temp.by('t worker', $$INSERT INTO dane.domain_row_$id
	(scan_id, line, time, domain, tld, class, mx_status, mx_trust, implicit)
	SELECT $id, 1, now(), 'example.com', 'com', v.code, d.code, s.code, false
	FROM dane.learn('{class}', '{valid}') v, dane.learn('{status}', '{data}') d,
		dane.learn('{trust}', '{secure}') s$$), 'ok', 'inserts, in codes');
SELECT is(pg_temp.by('t worker', format($$INSERT INTO dane.domain_row_%1$s
	(scan_id, line, time, domain, tld, class, mx_status, mx_trust, implicit)
	VALUES (%1$s, 1, now(), 'old.com', 'com', %2$s, %3$s, %4$s, false)$$,
	id, dane.code_of('valid'), dane.code_of('data'), dane.code_of('secure'))),
	'ok', 'also into a scan from before the roles') FROM old;
INSERT INTO dane.host_obs (scan_id, run, host, class, a_status, a_trust,
	aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust)
SELECT scan_id, 1, 'mx', 'valid', 'data', 'secure', 'nodata', 'secure', 'usable',
	'data', 'secure' FROM dane.domain_obs WHERE domain = 'example.com';
INSERT INTO dane.mx_obs (scan_id, domain, position, preference, host, run, class)
SELECT scan_id, domain, 0, 10, 'mx', 1, 'valid'
FROM dane.domain_obs WHERE domain = 'example.com';
SELECT is(pg_temp.by('t worker', $$SELECT dane.batch_commit($id, 2, 1, 1, '{1}', 1)$$),
	'ok', 'commits');
SELECT is(pg_temp.by('t worker', $$SELECT dane.scan_finish($id, 1, 1, 'complete',
	'{}')$$), 'DS001', 'cannot finish with a token that is old');
SELECT is(pg_temp.by('t worker', $$SELECT dane.scan_finish($id, 2, 1, 'complete',
	'{}')$$), 'ok', 'finishes');
SELECT is(class, 'valid', 'and with it the record') FROM dane.history
WHERE domain = 'example.com';
SELECT is(pg_temp.by('t_writer', $$SELECT state FROM dane.scans$$), 'ok',
	'the writer lists scans');

-- Readers

SELECT is(coalesce(string_agg(relname, ' ' ORDER BY relname)
		FILTER (WHERE pg_temp.by('t_reader',
			format('SELECT * FROM %s', oid::regclass)) <> 'ok'), ''),
	'', 'the reader reads every view')
FROM pg_class WHERE relnamespace = 'dane'::regnamespace AND relkind = 'v';
SELECT is(coalesce(string_agg(relname, ' ' ORDER BY relname)
		FILTER (WHERE pg_temp.by('t_reader',
			format('SELECT * FROM %s', oid::regclass)) <> '42501'), ''),
	'migration', 'and no table but the schema''s version')
FROM pg_class WHERE relnamespace = 'dane'::regnamespace AND relkind IN ('r', 'p');
SELECT is(pg_temp.by('t_reader', command), 'ok', command) FROM unnest(ARRAY[
	'SELECT * FROM dane.changes(1, $id)',
	'SELECT * FROM dane.change_summary(1, $id)',
	'SELECT * FROM dane.rollovers(1, $id)']) command;

-- What is refused

SELECT is(pg_temp.by(who, command), '42501', who || ': ' || command)
FROM (VALUES
	('t_reader', 'SELECT dane.scan_begin(''x'', ''{}'', now())'),
	('t_reader', 'SELECT dane.lease_session($id, 2, 2)'),
	('t_reader', 'DELETE FROM dane.scan'),
	('t worker', 'SELECT dane.scan_begin(''x'', ''{}'', now())'),
	('t worker', 'SELECT dane.scan_resume($id)'),
	('t worker', 'SELECT dane.chunk_load($id, 2, 9, 9, 1, ''[]'')'),
	('t worker', 'SELECT dane.chunks_publish($id, 2, 9, 9, true)'),
	('t worker', 'SELECT dane.opt_out(''example.com'')'),
	('t worker', 'SELECT dane.opt_out_end(''example.com'')'),
	('t worker', 'SELECT dane.member_gone($id, 2, true)'),
	('t worker', 'UPDATE dane.chunk SET holder = 3'),
	('t worker', 'UPDATE dane.lease SET lost = false'),
	('t worker', 'DELETE FROM dane.host_claim'),
	('t worker', 'UPDATE dane.fleet_setting SET lease_time = ''1 s'''),
	('t_writer', 'UPDATE dane.fleet_setting SET lease_time = ''1 s'''),
	('t_writer', 'DELETE FROM dane.opt_out_entry'),
	('t_reader', 'SELECT dane.scan_join($id)'),
	('t worker', 'SELECT * FROM dane.domain_results'),
	('t worker', 'UPDATE dane.domain_obs SET class = ''broken'''),
	('t worker', 'UPDATE dane.certificate SET der = ''x'''),
	('t_writer', 'SELECT dane.scan_drop($id)'),
	('t_writer', 'SELECT dane.scan_retain(0)'),
	('t_writer', 'DELETE FROM dane.domain_obs'),
	('t_writer', 'DELETE FROM dane.domain_state'),
	('t_writer', 'INSERT INTO dane.figure VALUES ($id, ''x'', ''x'')'),
	('t_writer', 'SELECT dane.grant_roles()'),
	('t_writer', 'CREATE TABLE dane.x ()'),
	('somebody', 'SELECT * FROM dane.scans')
) AS c(who, command);
SELECT is(pg_temp.by('t_owner', command), 'ok', 'owner: ' || command)
FROM unnest(ARRAY['SELECT dane.scan_retain(0)', 'SELECT dane.scan_drop($id)'])
	command;

SELECT lives_ok($$SELECT dane.grant_roles('t_owner', 't_writer', 't worker',
	't_reader')$$, 'once more, as after an upgrade');

SELECT * FROM finish();
ROLLBACK;
