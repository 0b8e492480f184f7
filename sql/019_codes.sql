-- Words become numbers. A word of a verdict or fact (a class, a reason, a lint,
-- how a look-up ended) is stored as its code, two octets, in the tables of
-- observations, which are named *_row from here on. The views *_obs have their
-- old names, columns and labels (021_views.sql).
--
-- A code is given by the database, when a program brings a word that it has not
-- seen, and is never given again or changed: so a word that no program uses any
-- more keeps its code and its label, and no two branches of the program can give
-- one code to two words. Codes of two databases differ; labels do not.

CREATE TABLE dane.word (
	code  smallint PRIMARY KEY CHECK (code > 0),
	label text COLLATE "C" NOT NULL UNIQUE
		CHECK (label <> '' AND octet_length(label) < 64),
	kinds text[] NOT NULL
);

COMMENT ON TABLE dane.word IS
	'Every word that a coded column has held or may hold, once. Rows are only '
	'ever added, by dane.learn.';
COMMENT ON COLUMN dane.word.kinds IS
	'What it is a word for, as in dane.code.';

-- Its rows and its labels are never changed: what was stored means what it meant.
CREATE FUNCTION dane.word_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND (NEW.code, NEW.label) = (OLD.code, OLD.label) THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'codes of words do not change' USING ERRCODE = '55000';
END $$;

COMMENT ON FUNCTION dane.word_fixed IS
	'Refuse every change of a word but that of its kinds.';

CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON dane.word
FOR EACH ROW EXECUTE FUNCTION dane.word_fixed();
CREATE TRIGGER all_fixed BEFORE TRUNCATE ON dane.word
EXECUTE FUNCTION dane.word_fixed();

-- Views look a label up with every row that they give, so the table stands as a
-- constant in a function that the planner puts in place of its call: no join, no
-- call. It is an array of names, since elements of one size are found without
-- passing those before.
CREATE FUNCTION dane.make_label() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	labels text[] := ARRAY(SELECT w.label
		FROM generate_series(1, (SELECT max(code) FROM dane.word)) n
		LEFT JOIN dane.word w ON w.code = n ORDER BY n);
BEGIN
	EXECUTE format('CREATE OR REPLACE FUNCTION dane.label(code smallint) '
		'RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
		format('SELECT (%L::pg_catalog.name[])[$1]::pg_catalog.text',
			labels));
	EXECUTE format('CREATE OR REPLACE FUNCTION dane.code_of(label text) '
		'RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
		format('SELECT pg_catalog.array_position(%L::pg_catalog.text[], $1)'
			'::pg_catalog.int2', labels));
	COMMENT ON FUNCTION dane.label IS 'The word of a code.';
	COMMENT ON FUNCTION dane.code_of IS
		'The code of a word; NULL: there is none.';
END $$;

COMMENT ON FUNCTION dane.make_label IS
	'Make dane.label and dane.code_of from dane.word.';

SELECT dane.make_label();

CREATE FUNCTION dane.labels(codes smallint[]) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT dane.label(c) FROM unnest(codes) WITH ORDINALITY u(c, n)
	ORDER BY n);

COMMENT ON FUNCTION dane.labels IS 'The words of codes, in their order.';

CREATE FUNCTION dane.codes_of(labels text[]) RETURNS smallint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT dane.code_of(l) FROM unnest(labels) WITH ORDINALITY u(l, n)
	ORDER BY n);

COMMENT ON FUNCTION dane.codes_of IS 'The codes of words, in their order.';

