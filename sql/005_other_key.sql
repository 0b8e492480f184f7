-- What a mail server shows to a client that wants a key of the other kind.

ALTER TABLE dane.endpoint_obs
	ADD other_version text,
	ADD other_cipher  text,
	ADD other_group   text,
	ADD other_key     text,
	ADD other_chain   bytea[];

COMMENT ON COLUMN dane.endpoint_obs.other_version IS
	'NULL, as all of other_*: the server has no certificate with a key of '
	'the other kind, RSA or ECDSA. With the flag sni-fatal or sni-other: '
	'what it shows to clients that give no server name.';
COMMENT ON COLUMN dane.endpoint_obs.other_chain IS
	'SHA-256 of each certificate as sent, leaf first: dane.certificate.';

CREATE OR REPLACE VIEW dane.endpoint_results AS
SELECT scan_id, e.host, e.address, e.class, e.reason, e.tls_version, e.cipher,
	e.chain[1] AS leaf_sha256, e.port, e.detail, e.smtp_code, e.tls_group,
	e.tls_key, e.chain, e.match_usage, e.match_selector, e.match_mtype,
	e.match_depth, e.match_name, e.dane_error,
	coalesce(e.flags, '{}') AS flags,
	e.other_version, e.other_cipher, e.other_group, e.other_key,
	e.other_chain
FROM dane.host_latest h
JOIN dane.endpoint_obs e USING (scan_id, host, run);

CREATE FUNCTION dane.tls_json(version text, cipher text, tls_group text,
	tls_key text, chain bytea[])
RETURNS json LANGUAGE sql IMMUTABLE
RETURN CASE WHEN version IS NOT NULL THEN json_build_object(
	'version', version, 'cipher', cipher, 'group', tls_group,
	'key', tls_key, 'chain', ARRAY(
		SELECT encode(c, 'hex')
		FROM unnest(chain) WITH ORDINALITY u(c, i) ORDER BY i)) END;

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
	'dane_error', e.dane_error, 'flags', coalesce(e.flags, '{}'));
