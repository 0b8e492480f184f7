-- Roles again, with what a fleet calls.

CREATE FUNCTION dane.member_functions() RETURNS text[] LANGUAGE sql IMMUTABLE
RETURN '{lease_session,batch_commit,scan_finish,scan_join,member_turn,
	member_named,member_shares,member_news,chunk_claim,hosts_claim,
	hosts_put_off,addresses_claim,addresses_release,index_scan}'::text[];

COMMENT ON FUNCTION dane.member_functions IS
	'What every member of a fleet calls.';

CREATE FUNCTION dane.loader_functions() RETURNS text[] LANGUAGE sql IMMUTABLE
RETURN '{scan_begin,scan_resume,chunk_load,chunks_publish,opt_out}'::text[];

COMMENT ON FUNCTION dane.loader_functions IS
	'What a scanner calls besides that has the list; and opt_out.';

CREATE OR REPLACE FUNCTION dane.grant_roles(owner name = 'dane_owner',
	writer name = 'dane_writer', worker name = 'dane_worker',
	reader name = 'dane_reader')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	role name;
BEGIN
	PERFORM dane.make_role(r)
	FROM unnest(ARRAY[owner, writer, worker, reader]) r;
	EXECUTE format('GRANT USAGE, CREATE ON SCHEMA dane TO %I', owner);
	REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA dane FROM PUBLIC;
	PERFORM dane.run_as_owner(dane.member_functions()
		|| dane.loader_functions()
		|| '{host_json,changes,change_summary,rollovers}'::text[]);
	FOREACH role IN ARRAY ARRAY[writer, worker, reader] LOOP
		EXECUTE format('GRANT USAGE ON SCHEMA dane TO %I', role);
	END LOOP;
	EXECUTE format('GRANT SELECT ON dane.scans, dane.members, dane.progress '
		'TO %I', writer);
	EXECUTE format('GRANT SELECT ON dane.running_scans, dane.progress TO %I',
		worker);
	PERFORM dane.allow(writer,
			dane.member_functions() || dane.loader_functions()),
		dane.allow(worker, dane.member_functions()),
		dane.allow_rows(writer), dane.allow_rows(worker),
		dane.allow_reading(reader);
	PERFORM dane.give_to(owner);
END $$;

COMMENT ON FUNCTION dane.grant_roles IS
	'Four group roles, made where they are missing, and what each may do. '
	'owner: everything; the schema becomes his. writer: begin, resume and '
	'finish scans, load their lists, list them, write their rows, and add '
	'opt-outs. worker: join a running scan, claim its chunks, hosts and '
	'addresses, write its rows and finish it, fenced by its token. reader: the '
	'views, and functions that only read. To be called by a superuser, or by the '
	'owner of the schema who is a member of owner and, where roles are '
	'missing, may create them; again after each upgrade. Login roles become '
	'members with GRANT dane_reader TO somebody.';
