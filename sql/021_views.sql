-- All views over the observations, and the records as INTERFACE section 3 has
-- them. What counts rows by words counts codes, and looks up the words of what is
-- left.

CREATE VIEW dane.domain_obs AS
SELECT
	scan_id, line, time, domain, tld, dane.label(class) AS class,
	dane.label(reason) AS reason,
	CASE WHEN reasons IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(reasons) c) END AS reasons,
	dane.label(severity) AS severity, dane.label(half_dane) AS half_dane,
	dane.label(mx_status) AS mx_status, dane.label(mx_trust) AS mx_trust,
	mx_why, mx_ttl, mx_alias, implicit,
	CASE WHEN lint IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(lint) c) END AS lint,
	CASE WHEN flags IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(flags) c) END AS flags,
	tags, servers, passes, input, mx_algorithm, mx_sig_expires, extras,
	dane.label(refused) AS refused, mx_sig_begins,
	CASE WHEN facts IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(facts) c) END AS facts
FROM dane.domain_row;

COMMENT ON VIEW dane.domain_obs IS
	'One row a scan and domain: the MX look-up and the verdict.';

CREATE VIEW dane.mx_obs AS
SELECT
	scan_id, domain, position, preference, host, run,
	dane.label(class) AS class, dane.label(reason) AS reason,
	CASE WHEN flags IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(flags) c) END AS flags,
	view
FROM dane.mx_row;

COMMENT ON VIEW dane.mx_obs IS
	'One row a domain and exchange: the link to the host and the host''s '
	'verdict as this domain sees it.';

CREATE VIEW dane.host_obs AS
SELECT
	scan_id, run, host, provider, base, alias, dane.label(class) AS class,
	dane.label(reason) AS reason, dane.label(a_status) AS a_status,
	dane.label(a_trust) AS a_trust, a_why, a_ttl,
	dane.label(aaaa_status) AS aaaa_status,
	dane.label(aaaa_trust) AS aaaa_trust, aaaa_why, aaaa_ttl,
	dane.label(tlsa_state) AS tlsa_state,
	dane.label(tlsa_status) AS tlsa_status,
	dane.label(tlsa_trust) AS tlsa_trust, tlsa_why, tlsa_ttl, tlsa_alias,
	CASE WHEN flags IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(flags) c) END AS flags,
	servers, tlsa_algorithm, tlsa_sig_expires, extras, time,
	dane.label(refused) AS refused,
	dane.label(cname_status) AS cname_status,
	dane.label(cname_trust) AS cname_trust, cname_why, tlsa_sig_begins,
	CASE WHEN facts IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(facts) c) END AS facts
FROM dane.host_row;

COMMENT ON VIEW dane.host_obs IS
	'One row a scan and MX host: its look-ups and its verdict.';

CREATE VIEW dane.endpoint_obs AS
SELECT
	scan_id, run, host, position, address, port, dane.label(class) AS class,
	dane.label(reason) AS reason, detail, smtp_code, tls_version, cipher,
	tls_group, tls_key, chain, match_usage, match_selector, match_mtype,
	match_depth, match_name, dane_error,
	CASE WHEN flags IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(flags) c) END AS flags,
	other_version, other_cipher, other_group, other_key, other_chain,
	min_seclevel, pkix_error, dane.label(pkix_reason) AS pkix_reason,
	pkix_name, said, dane.label(phase) AS phase,
	dane.label(failure) AS failure, attempts, elapsed_ms,
	CASE WHEN facts IS NOT NULL THEN
		ARRAY(SELECT dane.label(c) FROM unnest(facts) c) END AS facts
FROM dane.endpoint_row;

COMMENT ON VIEW dane.endpoint_obs IS
	'One row a host and address: the SMTP and TLS conversation.';

CREATE VIEW dane.tlsa_obs AS
SELECT
	scan_id, run, host, position, usage, selector, mtype, data, usable,
	dane.label(why) AS why, match, depth, dane.label(hint) AS hint,
	dane.label(history_hint) AS history_hint, short_rdata
