-- A host, or domain, with records of several causes counts once in a column that
-- has all of these; and of a provider all broken domains tell whether it is new
-- among those that fail, whatever broke them.

CREATE FUNCTION dane.incorrect_column(cause text, kind text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN cause = 'ta-present-not-in-path' THEN 'wrong_chain'
	WHEN cause IN ('digest-of-leaf', 'usage2-on-leaf') THEN 'usage2'
	WHEN cause IN ('digest-of-issuer', 'usage3-on-ca') THEN 'usage3'
	WHEN cause ~ '^(unknown|private)-' THEN 'undefined'
	WHEN cause = 'digest-of-other-selector' THEN 'selector'
	WHEN cause = 'digest-of-other-mtype' THEN 'matching_type'
	WHEN kind = 'mismatch' THEN 'mismatch' END;

COMMENT ON FUNCTION dane.incorrect_column IS
	'The column of u20_incorrect for a cause and kind of report_mismatch_causes; '
	'NULL: none.';

CREATE FUNCTION dane.report_incorrect_groups() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO pg_temp.seen_group (name, keys, h)
	SELECT DISTINCT 'u20_incorrect', ARRAY[place], h
	FROM pg_temp.seen_record, dane.incorrect_column(
		CASE WHEN usable THEN hint ELSE why END,
		CASE WHEN usable THEN 'mismatch' END) place
	WHERE (NOT usable OR NOT match AND class = 'broken') AND place IS NOT NULL;
END $$;

COMMENT ON FUNCTION dane.report_incorrect_groups IS
	'For the figures: hosts by the columns of u20_incorrect.';

-- Of scans that were complete before this: a column of one cause is known.
CREATE OR REPLACE VIEW dane.u20_incorrect AS
SELECT s.scan_id, u.unit,
	(SELECT sum(p.unseen) FROM dane.report_tlsa_parameters p
		WHERE p.scan_id = s.scan_id AND u.unit = 'records') AS no_data,
	CASE WHEN bool_or(place = 'wrong_chain') THEN max(n) FILTER (WHERE place = 'wrong_chain')
		ELSE 0 END AS wrong_chain,
	CASE WHEN bool_or(place = 'usage2') THEN max(n) FILTER (WHERE place = 'usage2')
		ELSE 0 END AS usage2,
	CASE WHEN bool_or(place = 'usage3') THEN max(n) FILTER (WHERE place = 'usage3')
		ELSE 0 END AS usage3,
	CASE WHEN bool_or(place = 'undefined') THEN max(n) FILTER (WHERE place = 'undefined')
		ELSE 0 END AS undefined,
	CASE WHEN bool_or(place = 'selector') THEN max(n) FILTER (WHERE place = 'selector')
		ELSE 0 END AS selector,
	CASE WHEN bool_or(place = 'matching_type') THEN max(n) FILTER (WHERE place = 'matching_type')
		ELSE 0 END AS matching_type,
	CASE WHEN bool_or(place = 'mismatch') THEN max(n) FILTER (WHERE place = 'mismatch')
		ELSE 0 END AS mismatch
FROM dane.report_scans s
CROSS JOIN (VALUES ('records'), ('hosts'), ('domains')) u(unit)
LEFT JOIN LATERAL (
	SELECT place, CASE u.unit WHEN 'records' THEN sum(m.records)
		WHEN 'hosts' THEN coalesce(max(t.hosts),
			CASE count(*) WHEN 1 THEN max(m.hosts) END)
		ELSE coalesce(max(t.domains),
			CASE count(*) WHEN 1 THEN max(m.domains) END) END AS n
	FROM dane.report_mismatch_causes m
	CROSS JOIN dane.incorrect_column(m.cause, m.kind) place
	LEFT JOIN dane.tally t ON t.scan_id = m.scan_id
		AND t.name = 'u20_incorrect' AND t.keys = ARRAY[place]
	WHERE m.scan_id = s.scan_id AND m.kind <> 'spare'
		AND place IS NOT NULL
	GROUP BY place
) c ON true
WHERE s.figured GROUP BY s.scan_id, u.unit;

COMMENT ON VIEW dane.u20_incorrect IS
	'Columns of check-incorrect (USENIX Security 2020), by record, by host and '
	'by domain that names one; a host or domain counts once in each column that '
	'it has a record of. Bogus records cannot be counted: a validator does not '
	'hand them out.';

CREATE OR REPLACE VIEW dane.report_failing_providers AS
SELECT r.scan_id, r.broken_rank AS place, r.provider, r.dane_broken AS broken,
	r.with_tlsa AS total, r.broken_share AS share,
	r.previous_dane_broken AS previous_broken,
	r.previous_broken = 0 AS newly, f.reason, r.broken_hosts,
	r.broken AS broken_of_all, r.domains,
	r.previous_broken AS previous_broken_of_all
FROM dane.report_providers r
LEFT JOIN LATERAL (
	SELECT g.reason FROM dane.figure g
	WHERE g.scan_id = r.scan_id AND g.name = 'domains'
		AND g.dimension = 'provider' AND g.key = r.provider
		AND g.class = 'broken'
	ORDER BY g.value DESC, g.reason LIMIT 1
) f ON true
WHERE r.broken > 0;

COMMENT ON VIEW dane.report_failing_providers IS
	'Providers by broken domains. broken, total: of those with TLSA records '
	'that were measured; broken_of_all: also by failing DNS. newly: the scan '
	'before had the provider, and none of its domains was broken, by whatever. '
	'reason: the most frequent.';