-- With the rights of the owner: a worker may add words, and nothing else here.
CREATE FUNCTION dane.learn(new_kinds text[], new_labels text[])
RETURNS TABLE (label text, code smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF EXISTS (SELECT FROM unnest(new_kinds, new_labels) n(kind, label)
			LEFT JOIN dane.word w ON w.label = n.label
			WHERE w.code IS NULL OR n.kind <> ALL (w.kinds)) THEN
		LOCK TABLE dane.word IN SHARE ROW EXCLUSIVE MODE;
		INSERT INTO dane.word AS w (code, label, kinds)
		SELECT coalesce((SELECT max(o.code) FROM dane.word o), 0)
				+ row_number() OVER (ORDER BY n.place),
			n.label, '{}'
		FROM (SELECT u.label, min(u.place) AS place
			FROM unnest(new_labels) WITH ORDINALITY u(label, place)
			GROUP BY u.label) n
		WHERE NOT EXISTS (SELECT FROM dane.word o WHERE o.label = n.label);
		UPDATE dane.word w
		SET kinds = ARRAY(SELECT unnest(w.kinds)
			UNION SELECT unnest(n.kinds) ORDER BY 1)
		FROM (SELECT u.label, array_agg(u.kind) AS kinds
			FROM unnest(new_kinds, new_labels) u(kind, label)
			GROUP BY u.label) n
		WHERE w.label = n.label AND NOT n.kinds <@ w.kinds;
		PERFORM dane.make_label();
	END IF;
	RETURN QUERY SELECT w.label::text, w.code FROM dane.word w
		WHERE w.label = ANY (new_labels);
END $$;

REVOKE EXECUTE ON FUNCTION dane.learn, dane.make_label FROM PUBLIC;

COMMENT ON FUNCTION dane.learn IS
	'The codes of words, each with its kind; a word that has none yet is given '
	'the next.';

CREATE VIEW dane.code AS
SELECT k.kind, w.code, w.label::text AS label
FROM dane.word w, unnest(w.kinds) k(kind);

COMMENT ON VIEW dane.code IS
	'The words of the coded columns, by kind. A word has one code, whatever '
	'kinds it belongs to. What no program uses any more stays.';

-- What reads the tables: made again in 021_views.sql.
DROP VIEW dane.domain_results, dane.host_results, dane.endpoint_results,
	dane.tlsa_records, dane.host_latest, dane.summary, dane.summary_by_tag,
	dane.summary_by_tld, dane.summary_by_provider, dane.domain_tags,
	dane.broken, dane.records, dane.server_results, dane.signatures,
	dane.domain_extras, dane.host_extras;
DROP FUNCTION dane.host_json, dane.endpoint_json, dane.tlsa_json;

ALTER TABLE dane.domain_obs RENAME TO domain_row;
ALTER TABLE dane.mx_obs RENAME TO mx_row;
ALTER TABLE dane.host_obs RENAME TO host_row;
ALTER TABLE dane.endpoint_obs RENAME TO endpoint_row;
ALTER TABLE dane.tlsa_obs RENAME TO tlsa_row;

CREATE OR REPLACE FUNCTION dane.observation_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY['domain_row', 'mx_row', 'host_row', 'endpoint_row', 'tlsa_row'];

-- Partitions, and what bears the name of a table.
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT c.oid::regclass AS name, c.relname, c.relkind
			FROM pg_class c
			WHERE c.relnamespace = 'dane'::regnamespace
				AND c.relkind IN ('r', 'i', 'I')
				AND c.relname ~
					'^(domain|mx|host|endpoint|tlsa)_obs_' LOOP
		EXECUTE format('ALTER %s %s RENAME TO %I',
			CASE r.relkind WHEN 'r' THEN 'TABLE' ELSE 'INDEX' END, r.name,
			replace(r.relname, '_obs_', '_row_'));
	END LOOP;
END $$;

-- The words that are there, in the order of the kinds, so that it is known what
-- each was for.
CREATE TEMP TABLE found ON COMMIT DROP AS
SELECT DISTINCT v.* FROM dane.domain_row d, LATERAL (VALUES
	(1, 'class', d.class), (5, 'reason', d.reason), (5, 'reason', d.refused),
	(6, 'severity', d.severity), (7, 'half-dane', d.half_dane),
	(8, 'status', d.mx_status), (9, 'trust', d.mx_trust)) v(rank, kind, label);
INSERT INTO found
SELECT DISTINCT 5, 'reason', unnest(d.reasons) FROM dane.domain_row d;
INSERT INTO found
SELECT DISTINCT 12, 'lint', unnest(d.lint) FROM dane.domain_row d;
INSERT INTO found
SELECT DISTINCT 13, 'flag', unnest(d.flags) FROM dane.domain_row d;
INSERT INTO found
SELECT DISTINCT 14, 'fact', unnest(d.facts) FROM dane.domain_row d;
INSERT INTO found
SELECT DISTINCT v.* FROM dane.mx_row m, LATERAL (VALUES
	(2, 'host class', m.class), (5, 'reason', m.reason)) v;
INSERT INTO found SELECT DISTINCT 13, 'flag', unnest(m.flags) FROM dane.mx_row m;
INSERT INTO found
SELECT DISTINCT v.* FROM dane.host_row h, LATERAL (VALUES
	(2, 'host class', h.class), (5, 'reason', h.reason), (5, 'reason', h.refused),
	(3, 'tlsa state', h.tlsa_state), (8, 'status', h.a_status),
	(8, 'status', h.aaaa_status), (8, 'status', h.tlsa_status),
	(8, 'status', h.cname_status), (9, 'trust', h.a_trust),
	(9, 'trust', h.aaaa_trust), (9, 'trust', h.tlsa_trust),
	(9, 'trust', h.cname_trust)) v;
INSERT INTO found SELECT DISTINCT 13, 'flag', unnest(h.flags) FROM dane.host_row h;
INSERT INTO found SELECT DISTINCT 14, 'fact', unnest(h.facts) FROM dane.host_row h;
INSERT INTO found
SELECT DISTINCT v.* FROM dane.endpoint_row e, LATERAL (VALUES
	(4, 'endpoint class', e.class), (5, 'reason', e.reason),
	(5, 'reason', e.failure), (10, 'phase', e.phase),
	(15, 'pkix', e.pkix_reason)) v;
INSERT INTO found
SELECT DISTINCT 13, 'flag', unnest(e.flags) FROM dane.endpoint_row e;
INSERT INTO found
SELECT DISTINCT 14, 'fact', unnest(e.facts) FROM dane.endpoint_row e;
INSERT INTO found
SELECT DISTINCT v.* FROM dane.tlsa_row t, LATERAL (VALUES
	(16, 'record', t.why), (11, 'hint', t.hint), (11, 'hint', t.history_hint)) v;

SELECT count(*) FROM (
	SELECT array_agg(kind ORDER BY rank, label) AS kinds,
		array_agg(label ORDER BY rank, label) AS labels
	FROM (SELECT DISTINCT * FROM found WHERE label <> '') f
) f, LATERAL dane.learn(f.kinds, f.labels) WHERE f.labels IS NOT NULL;

-- 020_partitions.sql says why, and makes them again a partition.
ALTER TABLE dane.domain_row DROP CONSTRAINT domain_row_pkey;
ALTER TABLE dane.mx_row DROP CONSTRAINT mx_row_pkey;
DROP INDEX dane.mx_row_scan_id_host_idx;

ALTER TABLE dane.domain_row
	ALTER class TYPE smallint USING dane.code_of(class),
	ALTER reason TYPE smallint USING dane.code_of(reason),
	ALTER reasons TYPE smallint[] USING dane.codes_of(reasons),
	ALTER severity TYPE smallint USING dane.code_of(severity),
	ALTER half_dane TYPE smallint USING dane.code_of(half_dane),
	ALTER mx_status TYPE smallint USING dane.code_of(mx_status),
	ALTER mx_trust TYPE smallint USING dane.code_of(mx_trust),
	ALTER lint TYPE smallint[] USING dane.codes_of(lint),
	ALTER flags TYPE smallint[] USING dane.codes_of(flags),
	ALTER refused TYPE smallint USING dane.code_of(refused),
	ALTER facts TYPE smallint[] USING dane.codes_of(facts);
ALTER TABLE dane.mx_row
	ALTER class TYPE smallint USING dane.code_of(class),
	ALTER reason TYPE smallint USING dane.code_of(reason),
	ALTER flags TYPE smallint[] USING dane.codes_of(flags);
ALTER TABLE dane.host_row
	ALTER class TYPE smallint USING dane.code_of(class),
	ALTER reason TYPE smallint USING dane.code_of(reason),
	ALTER a_status TYPE smallint USING dane.code_of(a_status),
	ALTER a_trust TYPE smallint USING dane.code_of(a_trust),
	ALTER aaaa_status TYPE smallint USING dane.code_of(aaaa_status),
	ALTER aaaa_trust TYPE smallint USING dane.code_of(aaaa_trust),
	ALTER tlsa_state TYPE smallint USING dane.code_of(tlsa_state),
	ALTER tlsa_status TYPE smallint USING dane.code_of(tlsa_status),
	ALTER tlsa_trust TYPE smallint USING dane.code_of(tlsa_trust),
	ALTER flags TYPE smallint[] USING dane.codes_of(flags),
	ALTER refused TYPE smallint USING dane.code_of(refused),
	ALTER cname_status TYPE smallint USING dane.code_of(cname_status),
	ALTER cname_trust TYPE smallint USING dane.code_of(cname_trust),
	ALTER facts TYPE smallint[] USING dane.codes_of(facts);
ALTER TABLE dane.endpoint_row
	ALTER class TYPE smallint USING dane.code_of(class),
	ALTER reason TYPE smallint USING dane.code_of(reason),
	ALTER flags TYPE smallint[] USING dane.codes_of(flags),
	ALTER pkix_reason TYPE smallint USING dane.code_of(pkix_reason),
	ALTER phase TYPE smallint USING dane.code_of(phase),
	ALTER failure TYPE smallint USING dane.code_of(failure),
	ALTER facts TYPE smallint[] USING dane.codes_of(facts);
ALTER TABLE dane.tlsa_row
	ALTER why TYPE smallint USING dane.code_of(why),
	ALTER hint TYPE smallint USING dane.code_of(hint),
	ALTER history_hint TYPE smallint USING dane.code_of(history_hint);

COMMENT ON TABLE dane.domain_row IS
	'Rows of dane.domain_obs, a partition a scan, words as codes.';
COMMENT ON TABLE dane.mx_row IS
	'Rows of dane.mx_obs, a partition a scan, words as codes.';
COMMENT ON TABLE dane.host_row IS
	'Rows of dane.host_obs, a partition a scan, words as codes.';
COMMENT ON TABLE dane.endpoint_row IS
	'Rows of dane.endpoint_obs, a partition a scan, words as codes. Names that '
	'OpenSSL gives (version, cipher, group, key) are no words of a list that '
	'is known beforehand, and stay as they are.';
COMMENT ON TABLE dane.tlsa_row IS
	'Rows of dane.tlsa_obs, a partition a scan, words as codes.';
