-- Evidence for what does not match: the records that are published, and what one
-- for the server's present key would be. Who gets a notice can compare them with
-- his zone and his server. The view is in 045_registry_cost.sql.

CREATE FUNCTION dane.tlsa_text(usage integer, selector integer, mtype integer,
	data bytea)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('%s %s %s %s', usage, selector, mtype, CASE
	WHEN length(data) > 64 THEN encode(substr(data, 1, 32), 'hex') || '...'
	ELSE encode(data, 'hex') END);

COMMENT ON FUNCTION dane.tlsa_text IS
	'A TLSA record as a zone file has it, long data cut short.';

COMMENT ON FUNCTION dane.registry_broken IS
	'The broken domains of a zone, a row each broken host and address, for who '
	'has to be told. cause, remedy: codes of danescan explain; evidence: the '
	'words of the server, the library or the validator; of a mismatch the '
	'records that are published, and what one for the server''s key would be. '
	'first_seen: broken without interruption since. It needs the observations '
	'of the scan.';
