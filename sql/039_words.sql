-- What the words of a domain say is told once for all domains that have the same
-- ones, of which there are few; and their codes are compared, not the words. Who
-- calls this is in 040_standings.sql.

CREATE FUNCTION dane.report_words() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE seen_word ON COMMIT DROP AS
	SELECT *, signed AND NOT indeterminate AS signed_measured,
		takes_mail AND NOT signed AS no_dnssec,
		takes_mail AND NOT signed
			AND half_dane_text IN ('some', 'all', 'broken') AS half_dane,
		broken AND severity = 'outage' AS outage,
		broken AND severity = 'degraded' AS degraded,
		broken AND dns AS broken_dns, broken AND NOT dns AS broken_tls
	FROM (
		SELECT *, class = 'indeterminate' AS indeterminate,
			class = 'no-mail' AS no_mail, class = 'valid' AS valid,
			class = 'partial' AS partial, class = 'unusable' AS unusable,
			class = 'no-tlsa' AS no_tlsa, class = 'broken' AS broken,
			dane.reason_kind(reason) IN ('dnssec', 'dns') AS dns,
			mx_trust = 'bogus' AS mx_bogus,
			mx_trust = 'bogus' OR answered AS exist,
			mx_trust <> 'bogus' AND answered AND class <> 'no-mail'
				AS takes_mail,
			mx_trust = 'secure' AND answered AND class <> 'no-mail'
				AS signed
		FROM (
			SELECT row_number() OVER () AS w, c.*,
				dane.label(class_code) AS class,
				coalesce(dane.label(nullif(reason_code, 0::smallint)),
					'') AS reason,
				dane.label(nullif(severity_code, 0::smallint))
					AS severity,
				dane.label(nullif(half_code, 0::smallint))
					AS half_dane_text,
				dane.label(status_code) IN ('data', 'nodata')
					AS answered,
				dane.label(trust_code) AS mx_trust
			FROM (
				SELECT DISTINCT class AS class_code,
					reason AS reason_code,
					severity AS severity_code,
					half_dane AS half_code,
					mx_status AS status_code,
					mx_trust AS trust_code
				FROM pg_temp.seen_name
			) c
		) named
	) judged;
	ANALYZE pg_temp.seen_word;
END $$;

COMMENT ON FUNCTION dane.report_words IS
	'For the figures: the words that the domains of a scan have together, and '
	'what they say by themselves.';

CREATE OR REPLACE FUNCTION dane.figure_hosts(id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO dane.figure (scan_id, name, dimension, class, reason, value)
	SELECT id, 'hosts', 'all', class, reason, count(*)
	FROM pg_temp.seen_host WHERE latest GROUP BY class, reason
	UNION ALL
	SELECT id, 'endpoints', 'all', class, reason, count(*)
	FROM dane.endpoint_results WHERE scan_id = id GROUP BY class, reason;

	INSERT INTO dane.figure (scan_id, name, dimension, key, value)
	SELECT id, 'hosts', 'tlsa_state', tlsa_state, count(*)
	FROM pg_temp.seen_host WHERE latest GROUP BY tlsa_state;

	INSERT INTO dane.figure (scan_id, name, dimension, key, class, value)
	SELECT id, 'records', 'parameters', concat_ws(' ', usage, selector, mtype),
		CASE WHEN NOT usable THEN 'unusable' WHEN match THEN 'match'
			WHEN NOT match THEN 'mismatch' ELSE 'unseen' END, count(*)
	FROM dane.tlsa_records WHERE scan_id = id GROUP BY 4, 5;
END $$;
