-- What further look-ups found (--extras).

ALTER TABLE dane.domain_obs ADD COLUMN extras json;
ALTER TABLE dane.host_obs ADD COLUMN extras json;

COMMENT ON COLUMN dane.domain_obs.extras IS
	'The "extras" of the record: policy records, name servers, DNSSEC '
	'parameters of the zone; NULL: not asked for.';
COMMENT ON COLUMN dane.host_obs.extras IS
	'The same of a host: denial of existence around the TLSA records, TLSA '
	'at other ports.';

-- The distinct values that records of an array have for one member, in order.
CREATE FUNCTION dane.distinct_numbers(records json, member text)
RETURNS integer[] LANGUAGE sql IMMUTABLE
RETURN ARRAY(SELECT DISTINCT (r ->> member)::integer
	FROM json_array_elements(records) r ORDER BY 1);

COMMENT ON FUNCTION dane.distinct_numbers IS
	'For views: the values of one member of an array of JSON objects.';

CREATE VIEW dane.domain_extras AS
SELECT d.scan_id, d.domain, d.tld,
	coalesce(x #>> '{ns,zone}', x #>> '{ds,zone}') AS zone,
	x #>> '{mta_sts,status}' AS mta_sts_status,
	x #>> '{mta_sts,trust}' AS mta_sts_trust,
	x #>> '{mta_sts,state}' AS mta_sts,
	x #>> '{mta_sts,id}' AS mta_sts_id,
	x #>> '{tlsrpt,status}' AS tlsrpt_status,
	x #>> '{tlsrpt,trust}' AS tlsrpt_trust,
	x #>> '{tlsrpt,state}' AS tlsrpt,
	x #>> '{tlsrpt,rua}' AS tlsrpt_rua,
	x #>> '{ns,status}' AS ns_status,
	x #>> '{ns,trust}' AS ns_trust,
	CASE WHEN x #> '{ns,servers}' IS NOT NULL THEN
		ARRAY(SELECT json_array_elements_text(x #> '{ns,servers}')) END AS ns,
	x #>> '{ns,operator}' AS ns_operator,
	x #>> '{ds,ds,status}' AS ds_status,
	x #>> '{ds,ds,trust}' AS ds_trust,
	CASE WHEN x #> '{ds,ds}' IS NOT NULL THEN dane.distinct_numbers(
		x #> '{ds,ds,records}', 'algorithm') END AS ds_algorithms,
	CASE WHEN x #> '{ds,ds}' IS NOT NULL THEN dane.distinct_numbers(
		x #> '{ds,ds,records}', 'digest_type') END AS ds_digest_types,
	CASE WHEN x #> '{ds,ds}' IS NOT NULL THEN dane.distinct_numbers(
		x #> '{ds,ds,records}', 'tag') END AS ds_tags,
	x #>> '{ds,dnskey,status}' AS dnskey_status,
	x #>> '{ds,dnskey,trust}' AS dnskey_trust,
	CASE WHEN x #> '{ds,dnskey}' IS NOT NULL THEN dane.distinct_numbers(
		x #> '{ds,dnskey,records}', 'algorithm') END AS dnskey_algorithms,
	(x #>> '{ds,nsec3,iterations}')::integer AS nsec3_iterations,
	(x #>> '{ds,nsec3,salt_length}')::integer AS nsec3_salt_length,
	(x #>> '{ds,nsec3,opt_out}')::boolean AS nsec3_opt_out
FROM (
	SELECT scan_id, domain, tld, extras AS x
	FROM dane.domain_obs WHERE extras IS NOT NULL
) d;

COMMENT ON VIEW dane.domain_extras IS
	'One row a scan and domain that was looked further into. Columns of what '
	'was not asked for are NULL; nsec3_*: also where the zone uses NSEC.';

CREATE VIEW dane.host_extras AS
SELECT h.scan_id, h.host, h.provider,
	x #>> '{denial,parent,status}' AS parent_status,
	x #>> '{denial,parent,trust}' AS parent_trust,
	x #>> '{denial,owner,status}' AS owner_status,
	x #>> '{denial,owner,trust}' AS owner_trust,
	CASE WHEN x #> '{denial,servers}' IS NOT NULL THEN
		ARRAY(SELECT DISTINCT s ->> 'outcome'
			FROM json_array_elements(x #> '{denial,servers}') s
			ORDER BY 1) END AS server_outcomes,
	CASE WHEN json_typeof(x -> 'ports') = 'array' THEN
		ARRAY(SELECT (p ->> 'port')::integer
			FROM json_array_elements(x -> 'ports') p
			WHERE p ->> 'status' = 'data' AND p ->> 'trust' = 'secure'
			ORDER BY 1) END AS tlsa_ports
FROM (
	SELECT DISTINCT ON (scan_id, host) scan_id, host, provider, extras AS x
	FROM dane.host_obs ORDER BY scan_id, host, run DESC
) h
WHERE x IS NOT NULL;

COMMENT ON VIEW dane.host_extras IS
	'One row a scan and MX host that was looked further into. parent, owner: '
	'_tcp and _25._tcp of the TLSA base domain, asked for an address; '
	'tlsa_ports: other ports with secure TLSA records.';

CREATE OR REPLACE FUNCTION dane.host_json(preference integer, h dane.host_obs)
RETURNS json LANGUAGE sql STABLE
RETURN json_build_object('host', h.host, 'preference', preference,
	'class', h.class, 'reason', h.reason, 'base', h.base, 'alias', h.alias,
	'a', dane.lookup_json(h.a_status, h.a_trust, h.a_why),
	'aaaa', dane.lookup_json(h.aaaa_status, h.aaaa_trust, h.aaaa_why),
	'tlsa', json_build_object('state', h.tlsa_state, 'status', h.tlsa_status,
		'trust', h.tlsa_trust, 'why', h.tlsa_why, 'ttl', h.tlsa_ttl,
		'algorithm', h.tlsa_algorithm,
		'sig_expires', dane.time_json(h.tlsa_sig_expires),
		'records', ARRAY(SELECT dane.tlsa_json(t) FROM dane.tlsa_obs t
			WHERE t.scan_id = h.scan_id AND t.host = h.host
				AND t.run = h.run ORDER BY t.position)),
	'endpoints', ARRAY(SELECT dane.endpoint_json(e) FROM dane.endpoint_obs e
		WHERE e.scan_id = h.scan_id AND e.host = h.host
			AND e.run = h.run ORDER BY e.position),
	'servers', coalesce(h.servers, '[]'), 'extras', h.extras);

CREATE OR REPLACE VIEW dane.records AS
SELECT d.scan_id, d.line, d.domain, json_build_object('schema', 1,
	'scan', s.label, 'time', dane.time_json(d.time),
	'line', d.line, 'domain', d.domain, 'input', d.input,
	'class', d.class, 'reason', d.reason,
	'reasons', coalesce(d.reasons, array_remove(ARRAY[d.reason], NULL)),
	'severity', d.severity, 'half_dane', d.half_dane, 'passes', d.passes,
	'mx', json_build_object('status', d.mx_status, 'trust', d.mx_trust,
		'why', d.mx_why, 'ttl', d.mx_ttl, 'algorithm', d.mx_algorithm,
		'sig_expires', dane.time_json(d.mx_sig_expires),
		'alias', d.mx_alias, 'implicit', d.implicit,
		'servers', coalesce(d.servers, '[]')),
	'hosts', ARRAY(
		SELECT coalesce(m.view, dane.host_json(m.preference, h))
		FROM dane.mx_obs m
		LEFT JOIN dane.host_obs h ON h.scan_id = m.scan_id
			AND h.host = m.host AND h.run = m.run
		WHERE m.scan_id = d.scan_id AND m.domain = d.domain
		ORDER BY m.position),
	'extras', d.extras,
	'lint', coalesce(d.lint, '{}'), 'flags', coalesce(d.flags, '{}'),
	'tags', coalesce(d.tags, '{}')) AS record
FROM dane.domain_obs d
JOIN dane.scan s USING (scan_id);
