-- What changed between two scans, and why; and how hosts changed their keys. All
-- of it from the record, so a measurement that failed is no change. What the
-- observations tell besides (who was scanned, which MX hosts a domain had) is
-- left out where they are gone.

CREATE FUNCTION dane.domain_at(name text, id bigint)
RETURNS TABLE (class text, reason text) LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT s.class, s.reason FROM dane.domain_state s
	WHERE s.domain = name COLLATE "C" AND s.from_scan <= id
	ORDER BY s.from_scan DESC LIMIT 1
$$;

COMMENT ON FUNCTION dane.domain_at IS
	'What the record knew of a domain after a scan.';

CREATE FUNCTION dane.host_at(name text, id bigint)
RETURNS SETOF dane.host_state LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT * FROM dane.host_state s
	WHERE s.host = name COLLATE "C" AND s.from_scan <= id
	ORDER BY s.from_scan DESC LIMIT 1
$$;

COMMENT ON FUNCTION dane.host_at IS 'The same of a host.';

CREATE FUNCTION dane.mx_providers(id bigint)
RETURNS TABLE (domain text, providers text[], hosts text[])
LANGUAGE sql STABLE AS $$
	SELECT m.domain,
		array_agg(DISTINCT coalesce(h.provider, m.host)),
		array_agg(DISTINCT m.host)
	FROM dane.mx_obs m
	JOIN dane.host_obs h ON h.scan_id = id AND h.host = m.host
		AND h.run = m.run
	WHERE m.scan_id = id
	GROUP BY m.domain
$$;

COMMENT ON FUNCTION dane.mx_providers IS
	'The providers and the MX hosts of each domain of a scan.';

CREATE FUNCTION dane.changed_domains(old_scan bigint, new_scan bigint)
RETURNS TABLE (domain text, old_class text, old_reason text, new_class text,
	new_reason text, mx text)
LANGUAGE sql STABLE AS $$
	WITH mx AS MATERIALIZED (
		SELECT o.domain,
			CASE WHEN o.providers <> n.providers THEN 'mx-moved'
				ELSE 'mx-changed' END AS mx
		FROM dane.mx_providers(old_scan) o
		JOIN dane.mx_providers(new_scan) n ON n.domain = o.domain
		WHERE o.hosts <> n.hosts
	), touched AS (
		SELECT s.domain FROM dane.domain_state s
		WHERE s.from_scan > old_scan AND s.from_scan <= new_scan
		UNION
		SELECT m.domain FROM mx m
		JOIN dane.domain_obs d ON d.scan_id = new_scan
			AND d.domain = m.domain
		WHERE m.mx = 'mx-moved' AND d.class <> 'indeterminate'
	)
	SELECT t.domain, o.class, o.reason, n.class, n.reason, m.mx
	FROM touched t
	LEFT JOIN LATERAL dane.domain_at(t.domain, old_scan) o ON true
	LEFT JOIN LATERAL dane.domain_at(t.domain, new_scan) n ON true
	LEFT JOIN mx m ON m.domain = t.domain
	WHERE (o.class, o.reason) IS DISTINCT FROM (n.class, n.reason)
		OR m.mx = 'mx-moved'
	UNION ALL
	SELECT d.domain, o.class, o.reason, NULL, NULL, NULL
	FROM dane.domain_obs d, LATERAL dane.domain_at(d.domain, old_scan) o
	WHERE d.scan_id = old_scan
		AND EXISTS (SELECT FROM dane.domain_obs n WHERE n.scan_id = new_scan)
		AND NOT EXISTS (SELECT FROM dane.domain_obs n
			WHERE n.scan_id = new_scan AND n.domain = d.domain)
		AND d.domain NOT IN (SELECT t.domain FROM touched t)
$$;

COMMENT ON FUNCTION dane.changed_domains IS
	'The domains that changes() tells of, before it says why. mx: the MX hosts '
	'are others, of other providers or not.';

CREATE FUNCTION dane.change_of(old_class text, old_reason text,
	new_class text, new_reason text)
RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN new_class IS NULL THEN 'gone'
	WHEN old_class IS NULL THEN 'appeared'
	WHEN (old_class, old_reason) IS NOT DISTINCT FROM (new_class, new_reason)
		THEN 'moved'
	WHEN new_class = 'broken' AND old_class <> 'broken' THEN 'broke'
	WHEN old_class = 'broken'
		AND new_class IN ('valid', 'partial', 'unusable') THEN 'fixed'
	WHEN old_class IN ('valid', 'partial', 'unusable', 'broken')
		AND new_class IN ('no-dnssec', 'no-tlsa', 'no-mail') THEN 'gone'
	WHEN old_class IN ('no-dnssec', 'no-tlsa', 'no-mail')
		AND new_class IN ('valid', 'partial', 'unusable') THEN 'appeared'
	ELSE 'other' END;

COMMENT ON FUNCTION dane.change_of IS
	'What a change of the verdict is called.';

CREATE FUNCTION dane.dns_failed(reason text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN reason ~ '^(mx|addr|tlsa)-(servfail|timeout|refused|notimp|formerr)$';

COMMENT ON FUNCTION dane.dns_failed IS
	'Is the reason a look-up that failed without proof of forgery?';

CREATE FUNCTION dane.domain_cause(old_class text, old_reason text,
	new_class text, new_reason text)
RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN new_class IS NULL THEN 'not-in-scan'
	WHEN old_class IS NULL THEN 'first-seen'
	WHEN new_class = 'no-mail' AND old_class <> 'no-mail' THEN 'mail-ended'
	WHEN old_class = 'no-mail' AND new_class <> 'no-mail' THEN 'mail-began'
	WHEN new_class = 'no-dnssec' AND old_class <> 'no-dnssec' THEN 'ds-lost'
	WHEN old_class = 'no-dnssec' AND new_class <> 'no-dnssec'
		THEN 'ds-gained'
	WHEN old_reason IS NOT DISTINCT FROM new_reason THEN NULL
	WHEN new_reason LIKE '%-bogus' THEN 'dnssec-broken'
	WHEN old_reason LIKE '%-bogus' THEN 'dnssec-repaired'
	WHEN dane.dns_failed(new_reason) THEN 'dns-broken'
	WHEN dane.dns_failed(old_reason) THEN 'dns-repaired' END;

COMMENT ON FUNCTION dane.domain_cause IS
	'The cause of a change where the verdicts tell it, else NULL.';

CREATE FUNCTION dane.host_cause(domain text, o dane.host_state,
	n dane.host_state)
RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN o.tlsa_sha256 IS DISTINCT FROM n.tlsa_sha256 THEN
		CASE WHEN (o.leaves, o.issuers) <> (n.leaves, n.issuers)
			AND o.tlsa_sha256 IS NOT NULL AND n.tlsa_sha256 IS NOT NULL
			AND o.leaves <> '{}' AND n.leaves <> '{}'
			THEN 'records-and-certificate-changed'
		ELSE CASE WHEN domain = n.provider
				OR right(domain, length(n.provider) + 1)
					= '.' || n.provider
				THEN '' ELSE 'provider-' END
			|| CASE WHEN o.tlsa_sha256 IS NULL THEN 'records-published'
				WHEN n.tlsa_sha256 IS NULL THEN 'records-withdrawn'
				ELSE 'records-changed' END END
	WHEN (o.leaves, o.issuers) <> (n.leaves, n.issuers)
		AND n.leaves <> '{}' AND o.leaves <> '{}'
		THEN 'certificate-changed'
	WHEN (o.class, o.reason) IS DISTINCT FROM (n.class, n.reason)
		THEN 'server-changed' END;

COMMENT ON FUNCTION dane.host_cause IS
	'How a host that a domain has changed; NULL: it did not.';

CREATE FUNCTION dane.changes(old_scan bigint, new_scan bigint)
RETURNS TABLE (domain text, change text, old_class text, old_reason text,
	new_class text, new_reason text, cause text, host text)
LANGUAGE sql STABLE AS $$
	SELECT c.domain,
		dane.change_of(c.old_class, c.old_reason, c.new_class, c.new_reason),
		c.old_class, c.old_reason, c.new_class, c.new_reason,
		coalesce(dane.domain_cause(c.old_class, c.old_reason, c.new_class,
			c.new_reason), c.mx, h.cause, 'unknown'),
		h.host
	FROM dane.changed_domains(old_scan, new_scan) c
	LEFT JOIN LATERAL (
		SELECT m.host, dane.host_cause(c.domain, o, n) AS cause
		FROM dane.mx_obs m
		LEFT JOIN LATERAL dane.host_at(m.host, old_scan) o ON true
		LEFT JOIN LATERAL dane.host_at(m.host, new_scan) n ON true
		WHERE m.domain = c.domain COLLATE "C" AND m.scan_id = CASE
			WHEN c.new_class IS NOT NULL AND EXISTS (
				SELECT FROM dane.mx_obs x WHERE x.scan_id = new_scan
					AND x.domain = c.domain COLLATE "C")
			THEN new_scan ELSE old_scan END
		ORDER BY c.mx IS NOT NULL AND EXISTS (
				SELECT FROM dane.mx_obs x WHERE x.scan_id = old_scan
					AND x.domain = c.domain COLLATE "C"
					AND x.host = m.host),
			dane.host_cause(c.domain, o, n) IS NULL,
			m.class <> 'broken', m.position
		LIMIT 1
	) h ON true
$$;

COMMENT ON FUNCTION dane.changes IS
	'What changed from one scan to a later one: one row a domain. '
	'change: appeared (DANE, or the domain at all), gone (the same), broke, '
	'fixed, moved (same verdict, other MX providers), other. '
	'cause: first-seen (no scan before could tell), not-in-scan, mail-began, '
	'mail-ended, ds-gained, ds-lost, dnssec-broken, dnssec-repaired, '
	'dns-broken, dns-repaired (look-ups fail or no longer do), mx-moved (to '
	'other providers), mx-changed (to other hosts of theirs); then of the host: '
	'certificate-changed (and the records did not), records-changed, '
	'records-published, records-withdrawn, each with provider- before it where '
	'the host is not of the domain itself, records-and-certificate-changed, '
	'server-changed (neither of the two); unknown. '
	'Both scans should be of the same list. Where the observations of one are '
	'gone, not-in-scan, moved and the mx causes cannot be told; where those of '
	'both are, neither can the host.';

CREATE FUNCTION dane.change_summary(old_scan bigint, new_scan bigint)
RETURNS TABLE (change text, cause text, provider text, domains bigint)
LANGUAGE sql STABLE AS $$
	SELECT c.change, c.cause, h.provider, count(*)
	FROM dane.changes(old_scan, new_scan) c
	LEFT JOIN LATERAL dane.host_at(c.host, new_scan) h ON true
	GROUP BY 1, 2, 3
	ORDER BY 4 DESC, 1, 2, 3
$$;

COMMENT ON FUNCTION dane.change_summary IS
	'How many domains changed, by kind of change, cause, and the provider of '
	'the host where there is one: who gained, lost or broke most comes first.';

-- Roll-over

CREATE FUNCTION dane.keys(certificates bytea[]) RETURNS bytea[]
LANGUAGE sql STABLE
RETURN ARRAY(SELECT DISTINCT coalesce(c.spki_sha256, u.sha256)
	FROM unnest(certificates) u(sha256)
	LEFT JOIN dane.certificate c ON c.sha256 = u.sha256 ORDER BY 1);

COMMENT ON FUNCTION dane.keys IS
	'SHA-256 of the public keys of certificates; of one that is not stored: '
	'its own.';

-- The members of a that are not in b; all of a where there are none.
CREATE FUNCTION dane.only_or_all(a bytea[], b bytea[]) RETURNS bytea[]
LANGUAGE sql IMMUTABLE
RETURN coalesce((SELECT array_agg(x) FROM unnest(a) x WHERE x <> ALL (b)), a);

COMMENT ON FUNCTION dane.only_or_all IS
	'Of two sets of certificates, which of the first are worth a look.';

-- RFC 7672 section 3.1: in SMTP only DANE-TA(2) and DANE-EE(3) are of use.
CREATE FUNCTION dane.rrset_matches(rrset bytea, leaves bytea[], issuers bytea[])
RETURNS boolean LANGUAGE sql STABLE
RETURN (SELECT coalesce(bool_and(EXISTS (
		SELECT FROM dane.tlsa_rrsets r,
			dane.described(r.selector, r.mtype, r.data) d
		WHERE r.sha256 = rrset AND (r.usage = 3 AND d = leaf
			OR r.usage = 2 AND d = ANY (issuers)))), false)
	FROM unnest(leaves) leaf);

COMMENT ON FUNCTION dane.rrset_matches IS
	'Does each of the leaf certificates match a TLSA RRset?';

CREATE FUNCTION dane.rrset_uses(rrset bytea, wanted_usage integer,
	wanted_selector integer)
RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM dane.tlsa_rrsets r WHERE r.sha256 = rrset
	AND r.usage = wanted_usage
	AND r.selector = coalesce(wanted_selector, r.selector));

