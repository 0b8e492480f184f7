-- Words as codes: given once, kept for ever, shown as words; and the indexes that
-- come when a scan ends.

BEGIN;
SELECT plan(39);

SELECT is(coalesce(string_agg(c.relname || '.' || a.attname, ' '), ''), '',
	'no verdict or fact is stored as a word')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.oid IN (SELECT ('dane.' || t)::regclass
		FROM unnest(dane.observation_tables()) t)
	AND a.attname ~ ('^(class|reasons?|severity|half_dane|.*_status|.*_trust|'
		'lint|flags|facts|refused|tlsa_state|phase|failure|pkix_reason|'
		'why|hint|history_hint)$')
	AND a.atttypid NOT IN ('smallint'::regtype, 'smallint[]'::regtype);
SELECT set_has('SELECT kind, label FROM dane.code', $$ VALUES
	('class', 'no-dnssec'), ('host class', 'noaddr'), ('reason', 'dane-no-match'),
	('lint', 'tlsa-no-rollover'), ('flag', 'agility'), ('hint', 'near-miss'),
	('record', 'pkix-usage'), ('severity', 'outage'), ('half-dane', 'some'),
	('status', 'nxdomain'), ('trust', 'bogus'), ('phase', 'ehlo-tls'),
	('fact', 'null-mx'), ('pkix', 'self-signed') $$,
	'the vocabulary has codes, by kind');
SELECT is(count(DISTINCT code), count(DISTINCT label), 'a word has one code')
FROM dane.code;
SELECT is(count(*), 0::bigint, 'label and code_of say what the table says')
FROM dane.word WHERE dane.label(code) IS DISTINCT FROM label
	OR dane.code_of(label) IS DISTINCT FROM code;
SELECT is(dane.label(NULL), NULL, 'no code, no word');
SELECT is(dane.code_of(NULL), NULL, 'no word, no code');
SELECT is(dane.code_of('never-heard-of'), NULL, 'nor has a new word');
SELECT is(dane.labels(dane.codes_of('{valid,broken,valid}')),
	'{valid,broken,valid}', 'lists keep their order');
SELECT is(dane.labels('{}'), '{}'::text[], 'an empty list is one');

-- New words

CREATE TEMP TABLE known AS SELECT * FROM dane.word;
SELECT results_eq($$ SELECT label, code FROM dane.learn('{class,class}',
		'{valid,broken}') ORDER BY 1 $$,
	$$ SELECT label COLLATE "default", code FROM known
		WHERE label IN ('broken', 'valid') ORDER BY 1 $$,
	'a word keeps its code');
SELECT set_eq('SELECT * FROM dane.word', 'SELECT * FROM known',
	'and nothing is added');
SELECT results_eq($$ SELECT label, code - (SELECT max(code)::integer FROM known)
	FROM dane.learn('{class,reason,lint}', '{z-new,valid,a-new}')
	WHERE label <> 'valid' ORDER BY 2 $$,
	$$ VALUES ('z-new', 1), ('a-new', 2) $$, 'new words have the next codes');
SELECT set_eq($$ SELECT kind FROM dane.code WHERE label = 'valid' $$,
	$$ VALUES ('class'), ('host class'), ('reason') $$,
	'a word may become one of another kind');
SELECT is(count(*), 0::bigint, 'no code has changed')
FROM known k LEFT JOIN dane.word w ON w.code = k.code AND w.label = k.label
WHERE w.code IS NULL;
SELECT results_eq(format('SELECT label FROM dane.learn(''{x}'', ARRAY[%L])', odd),
	format('VALUES (%L)', odd), 'any text can be a word: ' || odd)
FROM unnest(ARRAY['it''s "\ $$ , {} $1', 'ö']) odd;
SELECT is(dane.label(dane.code_of(odd)), odd, 'and comes back')
FROM unnest(ARRAY['it''s "\ $$ , {} $1', 'ö']) odd;
SELECT throws_ok($$ UPDATE dane.word SET label = 'other' WHERE code = 1 $$,
	'55000', NULL, 'a word does not become another');
SELECT throws_ok($$ UPDATE dane.word SET code = 9999 WHERE code = 1 $$,
	'55000', NULL, 'a code is not given anew');
SELECT throws_ok($$ DELETE FROM dane.word WHERE label = 'z-new' $$,
	'55000', NULL, 'none is taken away');
SELECT throws_ok('TRUNCATE dane.word', '55000', NULL, 'nor all of them');

-- Words are written and read

CREATE TEMP TABLE id AS SELECT dane.scan_begin('a', '{}', now()) AS a;
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, reason,
	reasons, mx_status, mx_trust, implicit, lint)