FROM dane.tlsa_row;

COMMENT ON VIEW dane.tlsa_obs IS
	'One row a host and TLSA record, as published, and what it matched.';

-- What columns mean, as with the tables.
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT v.oid::regclass AS view, a.attname,
				col_description(t.oid, b.attnum) AS words
			FROM pg_class v
			JOIN pg_class t ON t.relnamespace = v.relnamespace
				AND t.relname = replace(v.relname, '_obs', '_row')
			JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0
			JOIN pg_attribute b ON b.attrelid = t.oid
				AND b.attname = a.attname
			WHERE v.relnamespace = 'dane'::regnamespace
				AND v.relname LIKE '%\_obs' LOOP
		IF r.words IS NOT NULL THEN
			EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', r.view,
				r.attname, r.words);
		END IF;
	END LOOP;
END $$;

-- Domains

CREATE VIEW dane.domain_results AS
SELECT scan_id, domain, tld, class, reason, severity, half_dane, time,
	coalesce(reasons, array_remove(ARRAY[reason], NULL)) AS reasons,
	coalesce(lint, '{}') AS lint, coalesce(flags, '{}') AS flags,
	coalesce(tags, '{}') AS tags, line,
	mx_status, mx_trust, mx_why, mx_ttl, mx_alias, implicit, passes,
	input, mx_algorithm, mx_sig_expires
FROM dane.domain_obs;

COMMENT ON VIEW dane.domain_results IS 'One row a scan and domain.';

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

CREATE VIEW dane.domain_tags AS
SELECT d.scan_id, d.domain, t.key COLLATE "C" AS tag, t.value COLLATE "C" AS value
FROM dane.domain_row d, jsonb_each_text(d.tags) t
WHERE d.tags IS NOT NULL;

COMMENT ON VIEW dane.domain_tags IS
	'One row a scan, domain and column of the input beside the domain, such as '
	'its registrar or sector.';

-- Hosts

CREATE VIEW dane.host_latest AS
SELECT DISTINCT ON (scan_id, host) *
FROM dane.host_obs
ORDER BY scan_id, host, run DESC;

COMMENT ON VIEW dane.host_latest IS
	'Each host of a scan as it was examined last.';

CREATE VIEW dane.host_results AS
SELECT h.scan_id, h.host, h.base, h.provider, h.class, h.reason, h.tlsa_state,
	coalesce(m.domains, 0) AS domains, h.alias,
	h.a_status, h.a_trust, h.a_why, h.aaaa_status, h.aaaa_trust, h.aaaa_why,
	h.tlsa_status, h.tlsa_trust, h.tlsa_why, h.tlsa_ttl,
	coalesce(h.flags, '{}') AS flags
FROM dane.host_latest h
LEFT JOIN (
	SELECT scan_id, host, count(DISTINCT domain) AS domains
	FROM dane.mx_obs GROUP BY scan_id, host
) m ON m.scan_id = h.scan_id AND m.host = h.host;

COMMENT ON VIEW dane.host_results IS
	'One row a scan and MX host. domains: how many of the scan name it.';

CREATE VIEW dane.endpoint_results AS
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

COMMENT ON VIEW dane.endpoint_results IS 'One row a host and address.';

CREATE VIEW dane.tlsa_records AS
SELECT scan_id, t.host, t.usage, t.selector, t.mtype, t.data, h.tlsa_ttl AS ttl,
	t.usable, t.match, coalesce(t.hint, t.history_hint) AS hint, t.why, t.depth,
	h.base
FROM dane.host_latest h
JOIN dane.tlsa_obs t USING (scan_id, host, run);

COMMENT ON VIEW dane.tlsa_records IS 'One row a host and TLSA record.';

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

-- Both