COMMENT ON FUNCTION dane.rrset_uses IS
	'Has a TLSA RRset a record of this usage, and selector where one is given?';

-- p shows the chain before, q the one after; between them the host was measured
-- and had certificates, or nothing can be said.
CREATE FUNCTION dane.key_changes(old_scan bigint, new_scan bigint)
RETURNS TABLE (p dane.host_state, q dane.host_state, seen boolean,
	leaf_changed boolean, issuer_changed boolean)
LANGUAGE sql STABLE AS $$
	SELECT p.row, q, p.seen, c.leaf, c.issuer
	FROM dane.host_state q, LATERAL (
		SELECT s AS row, s.leaves, s.issuers, s.tlsa_sha256,
			NOT EXISTS (SELECT FROM dane.host_state b
				WHERE b.host = q.host AND b.from_scan > s.from_scan
					AND b.from_scan < q.from_scan)
			AND NOT coalesce(upper(s.gaps) = q.from_scan, false) AS seen
		FROM dane.host_state s
		WHERE s.host = q.host AND s.from_scan < q.from_scan
			AND s.leaves <> '{}'
		ORDER BY s.from_scan DESC LIMIT 1
	) p, LATERAL (
		SELECT NOT dane.keys(q.leaves) <@ dane.keys(p.leaves)
				OR NOT q.leaves <@ p.leaves
					AND dane.rrset_uses(p.tlsa_sha256, 3, 0) AS leaf,
			NOT dane.keys(q.issuers) <@ dane.keys(p.issuers)
				OR NOT q.issuers <@ p.issuers
					AND dane.rrset_uses(p.tlsa_sha256, 2, 0) AS issuer
	) c
	WHERE q.from_scan > old_scan AND q.from_scan <= new_scan
		AND q.leaves <> '{}'
		AND q.tlsa_state IN ('usable', 'error')
		AND (c.leaf OR c.issuer)
