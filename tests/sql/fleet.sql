-- A fleet: members, chunks, hosts, addresses, opt-outs, and the one end.

BEGIN;
SELECT plan(120);

CREATE TEMP TABLE id AS SELECT dane.scan_begin('fleet', '{}', now()) AS s;

CREATE FUNCTION pg_temp.s() RETURNS bigint LANGUAGE sql
RETURN (SELECT s FROM id);

-- A row of a name, as a member would insert it.
CREATE FUNCTION pg_temp.row_of(name text, line bigint) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class,
		mx_status, mx_trust, implicit)
	VALUES (pg_temp.s(), line, now(), name, 'test', 'valid', 'data', 'secure',
		false)
$$;

CREATE FUNCTION pg_temp.host_of(name text, run bigint) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO dane.host_obs (scan_id, run, host, class, a_status, a_trust,
		aaaa_status, aaaa_trust, tlsa_state, tlsa_status, tlsa_trust, time)
	VALUES (pg_temp.s(), run, name, 'valid', 'data', 'secure', 'nodata',
		'secure', 'usable', 'data', 'secure', 'epoch')
$$;

-- What a member has heard and what the others will think of it.
CREATE FUNCTION pg_temp.silence(of_token bigint, ago interval) RETURNS void
LANGUAGE sql AS $$
	UPDATE dane.lease SET updated = clock_timestamp() - ago
	WHERE scan_id = pg_temp.s() AND token = of_token
$$;
CREATE FUNCTION pg_temp.watch(of_token bigint, ago interval) RETURNS void
LANGUAGE sql AS $$
	UPDATE dane.lease SET steady = clock_timestamp() - ago,
		updated = clock_timestamp()
	WHERE scan_id = pg_temp.s() AND token = of_token
$$;
CREATE FUNCTION pg_temp.claim(token bigint, request bigint, in_hand integer = 0)
RETURNS integer LANGUAGE sql
RETURN (dane.chunk_claim(pg_temp.s(), token, request, in_hand) ->> 'chunk')::integer;
CREATE FUNCTION pg_temp.news(token bigint, key text) RETURNS text
LANGUAGE sql AS $$
	SELECT dane.member_news(pg_temp.s(), token, 0) ->> key
$$;
CREATE FUNCTION pg_temp.hosts(token bigint, hosts text[], again boolean = false)
RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', h ->> 0, h ->> 1, h ->> 2), ', '
		ORDER BY h ->> 0)
	FROM json_array_elements(dane.hosts_claim(pg_temp.s(), token, hosts,
		again)) h
$$;
CREATE FUNCTION pg_temp.addresses(token bigint, addresses inet[]) RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(a, ' ' ORDER BY a) FROM json_array_elements_text(
		dane.addresses_claim(pg_temp.s(), token, addresses, 1000)) a
$$;

-- The list

SELECT is(work, true, 'while somebody loads, there may be work')
FROM dane.running_scans WHERE scan_id = pg_temp.s();
SELECT lives_ok($$SELECT dane.chunk_load(pg_temp.s(), 1, 1, 1, 2,
	'[[2,"b.test"],[1,"a.test"]]')$$, 'a chunk is loaded');
SELECT lives_ok($$SELECT dane.chunk_load(pg_temp.s(), 1, 1, 1, 2,
	'[[2,"b.test"],[1,"a.test"]]')$$, 'once more, in doubt');
SELECT is(pg_temp.claim(1, 1), NULL, 'it is not to be had yet');
SELECT dane.chunk_load(pg_temp.s(), 1, 2, 3, 1,
	'[[3,"c.test",null,{"rank":"3"}]]');
SELECT dane.chunk_load(pg_temp.s(), 1, 3, 5, 1, '[[5,"e.test"]]');
SELECT lives_ok('SELECT dane.chunks_publish(pg_temp.s(), 1, 2, 4, false)',
	'published');
SELECT lives_ok('SELECT dane.chunks_publish(pg_temp.s(), 1, 2, 4, false)',
	'once more');
SELECT is(loaded_names, 3::bigint, 'names are counted once') FROM dane.scan
WHERE scan_id = pg_temp.s();
SELECT throws_ok('SELECT dane.chunk_load(pg_temp.s(), 2, 9, 9, 1, ''[]'')',
	'DS001', NULL, 'only the loader loads');
