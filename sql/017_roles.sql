-- Who may do what. Nothing is granted to anybody until grant_roles is called;
-- without it all belongs to the role that made the schema.

-- A partition has the rights of its table: rows are copied into it by name.
CREATE FUNCTION dane.copy_grants(parent regclass, child regclass)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT a.grantee, a.privilege_type
			FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
			WHERE c.oid = parent AND a.grantee <> c.relowner LOOP
		EXECUTE format('GRANT %s ON %s TO %s', g.privilege_type, child,
			CASE WHEN g.grantee = 0 THEN 'PUBLIC'
				ELSE g.grantee::regrole::text END);
	END LOOP;
END $$;

COMMENT ON FUNCTION dane.copy_grants IS
	'Give a new partition the rights that its table grants.';

CREATE OR REPLACE FUNCTION dane.scan_begin(
	scan_label text, scan_config jsonb, scan_started timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	id bigint;
	parent text;
BEGIN
	INSERT INTO dane.scan (label, config, started)
		VALUES (scan_label, scan_config, scan_started)
		RETURNING scan_id INTO id;
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('CREATE TABLE dane.%I (LIKE dane.%I INCLUDING ALL)',
			parent || '_' || id, parent);
		EXECUTE format(
			'ALTER TABLE dane.%I ATTACH PARTITION dane.%I FOR VALUES IN (%L)',
			parent, parent || '_' || id, id);
		PERFORM dane.copy_grants(format('dane.%I', parent)::regclass,
			format('dane.%I', parent || '_' || id)::regclass);
	END LOOP;
	INSERT INTO dane.lease (scan_id) VALUES (id);
	RETURN id;
END $$;

CREATE FUNCTION dane.make_role(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
		EXECUTE format('CREATE ROLE %I NOLOGIN', name);
	END IF;
END $$;

COMMENT ON FUNCTION dane.make_role IS 'A group role, unless it is there.';

CREATE FUNCTION dane.give_to(owner text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	what text;
BEGIN
	-- Partitions and indexes follow their tables, sequences their columns.
	FOR what IN
		SELECT format('%s %s', CASE c.relkind WHEN 'v' THEN 'VIEW'
				ELSE 'TABLE' END, c.oid::regclass)
		FROM pg_catalog.pg_class c
		WHERE c.relnamespace = 'dane'::regnamespace
			AND c.relkind IN ('r', 'p', 'v')
			AND c.relowner <> owner::regrole
		UNION ALL
		SELECT format('FUNCTION %s', p.oid::regprocedure)
		FROM pg_catalog.pg_proc p
		WHERE p.pronamespace = 'dane'::regnamespace
			AND p.proowner <> owner::regrole
		UNION ALL
		SELECT 'SCHEMA dane'
	LOOP
		EXECUTE format('ALTER %s OWNER TO %I', what, owner);
	END LOOP;
END $$;

COMMENT ON FUNCTION dane.give_to IS
	'Make a role the owner of the schema and all that is in it.';

-- With the rights of the owner, and names looked up nowhere but where they say.
CREATE FUNCTION dane.run_as_owner(functions text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT oid FROM pg_catalog.pg_proc
			WHERE pronamespace = 'dane'::regnamespace
				AND proname = ANY (functions) LOOP
		EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER '
			'SET search_path = pg_catalog, pg_temp', f);
	END LOOP;
END $$;

COMMENT ON FUNCTION dane.run_as_owner IS
	'Let functions run with the rights of their owner.';

CREATE FUNCTION dane.allow(role text, functions text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT oid FROM pg_catalog.pg_proc
			WHERE pronamespace = 'dane'::regnamespace
				AND proname = ANY (functions) LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, role);
	END LOOP;
END $$;

COMMENT ON FUNCTION dane.allow IS 'Let a role call functions.';

CREATE FUNCTION dane.allow_rows(role text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	parent text;
	child regclass;
BEGIN
	EXECUTE format('GRANT SELECT ON dane.migration TO %I', role);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE (last_seen) '
		'ON dane.certificate TO %I', role);
	FOREACH parent IN ARRAY dane.observation_tables() LOOP
		EXECUTE format('GRANT INSERT ON dane.%I TO %I', parent, role);
		FOR child IN SELECT inhrelid FROM pg_catalog.pg_inherits
				WHERE inhparent = format('dane.%I', parent)::regclass LOOP
			EXECUTE format('GRANT INSERT ON %s TO %I', child, role);
		END LOOP;
	END LOOP;
	EXECUTE format('GRANT SELECT (scan_id, line) ON dane.domain_obs TO %I',
		role);
END $$;

COMMENT ON FUNCTION dane.allow_rows IS
	'Let a role insert what a scan observes, and learn how far it came.';

CREATE FUNCTION dane.allow_reading(role text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	what text;
BEGIN
	FOR what IN
		SELECT format('SELECT ON %s', oid::regclass)
		FROM pg_catalog.pg_class
		WHERE relnamespace = 'dane'::regnamespace AND relkind = 'v'
		UNION ALL
		SELECT format('EXECUTE ON FUNCTION %s', oid::regprocedure)
		FROM pg_catalog.pg_proc
		WHERE pronamespace = 'dane'::regnamespace AND provolatile <> 'v'
	LOOP
		EXECUTE format('GRANT %s TO %I', what, role);
	END LOOP;
	EXECUTE format('GRANT SELECT ON dane.migration TO %I', role);
END $$;

COMMENT ON FUNCTION dane.allow_reading IS
	'Let a role read the views, and call what changes nothing.';

CREATE FUNCTION dane.grant_roles(owner name = 'dane_owner',
	writer name = 'dane_writer', worker name = 'dane_worker',
	reader name = 'dane_reader')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	batches constant text[] := '{lease_session,batch_commit,scan_finish}';
	scans constant text[] := '{scan_begin,scan_resume}';
	role name;
BEGIN
	PERFORM dane.make_role(r)
	FROM unnest(ARRAY[owner, writer, worker, reader]) r;
	EXECUTE format('GRANT USAGE, CREATE ON SCHEMA dane TO %I', owner);
	REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA dane FROM PUBLIC;
	PERFORM dane.run_as_owner(batches || scans
		|| '{host_json,changes,change_summary,rollovers}'::text[]);
	FOREACH role IN ARRAY ARRAY[writer, worker, reader] LOOP
		EXECUTE format('GRANT USAGE ON SCHEMA dane TO %I', role);
	END LOOP;
	EXECUTE format('GRANT SELECT ON dane.scans TO %I', writer);
	PERFORM dane.allow(writer, batches || scans),
		dane.allow(worker, batches),
		dane.allow_rows(writer), dane.allow_rows(worker),
		dane.allow_reading(reader);
	PERFORM dane.give_to(owner);
END $$;

COMMENT ON FUNCTION dane.grant_roles IS
	'Four group roles, made where they are missing, and what each may do. '
	'owner: everything; the schema becomes his. writer: begin, resume and '
	'finish scans, list them, and write their rows. worker: claim the lease of a scan, '
	'write its rows and finish it, fenced by its token. reader: the views, '
	'and functions that only read. To be called by a superuser, or by the '
	'owner of the schema who is a member of owner and, where roles are '
	'missing, may create them; again after each upgrade. Login roles become '
	'members with GRANT dane_reader TO somebody.';