CREATE VIEW dane.signatures AS
SELECT scan_id, domain, NULL::text AS host, 'MX' AS type, mx_trust AS trust,
	mx_algorithm AS algorithm, mx_sig_expires AS expires
FROM dane.domain_obs WHERE mx_algorithm IS NOT NULL
UNION ALL
SELECT scan_id, NULL, host, 'TLSA', tlsa_trust, tlsa_algorithm, tlsa_sig_expires
FROM (
	SELECT DISTINCT ON (scan_id, host) scan_id, host, tlsa_trust,
		tlsa_algorithm, tlsa_sig_expires
	FROM dane.host_obs ORDER BY scan_id, host, run DESC
) h WHERE tlsa_algorithm IS NOT NULL;

COMMENT ON VIEW dane.signatures IS
	'One row a signed MX RRset of a domain, and a signed TLSA RRset of a host. '
	'Algorithms 5 and 7 are SHA-1, which RFC 9905 wants treated as unsigned.';

CREATE VIEW dane.server_results AS
SELECT h.scan_id, NULL::text AS domain, h.host, s.name, s.address, s.type,
	s.outcome, s.serial
FROM (
	SELECT DISTINCT ON (scan_id, host) scan_id, host, servers
	FROM dane.host_obs ORDER BY scan_id, host, run DESC
) h, json_to_recordset(h.servers)
	AS s(name text, address text, type text, outcome text, serial bigint)
UNION ALL
SELECT d.scan_id, d.domain, NULL, s.name, s.address, s.type, s.outcome,
	s.serial
FROM dane.domain_obs d, json_to_recordset(d.servers)
	AS s(name text, address text, type text, outcome text, serial bigint);

COMMENT ON VIEW dane.server_results IS
	'One row a doubtful look-up, of a domain or of a host, and server of its '
	'zone.';

CREATE VIEW dane.broken AS
SELECT d.scan_id, d.domain, d.severity, d.reason, m.host, m.preference,
	m.reason AS host_reason, e.address, e.reason AS endpoint_reason, e.detail,
	coalesce(h.tlsa_why, h.a_why, h.aaaa_why, d.mx_why) AS why,
	d.time
FROM dane.domain_obs d
LEFT JOIN dane.mx_obs m ON m.scan_id = d.scan_id AND m.domain = d.domain
	AND m.class = 'broken'
LEFT JOIN dane.host_obs h ON h.scan_id = m.scan_id AND h.host = m.host
	AND h.run = m.run
LEFT JOIN LATERAL (
	SELECT o.address, o.reason, o.detail
	FROM dane.endpoint_obs o
	WHERE m.view IS NULL AND o.class = 'fail'
		AND o.scan_id = m.scan_id AND o.host = m.host AND o.run = m.run
	UNION ALL
	SELECT v.address, v.reason, v.detail
	FROM json_to_recordset(m.view -> 'endpoints')
		AS v(address text, class text, reason text, detail text)
	WHERE v.class = 'fail'
) e ON true
WHERE d.class = 'broken';

COMMENT ON VIEW dane.broken IS
	'What an operator must be told: each broken domain with each broken host '
	'and address as that domain sees it.';

-- Summaries

CREATE VIEW dane.summary AS
SELECT scan_id, dane.label(class) AS class, dane.label(reason) AS reason, domains
FROM (
	SELECT scan_id, class, reason, count(*) AS domains
	FROM dane.domain_row
	GROUP BY scan_id, class, reason
) d
UNION ALL
SELECT scan_id, class, reason, value
FROM dane.pruned_domains WHERE dimension = 'all';

COMMENT ON VIEW dane.summary IS 'Domains of a scan by class and reason.';

CREATE VIEW dane.summary_by_tag AS
SELECT scan_id, tag, value, dane.label(class) AS class,
	dane.label(reason) AS reason, domains