SELECT throws_ok('SELECT dane.chunks_publish(pg_temp.s(), 2, 9, 9, true)',
	'DS001', NULL, 'and publishes');

-- Members

SELECT is(dane.scan_join(pg_temp.s()), 2::bigint, 'a worker gets a token');
SELECT is(dane.scan_join(pg_temp.s()), 3::bigint, 'each its own');
SELECT throws_ok('SELECT dane.scan_join(0)', 'DS002', NULL,
	'there has to be a scan');
SELECT is(pg_temp.news(2, 'members'), '3', 'all are counted');
SELECT is(pg_temp.news(2, 'ready'), 'false', 'the first one shares nothing yet');
SELECT is(pg_temp.news(1, 'ready'), 'true', 'the others do from the start');
SELECT dane.member_shares(pg_temp.s(), 1);
SELECT is(pg_temp.news(2, 'ready'), 'true', 'now it does');
SELECT lives_ok('SELECT dane.member_turn(pg_temp.s(), 2, 5),
	dane.member_turn(pg_temp.s(), 2, 5)', 'a turn, and the same in doubt');
SELECT throws_ok('SELECT dane.member_turn(pg_temp.s(), 2, 4)', 'DS001', NULL,
	'what an old connection left behind');
SELECT is(dane.lease_session(pg_temp.s(), t, 1), 0::bigint, 'session of ' || t)
FROM generate_series(1, 3) t;

-- Chunks

SELECT is(pg_temp.claim(1, 1), 1, 'the first chunk');
SELECT is(pg_temp.claim(1, 1), 1, 'asked again it is the same');
SELECT is(pg_temp.claim(2, 1), 2, 'another member has the next');
SELECT is(pg_temp.claim(3, 1), NULL, 'there are no more for now');
SELECT is(pg_temp.news(3, 'stuck'), 'false', 'but somebody loads');
SELECT is(low_water, 0::bigint, 'low water: before the first open chunk')
FROM dane.scans WHERE scan_id = pg_temp.s();
SELECT is((dane.chunk_claim(pg_temp.s(), 2, 1, 0) #> '{names,0}')::text,
	'[3,"c.test",null,{"rank":"3"}]', 'names as they were loaded');
SELECT dane.chunks_publish(pg_temp.s(), 1, 3, 5, true);
SELECT is(pg_temp.claim(2, 2, 1), NULL,
	'who has enough leaves the last one to the others');
SELECT is(pg_temp.claim(3, 2, 0), 3, 'who take it');

-- Batches

SELECT pg_temp.row_of('c.test', 3);
SELECT throws_ok($$SELECT dane.batch_commit(pg_temp.s(), 3, 1, 1, '{2}', 1)$$,
	'DS001', NULL, 'nobody ends the chunk of another');
SELECT lives_ok($$SELECT dane.batch_commit(pg_temp.s(), 2, 1, 1, '{2}', 1)$$,
	'its holder does');
SELECT throws_ok($$SELECT dane.batch_commit(pg_temp.s(), 2, 1, 2, '{2}', 1)$$,
	'DS001', NULL, 'once');
SELECT is(names IS NULL AND done, true, 'its names are gone') FROM dane.chunk
WHERE scan_id = pg_temp.s() AND chunk = 2;
SELECT is(pg_temp.news(2, 'complete'), 'false', 'two are left');
SELECT throws_ok($$SELECT dane.scan_finish(pg_temp.s(), 2, 1, 'complete')$$,
	'DS007', NULL, 'and so nobody completes the scan');

-- Lost

SELECT pg_temp.row_of('b.test', 2);
SELECT is(dane.batch_commit(pg_temp.s(), 1, 1, 1, '{}', 1)::text, '',
	'the first member has half a chunk');
SELECT pg_temp.silence(1, '1 min');
SELECT is(pg_temp.news(2, 'lost'), '[]', 'nobody is lost to a newcomer');
SELECT pg_temp.watch(2, '1 min'), pg_temp.silence(1, '29 s');
SELECT is(pg_temp.news(2, 'lost'), '[]', 'nor before the lease time is over');
SELECT pg_temp.silence(1, '31 s');
SELECT is(pg_temp.news(2, 'lost'), '[1]', 'then it is');
SELECT is(pg_temp.news(2, 'lost'), '[]', 'which is told once');
SELECT throws_ok($$SELECT dane.batch_commit(pg_temp.s(), 1, 1, 2, '{}', 1)$$,
	'DS001', NULL, 'who is lost cannot commit');
SELECT throws_ok('SELECT dane.lease_session(pg_temp.s(), 1, 2)', 'DS001', NULL,
	'nor come back');
SELECT throws_ok('SELECT dane.member_turn(pg_temp.s(), 1, 9)', 'DS001', NULL,
	'nor have a turn');
SELECT throws_ok($$SELECT dane.scan_finish(pg_temp.s(), 1, 1, 'interrupted')$$,
	'DS001', NULL, 'nor end');
SELECT is(dane.chunk_claim(pg_temp.s(), 2, 3, 0)::jsonb - 'names',
	'{"chunk": 1, "done": [2]}', 'its chunk returns, with what is done');
SELECT pg_temp.silence(3, '1 min');
UPDATE dane.lease SET updated = clock_timestamp() - interval '20 s'
WHERE scan_id = pg_temp.s() AND token = 2;
SELECT dane.member_turn(pg_temp.s(), 2, 6);
SELECT is(pg_temp.news(2, 'lost'), '[]',
	'who was silent itself has to watch first');
UPDATE dane.fleet_setting SET lease_time = '5 min';
SELECT pg_temp.watch(2, '2 min');
SELECT is(pg_temp.news(2, 'lost'), '[]', 'the lease time is the owner''s choice');
UPDATE dane.fleet_setting SET lease_time = DEFAULT;
SELECT pg_temp.watch(3, '0 s');

-- Many rows: what returns is looked up in an index, which comes first

UPDATE dane.fleet_setting SET index_size = 0;
UPDATE dane.chunk SET holder = NULL
WHERE scan_id = pg_temp.s() AND chunk = 1 AND NOT done;
SELECT is(pg_temp.claim(2, 30), NULL, 'it is not to be had without');
SELECT is(pg_temp.news(2, 'index'), 'true', 'and all are told');
SELECT dane.index_scan(pg_temp.s()), dane.index_scan(pg_temp.s());
SELECT is(pg_temp.news(2, 'index'), 'false', 'until it is made');
SELECT is(dane.chunk_claim(pg_temp.s(), 2, 31, 0)::jsonb - 'names',
	'{"chunk": 1, "done": [2]}', 'then it is, with what is done');

-- Hosts

SELECT is(pg_temp.hosts(2, '{mx.b,mx.a}'), 'mx.a mine, mx.b mine', 'new hosts');
SELECT is(pg_temp.hosts(2, '{mx.b}'), 'mx.b mine', 'asked again');
SELECT is(pg_temp.hosts(3, '{mx.a,mx.c}'), 'mx.a elsewhere, mx.c mine',
	'another member');
SELECT pg_temp.host_of('mx.a', 2);
SELECT is(pg_temp.hosts(3, '{mx.a}'), 'mx.a done 2', 'stored: done, by that run');
SELECT is(dane.host_facts(pg_temp.s(), 'mx.a', 2) ->> 'time_s', '0',
	'with its facts');
SELECT dane.hosts_put_off(pg_temp.s(), 3, '{mx.b,mx.c}');
SELECT is(pg_temp.hosts(2, '{mx.b,mx.c}'), 'mx.b mine, mx.c put-off',
	'what the holder puts off is put off');
SELECT is(pg_temp.hosts(2, '{mx.c}', true), 'mx.c mine',
	'until a further pass takes it');
SELECT is(pg_temp.hosts(3, '{mx.c}', true), 'mx.c elsewhere', 'one of them');
SELECT is(pg_temp.hosts(1, '{mx.c}'), 'mx.c elsewhere', 'and not a first one');

-- Addresses

SELECT is(pg_temp.addresses(2, '{192.0.2.1,192.0.2.2,192.0.2.1}'),
	'192.0.2.1 192.0.2.2', 'nobody talks to them');
SELECT is(pg_temp.addresses(3, '{192.0.2.1,2001:db8::1}'), '2001:db8::1',
	'somebody does');
SELECT is(pg_temp.addresses(2, '{192.0.2.1}'), '192.0.2.1', 'asked again');
SELECT dane.addresses_release(pg_temp.s(), 2, '{192.0.2.1}'),
	dane.addresses_release(pg_temp.s(), 3, '{192.0.2.2}');
SELECT is(pg_temp.addresses(2, '{192.0.2.1}'), NULL, 'it rests from all');
SELECT is(pg_temp.addresses(3, '{192.0.2.1}'), NULL, 'it rests from all');
SELECT is(pg_temp.addresses(3, '{192.0.2.2}'), NULL, 'only who talks can stop');
UPDATE dane.address_claim SET released = released - interval '1 s'
WHERE address = '192.0.2.1';
SELECT is(pg_temp.addresses(3, '{192.0.2.1}'), '192.0.2.1', 'it has rested');

-- Nobody is left of a scan to say that its members are lost.
SELECT dane.scan_begin('crashed', '{}', now()) AS crashed \gset
SELECT json_array_length(dane.addresses_claim(:crashed, 1, '{192.0.2.9}', 1000));
SELECT is(pg_temp.addresses(2, '{192.0.2.9}'), NULL,
	'what a member of another scan talks to');
UPDATE dane.lease SET updated = clock_timestamp() - interval '1 hour'
WHERE scan_id = :crashed;
SELECT is(pg_temp.addresses(2, '{192.0.2.9}'), NULL, 'even if long unheard of');
UPDATE dane.lease SET updated = updated - interval '31 s'
WHERE scan_id = :crashed;
SELECT is(pg_temp.addresses(2, '{192.0.2.9}'), '192.0.2.9',
	'is free in the end');

-- Opt-outs

SELECT dane.opt_out(' Example.ORG '), dane.opt_out('192.0.2.0/24', 'by mail'),
	dane.opt_out('2001:db8::1'), dane.opt_out('example.org');
SELECT is((dane.member_news(pg_temp.s(), 2, 0) #> '{opt_outs,0}') ->> 1,
	'example.org', 'who has opted out is told');
SELECT is(json_array_length(dane.member_news(pg_temp.s(), 2, 0) -> 'opt_outs'), 3,
	'each once');
SELECT is(dane.member_news(pg_temp.s(), 2,
		(SELECT max(number) FROM dane.opt_out_entry)) ->> 'opt_outs', NULL,
	'no news are none');
SELECT throws_ok(format('SELECT dane.opt_out(%L)', e), c, NULL, 'not: ' || e)
FROM (VALUES ('a b', '22023'), ('', '22023'), ('a..b', '22023'),
	('192.0.2.1/24', '22P02'), ('10', '22023'), ('192.0.2', '22023'),
	('192.0.2/24', '22023'), ('.', '22023'), ('*', '22023'), ('a..', '22023'),
	('-a.test', '22023'), ('a-', '22023'), ('a.-.test', '22023'),
	('a"b.test', '22023'), ('a\b.test', '22023'), ('a]b.test', '22023'),
	('a.123', '22023'), ('1.2.3.4.5', '22023'), ('**.a.test', '22023'),
	(repeat('a', 64), '22023'), (repeat('abc.', 64) || 'test', '22023')) x(e, c);
SELECT dane.opt_out('*.Example.net.'), dane.opt_out('.example.net'),
	dane.opt_out('2001:DB8:0::2'), dane.opt_out('192.0.2.7/32'),
	dane.opt_out('bücher_1.x-y.Test' COLLATE "C");
SELECT results_eq('SELECT entry FROM dane.opt_out_entry ORDER BY number',
	$$VALUES ('example.org'), ('192.0.2.0/24'), ('2001:db8::1'), ('example.net'),
		('2001:db8::2'), ('192.0.2.7'), ('bücher_1.x-y.test')$$,
	'each is written in one way');
SELECT lives_ok(format('SELECT dane.opt_out_end(%L)', e), 'taken back: ' || e)
FROM unnest('{example.org,*.Example.NET,192.0.2.7/32,2001:db8:0:0::1}'::text[]) e;
SELECT results_eq('SELECT entry FROM dane.opt_out_entry ORDER BY number',
	$$VALUES ('192.0.2.0/24'), ('2001:db8::2'), ('bücher_1.x-y.test')$$,
	'the others stay');
SELECT throws_ok($$SELECT dane.opt_out_end('example.org')$$, 'DS008', NULL,
	'once');
INSERT INTO dane.opt_out_entry (entry) VALUES ('192.0.2');
SELECT lives_ok($$SELECT dane.opt_out_end('192.0.2')$$,
	'also what an older version took for an entry');

-- The end

SELECT is(dane.scan_finish(pg_temp.s(), 3, 1, 'interrupted')::text, '',
	'a worker leaves');
SELECT results_eq($$SELECT state, (SELECT string_agg(concat_ws(' ', chunk,
			holder), ', ' ORDER BY chunk) FROM dane.chunk
		WHERE scan_id = pg_temp.s() AND NOT done)
	FROM dane.scan WHERE scan_id = pg_temp.s()$$,
	$$VALUES ('running', '1 2, 3')$$,
	'the scan goes on, and what it held returns');
SELECT pg_temp.claim(2, 4), pg_temp.row_of('a.test', 1),
	pg_temp.row_of('e.test', 5);
SELECT dane.batch_commit(pg_temp.s(), 2, 1, 2, '{1,3}', 2);
SELECT is(pg_temp.news(2, 'complete'), 'true', 'nothing is left');
SELECT is(dane.scan_finish(pg_temp.s(), 2, 1, 'complete', '{}')::text, '',
	'who notices completes it');
SELECT results_eq($$SELECT state, domains, low_water FROM dane.scans
	WHERE scan_id = pg_temp.s()$$, $$VALUES ('complete', 4::bigint, 5::bigint)$$,
	'once');
SELECT is((SELECT count(*) FROM dane.host_claim WHERE scan_id = pg_temp.s())
	+ (SELECT count(*) FROM dane.address_claim WHERE scan_id = pg_temp.s()),
	0::bigint, 'claims are gone');
SELECT lives_ok($$SELECT dane.scan_finish(pg_temp.s(), 2, 1, 'complete', '{}')$$,
	'repeated');
SELECT throws_ok('SELECT dane.scan_join(pg_temp.s())', 'DS003', NULL,
	'nobody joins it any more');

-- Taken up again

SELECT dane.scan_begin('taken up', '{}', now()) AS id \gset
SELECT lives_ok(format('SELECT dane.chunk_load(%1$s, 1, 1, 1, 2,
		''[[1,"a.test"],[3,"c.test"]]''),
	dane.chunk_load(%1$s, 1, 2, 4, 1, ''[[4,"d.test"]]''),
	dane.chunks_publish(%1$s, 1, 1, 3, false)', :id), 'a part is loaded');
SELECT is(dane.chunk_claim(:id, 1, 1, 0) ->> 'chunk', '1', 'and taken');
SELECT dane.lease_session(:id, 1, 1), dane.batch_commit(:id, 1, 1, 1, '{1}', 0);
SELECT is(work, true, 'while somebody loads, there may be work')
FROM dane.running_scans WHERE scan_id = :id;
UPDATE dane.lease SET ended = now(), lost = true WHERE scan_id = :id;
SELECT is(work, false, 'what was not published is not to be had')
FROM dane.running_scans WHERE scan_id = :id;
SELECT throws_ok(format('SELECT dane.scan_resume(%s, false)', :id), 'DS009', NULL,
	'the list is not loaded to its end, and has to be given');
SELECT is(loader, 1::bigint, 'then nobody has taken it up') FROM dane.scan
WHERE scan_id = :id;
SELECT results_eq(format('SELECT token, loaded_line, loaded_chunks, loaded_names,
		loaded FROM dane.scan_resume(%s)', :id),
	'VALUES (2::bigint, 3::bigint, 1, 2::bigint, false)', 'with it, it is');
UPDATE dane.scan SET revisit = true WHERE scan_id = :id;
SELECT is(loaded_names, NULL, 'what an older version loaded is not counted')
FROM dane.scan_resume(:id);
SELECT dane.chunks_publish(:id, 3, 1, 3, true);
SELECT is(loaded, true, 'one that is loaded need not be given')
FROM dane.scan_resume(:id, false);

SELECT * FROM finish();
ROLLBACK;