$$;

COMMENT ON FUNCTION dane.key_changes IS
	'Hosts whose chain has a new key, or a new certificate where the records '
	'are about those: what the host was before and after. seen: nothing lies '
	'between.';

CREATE FUNCTION dane.rollovers(old_scan bigint, new_scan bigint)
RETURNS TABLE (host text, scan_id bigint, outcome text, depth integer,
	before_scan bigint, between_scans interval, ttl bigint, certain boolean)
LANGUAGE sql STABLE AS $$
	SELECT host, scan_id, outcome, depth, before_scan, span, ttl,
		outcome <> 'same-time' OR span <= ttl * interval '2 seconds'
	FROM (
		SELECT (k.q).host, (k.q).from_scan AS scan_id,
			CASE WHEN NOT k.leaf_changed THEN 2
				WHEN NOT k.issuer_changed THEN 1 ELSE 0 END AS depth,
			(k.p).to_scan AS before_scan, t.span, (k.p).tlsa_ttl AS ttl,
			CASE
			WHEN NOT k.seen THEN 'no-data'
			WHEN NOT (k.leaf_changed AND u.ee OR k.issuer_changed AND u.ta)
				THEN 'not-rollover'
			WHEN m.new_before AND m.old_before THEN
				CASE WHEN t.known < (k.p).tlsa_ttl * interval '2 seconds'
					THEN 'late' ELSE 'correct' END
			WHEN m.new_before THEN
				CASE WHEN EXISTS (SELECT FROM dane.host_state e
					WHERE e.host = (k.p).host
						AND e.from_scan < (k.p).from_scan
						AND c.old <@ e.leaves
						AND dane.rrset_matches(e.tlsa_sha256,
							c.old, e.issuers))
					THEN 'early-retirement' END
			WHEN NOT m.old_before THEN NULL
			WHEN m.new_after THEN 'same-time'
			WHEN EXISTS (SELECT FROM dane.host_state l
				WHERE l.host = (k.q).host
					AND l.from_scan > (k.q).from_scan
					AND c.new <@ l.leaves
					AND dane.rrset_matches(l.tlsa_sha256, c.new,
						l.issuers))
				THEN 'late'
			ELSE 'no-introduction' END AS outcome
		FROM dane.key_changes(old_scan, new_scan) k
		CROSS JOIN LATERAL (
			SELECT dane.only_or_all((k.p).leaves, (k.q).leaves) AS old,
				dane.only_or_all((k.q).leaves, (k.p).leaves) AS new
		) c
		CROSS JOIN LATERAL (
			SELECT dane.rrset_matches((k.p).tlsa_sha256, c.new,
					(k.q).issuers) AS new_before,
				dane.rrset_matches((k.p).tlsa_sha256, c.old,
					(k.p).issuers) AS old_before,
				dane.rrset_matches((k.q).tlsa_sha256, c.new,
					(k.q).issuers) AS new_after
		) m
		CROSS JOIN LATERAL (
			SELECT dane.rrset_uses((k.p).tlsa_sha256, 3, NULL)
					OR dane.rrset_uses((k.q).tlsa_sha256, 3, NULL) AS ee,
				dane.rrset_uses((k.p).tlsa_sha256, 2, NULL)
					OR dane.rrset_uses((k.q).tlsa_sha256, 2, NULL) AS ta
		) u
		CROSS JOIN LATERAL (
			SELECT (k.q).first_seen - (k.p).last_seen AS span,
				(k.q).first_seen - min(e.first_seen) AS known
			FROM dane.host_state e
			WHERE e.host = (k.p).host AND e.from_scan <= (k.p).from_scan
				AND dane.rrset_matches(e.tlsa_sha256, c.new,
					(k.q).issuers)
		) t
		WHERE (k.p).tlsa_state = 'usable'
	) judged
	WHERE outcome IS NOT NULL
$$;

COMMENT ON FUNCTION dane.rollovers IS
	'How each change of keys went that a scan after old_scan, up to new_scan, '
	'was the first to see; before_scan was the last to see the old ones. '
	'depth: 0 leaf and issuers changed, 1 leaf only, 2 issuers only. outcome: '
	'correct (before, records for the old and the new were there); '
	'early-retirement (before, those for the old were gone already); late '
	'(those for the new came after it, or less than twice the TTL before); '
	'no-introduction (they have not come); same-time (records and certificates '
	'changed between the same two scans); not-rollover (no record is about '
	'what changed); no-data (the host was not measured in between). Chains '
	'that did not match before are left out. '
	'Scans see no more than the days they were made on: what happened '
	'entirely between two of them is same-time, right or wrong, and certain '
	'only where they are at most twice the TTL apart; a record that came and '
	'went between two is not seen at all. no-introduction becomes late when a '
	'later scan finds the record.';