FROM (
	SELECT d.scan_id, t.key COLLATE "C" AS tag, t.value COLLATE "C" AS value,
		d.class, d.reason, count(*) AS domains
	FROM dane.domain_row d, jsonb_each_text(d.tags) t
	WHERE d.tags IS NOT NULL
	GROUP BY d.scan_id, t.key COLLATE "C", t.value COLLATE "C", d.class,
		d.reason
) d
UNION ALL
SELECT scan_id, substr(dimension, 5) COLLATE "C", key, class, reason, value
FROM dane.pruned_domains WHERE dimension LIKE 'tag:%';

COMMENT ON VIEW dane.summary_by_tag IS
	'Domains of a scan by class and reason, for each value of each tag. A '
	'domain counts once for each of its tags. Of a scan whose observations '
	'are gone: the tags that have figures.';

CREATE VIEW dane.summary_by_tld AS
SELECT scan_id, tld, dane.label(class) AS class, dane.label(reason) AS reason,
	domains
FROM (
	SELECT scan_id, tld, class, reason, count(*) AS domains
	FROM dane.domain_row
	GROUP BY scan_id, tld, class, reason
) d
UNION ALL
SELECT scan_id, key, class, reason, value
FROM dane.pruned_domains WHERE dimension = 'tld';

COMMENT ON VIEW dane.summary_by_tld IS
	'Domains of a scan by class and reason, for each top-level domain.';

CREATE VIEW dane.summary_by_provider AS
SELECT scan_id, provider, dane.label(class) AS class,
	dane.label(reason) AS reason, domains
FROM (
	SELECT p.scan_id, p.provider, d.class, d.reason, count(*) AS domains
	FROM (
		SELECT DISTINCT m.scan_id, m.domain, h.provider
		FROM dane.mx_row m
		JOIN dane.host_row h ON h.scan_id = m.scan_id AND h.host = m.host
			AND h.run = m.run
		WHERE h.provider IS NOT NULL
	) p
	JOIN dane.domain_row d ON d.scan_id = p.scan_id AND d.domain = p.domain
	GROUP BY p.scan_id, p.provider, d.class, d.reason
) d
UNION ALL
SELECT scan_id, key, class, reason, value
FROM dane.pruned_domains WHERE dimension = 'provider';

COMMENT ON VIEW dane.summary_by_provider IS
	'Domains of a scan by class and reason, for each provider that one of '
	'their MX hosts belongs to. A domain counts once for each of its '
	'providers. Of a scan whose observations are gone: the largest providers.';

-- Records. These functions take rows of the tables: a view would look up every
-- word of a row each time.

CREATE FUNCTION dane.endpoint_json(e dane.endpoint_row)
RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('address', e.address, 'port', e.port,
	'class', dane.label(e.class), 'reason', dane.label(e.reason),
	'detail', e.detail, 'smtp_code', e.smtp_code,
	'tls', dane.tls_json(e.tls_version, e.cipher, e.tls_group, e.tls_key,
		e.chain),
	'tls_other', dane.tls_json(e.other_version, e.other_cipher,
		e.other_group, e.other_key, e.other_chain),
	'match', CASE WHEN e.match_usage IS NOT NULL THEN json_build_object(
		'usage', e.match_usage, 'selector', e.match_selector,
		'mtype', e.match_mtype, 'depth', e.match_depth,
		'name', e.match_name) END,
	'dane_error', e.dane_error, 'min_seclevel', e.min_seclevel,
	'flags', coalesce(dane.labels(e.flags), '{}'),
	'pkix', CASE WHEN e.pkix_error IS NOT NULL THEN json_build_object(
		'ok', e.pkix_error = 0, 'error', e.pkix_error,
		'reason', dane.label(e.pkix_reason), 'name', e.pkix_name) END);

COMMENT ON FUNCTION dane.endpoint_json IS 'One of a host''s "endpoints".';