SELECT a, n, now(), d, 'example', 'valid', 'z-new', '{z-new,a-new}', 'data',
	'secure', false, '{}'
FROM id, unnest('{a.example,b.example,c.example}'::text[])
	WITH ORDINALITY u(d, n);
SELECT results_eq($$ SELECT DISTINCT class, reason, reasons, severity, lint,
		flags, passes FROM dane.domain_obs $$,
	$$ VALUES ('valid', 'z-new', '{z-new,a-new}'::text[], NULL::text,
		'{}'::text[], NULL::text[], 1::smallint) $$,
	'words that no program knows are shown');
SELECT results_eq('SELECT class, reason, domains FROM dane.summary, id
	WHERE scan_id = a', $$ VALUES ('valid', 'z-new', 3::bigint) $$,
	'and counted');
SELECT is(record ->> 'reason', 'z-new', 'and are in the record')
FROM dane.records WHERE domain = 'a.example';
UPDATE dane.domain_obs SET class = 'just-now' WHERE domain = 'b.example';
DELETE FROM dane.domain_obs WHERE domain = 'c.example';
SELECT results_eq('SELECT domain COLLATE "default", class FROM dane.domain_obs
	ORDER BY 1', $$ VALUES ('a.example', 'valid'), ('b.example', 'just-now') $$,
	'a word may be corrected, a row be taken away');
SELECT set_eq($$ SELECT kind FROM dane.code WHERE label = 'just-now' $$,
	$$ VALUES ('class') $$, 'a new word is learnt with its kind');
SELECT throws_ok($$ UPDATE dane.domain_obs SET class = NULL $$, '23502', NULL,
	'what must be there must be there');
SELECT is(count(*), 0::bigint, 'columns are explained as those of the tables')
FROM unnest(dane.observation_tables()) t, LATERAL (
	SELECT b.attname, col_description(b.attrelid, b.attnum) AS words
	FROM pg_attribute b
	WHERE b.attrelid = ('dane.' || t)::regclass AND b.attnum > 0
) b
JOIN LATERAL (
	SELECT v.attname, col_description(v.attrelid, v.attnum) AS words
	FROM pg_attribute v
	WHERE v.attrelid = ('dane.' || replace(t, '_row', '_obs'))::regclass
) v USING (attname)
WHERE v.words IS DISTINCT FROM b.words;

-- Indexes

CREATE FUNCTION pg_temp.indexes(t text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(regexp_replace(pg_get_indexdef(indexrelid),
		'^CREATE( UNIQUE)? .*\((.*)\)$', '\2\1'), '; ' ORDER BY indexrelid),
		'')
	FROM pg_index, id WHERE indrelid = format('dane.%s_%s', t, a)::regclass
$$;

SELECT is(pg_temp.indexes(t), '', t || ' has no index while rows come in')
FROM unnest('{domain_row,mx_row}'::text[]) t;
SELECT is(pg_temp.indexes('host_row'), 'scan_id, host, run UNIQUE',
	'hosts can be looked up');
SELECT set_eq($$ SELECT l FROM id, dane.done_lines(a,
		'{a.example,c.example,x.example,b.example}') l $$,
	'{1,2}'::bigint[], 'which names are done is known without');
SELECT FROM id, dane.lease_session(a, 1, 1);
SELECT FROM id, dane.scan_finish(a, 1, 1, 'interrupted');
SELECT is(pg_temp.indexes('domain_row'), 'scan_id, domain UNIQUE',
	'an interrupted scan has them');
SELECT is(pg_temp.indexes('mx_row'),
	'scan_id, domain, "position" UNIQUE; scan_id, host', 'and of exchanges');
SELECT FROM id, dane.scan_resume(a);
SELECT FROM id, dane.lease_session(a, 2, 1);
INSERT INTO dane.domain_obs (scan_id, line, time, domain, tld, class, mx_status,
	mx_trust, implicit)
SELECT a, 3, now(), 'c.example', 'example', 'valid', 'data', 'secure', false
FROM id;
SELECT lives_ok($$ SELECT dane.scan_finish(a, 2, 1, 'complete') FROM id $$,
	'it is taken up, and ends');
SELECT is(domains, 3::bigint, 'with all its rows') FROM dane.scans, id
WHERE scan_id = a;
SELECT is(reltuples, 3::real, 'and the planner knows it') FROM pg_class, id
WHERE relname = 'domain_row_' || a;
SELECT throws_ok($$ INSERT INTO dane.domain_obs SELECT d.*
	FROM dane.domain_obs d, id WHERE scan_id = a $$, '23505', NULL,
	'from then on no domain is added twice');

SELECT * FROM finish();
ROLLBACK;
