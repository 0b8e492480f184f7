-- What a client that trusts public issuers says of a chain, beside DANE.

ALTER TABLE dane.endpoint_obs
	ADD pkix_error  integer,
	ADD pkix_reason text,
	ADD pkix_name   text;

COMMENT ON COLUMN dane.endpoint_obs.pkix_error IS
	'X509_V_ERR_* of OpenSSL; 0: the chain leads to a public issuer and bears '
	'the host name (RFC 8461 section 4.1). NULL: there was no chain, or no '
	'list of issuers. Changes no class.';
COMMENT ON COLUMN dane.endpoint_obs.pkix_reason IS
	'In a word; the first thing that is wrong, of issuer, name and dates.';
COMMENT ON COLUMN dane.endpoint_obs.pkix_name IS
	'Name in the certificate that fits the host, whatever else is wrong.';

CREATE OR REPLACE VIEW dane.endpoint_results AS
SELECT scan_id, e.host, e.address, e.class, e.reason, e.tls_version, e.cipher,
	e.chain[1] AS leaf_sha256, e.port, e.detail, e.smtp_code, e.tls_group,
	e.tls_key, e.chain, e.match_usage, e.match_selector, e.match_mtype,
	e.match_depth, e.match_name, e.dane_error,
	coalesce(e.flags, '{}') AS flags,
	e.other_version, e.other_cipher, e.other_group, e.other_key,
	e.other_chain, e.pkix_error = 0 AS pkix_ok, e.pkix_error, e.pkix_reason,
	e.pkix_name
FROM dane.host_latest h
JOIN dane.endpoint_obs e USING (scan_id, host, run);

CREATE OR REPLACE FUNCTION dane.endpoint_json(e dane.endpoint_obs)
RETURNS json LANGUAGE sql IMMUTABLE
RETURN json_build_object('address', e.address, 'port', e.port,
	'class', e.class, 'reason', e.reason, 'detail', e.detail,
	'smtp_code', e.smtp_code,
	'tls', dane.tls_json(e.tls_version, e.cipher, e.tls_group, e.tls_key,
		e.chain),
	'tls_other', dane.tls_json(e.other_version, e.other_cipher,
		e.other_group, e.other_key, e.other_chain),
	'match', CASE WHEN e.match_usage IS NOT NULL THEN json_build_object(
		'usage', e.match_usage, 'selector', e.match_selector,
		'mtype', e.match_mtype, 'depth', e.match_depth,
		'name', e.match_name) END,
	'dane_error', e.dane_error, 'min_seclevel', e.min_seclevel,
	'flags', coalesce(e.flags, '{}'),
	'pkix', CASE WHEN e.pkix_error IS NOT NULL THEN json_build_object(
		'ok', e.pkix_error = 0, 'error', e.pkix_error,
		'reason', e.pkix_reason, 'name', e.pkix_name) END);