CREATE FUNCTION dane.tlsa_json(t dane.tlsa_row)
RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('usage', t.usage, 'selector', t.selector,
	'mtype', t.mtype, 'data', encode(t.data, 'hex'), 'usable', t.usable,
	'why', dane.label(t.why), 'match', t.match, 'depth', t.depth,
	'hint', dane.label(t.hint));

COMMENT ON FUNCTION dane.tlsa_json IS 'One of the "records" of "tlsa".';

CREATE FUNCTION dane.host_json(preference integer, h dane.host_row)
RETURNS json LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('host', h.host, 'preference', preference,
	'class', dane.label(h.class), 'reason', dane.label(h.reason),
	'base', h.base, 'alias', h.alias,
	'a', dane.lookup_json(dane.label(h.a_status), dane.label(h.a_trust),
		h.a_why),
	'aaaa', dane.lookup_json(dane.label(h.aaaa_status),
		dane.label(h.aaaa_trust), h.aaaa_why),
	'tlsa', json_build_object('state', dane.label(h.tlsa_state),
		'status', dane.label(h.tlsa_status),
		'trust', dane.label(h.tlsa_trust), 'why', h.tlsa_why,
		'ttl', h.tlsa_ttl, 'algorithm', h.tlsa_algorithm,
		'sig_expires', dane.time_json(h.tlsa_sig_expires),
		'records', ARRAY(SELECT dane.tlsa_json(t) FROM dane.tlsa_row t
			WHERE t.scan_id = h.scan_id AND t.host = h.host
				AND t.run = h.run ORDER BY t.position)),
	'endpoints', ARRAY(SELECT dane.endpoint_json(e) FROM dane.endpoint_row e
		WHERE e.scan_id = h.scan_id AND e.host = h.host
			AND e.run = h.run ORDER BY e.position),
	'servers', coalesce(h.servers, '[]'), 'extras', h.extras);

COMMENT ON FUNCTION dane.host_json IS 'One of the "hosts" of a record.';

-- The exchanges of all domains are brought together first: that is one pass while
-- a scan runs and has no indexes, and a look-up for one domain when it has.
CREATE VIEW dane.records AS
SELECT d.scan_id, d.line, d.domain, json_build_object('schema', 1,
	'scan', s.label, 'time', dane.time_json(d.time),
	'line', d.line, 'domain', d.domain, 'input', d.input,
	'class', dane.label(d.class), 'reason', dane.label(d.reason),
	'reasons', coalesce(dane.labels(d.reasons),
		array_remove(ARRAY[dane.label(d.reason)], NULL)),
	'severity', dane.label(d.severity),
	'half_dane', dane.label(d.half_dane), 'passes', d.passes,
	'mx', json_build_object('status', dane.label(d.mx_status),
		'trust', dane.label(d.mx_trust), 'why', d.mx_why,
		'ttl', d.mx_ttl, 'algorithm', d.mx_algorithm,
		'sig_expires', dane.time_json(d.mx_sig_expires),
		'alias', d.mx_alias, 'implicit', d.implicit,
		'servers', coalesce(d.servers, '[]')),
	'hosts', ARRAY(
		SELECT coalesce(m.view, dane.host_json(m.preference, h))
		FROM unnest(x.exchanges) m
		LEFT JOIN dane.host_row h ON h.scan_id = d.scan_id
			AND h.host = m.host AND h.run = m.run
		ORDER BY m.position),
	'extras', d.extras,
	'lint', coalesce(dane.labels(d.lint), '{}'),
	'flags', coalesce(dane.labels(d.flags), '{}'),
	'tags', coalesce(d.tags, '{}')) AS record
FROM dane.domain_row d
JOIN dane.scan s USING (scan_id)
LEFT JOIN (
	SELECT scan_id, domain, array_agg(m) AS exchanges
	FROM dane.mx_row m GROUP BY scan_id, domain
) x ON x.scan_id = d.scan_id AND x.domain = d.domain;

COMMENT ON VIEW dane.records IS
	'The record of each domain, as the scanner writes it to NDJSON.';
