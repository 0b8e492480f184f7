-- Figures of a scan, computed when it ends and never again: a number that was
-- published stays what it was, whatever becomes of the observations.

CREATE TABLE dane.figure (
	scan_id   bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	name      text NOT NULL,
	dimension text COLLATE "C" NOT NULL,
	key       text COLLATE "C",
	class     text,
	reason    text,
	value     bigint NOT NULL,
	total     bigint,
	UNIQUE NULLS NOT DISTINCT (scan_id, name, dimension, key, class, reason)
);

COMMENT ON TABLE dane.figure IS
	'Figures of the complete scans. Rows are only ever inserted; they go with '
	'the scan.';
COMMENT ON COLUMN dane.figure.name IS
	'What is counted: domains, hosts, endpoints, records; or rate.';
COMMENT ON COLUMN dane.figure.dimension IS
	'By what: all, tld, provider, tlsa_state, parameters, or tag: and the '
	'name of a tag. Of a rate: what is counted.';
COMMENT ON COLUMN dane.figure.key IS
	'The value in that dimension; parameters: usage, selector, matching type. '
	'Of a rate: its name.';
COMMENT ON COLUMN dane.figure.class IS
	'Of records: match, mismatch, unusable, or unseen where there was no '
	'chain to match.';
COMMENT ON COLUMN dane.figure.total IS
	'Of a rate: what value is a part of. '
	'domains: valid ones, of those that take mail and whose MX answer is '
	'secure, without the indeterminate. hosts: valid ones, of those with '
	'usable TLSA records that are valid or broken. records: those that match, '
	'of the usable ones that were compared with a chain.';

CREATE FUNCTION dane.figure_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		IF NOT EXISTS (SELECT FROM dane.scan
				WHERE scan_id = OLD.scan_id) THEN
			RETURN OLD;
		END IF;
	END IF;
	RAISE EXCEPTION 'figures of a scan do not change'
		USING ERRCODE = '55000';
END $$;

COMMENT ON FUNCTION dane.figure_fixed IS
	'Refuse every change of a figure but its removal with the scan.';

CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON dane.figure
FOR EACH ROW EXECUTE FUNCTION dane.figure_fixed();
CREATE TRIGGER all_fixed BEFORE TRUNCATE ON dane.figure
EXECUTE FUNCTION dane.figure_fixed();

CREATE FUNCTION dane.figure_limit() RETURNS integer LANGUAGE sql IMMUTABLE
RETURN 1000;

COMMENT ON FUNCTION dane.figure_limit IS
	'Of how many providers figures are kept, the largest; and how many '
	'different values a tag may have to be a dimension.';

CREATE FUNCTION dane.figure_domains(id bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.figure (scan_id, name, dimension, class, reason, value)
	SELECT id, 'domains', 'all', class, reason, domains
	FROM dane.summary WHERE scan_id = id;

	INSERT INTO dane.figure (scan_id, name, dimension, key, class, reason, value)
	SELECT id, 'domains', 'tld', tld, class, reason, domains
	FROM dane.summary_by_tld WHERE scan_id = id;

	INSERT INTO dane.figure (scan_id, name, dimension, key, class, reason, value)
	SELECT id, 'domains', 'provider', provider, class, reason, domains
	FROM (
		SELECT *, dense_rank() OVER (ORDER BY size DESC, provider) AS place
		FROM (
			SELECT provider, class, reason, domains,
				sum(domains) OVER (PARTITION BY provider) AS size
			FROM dane.summary_by_provider WHERE scan_id = id
		) sized
	) ranked WHERE place <= dane.figure_limit();

	WITH counted AS MATERIALIZED (
		SELECT tag, value, class, reason, domains
		FROM dane.summary_by_tag WHERE scan_id = id
	)
	INSERT INTO dane.figure (scan_id, name, dimension, key, class, reason, value)
	SELECT id, 'domains', 'tag:' || tag, value, class, reason, domains
	FROM counted WHERE tag IN (SELECT tag FROM counted GROUP BY tag
		HAVING count(DISTINCT value) <= dane.figure_limit())
$$;

COMMENT ON FUNCTION dane.figure_domains IS
	'Write the figures of a scan that count domains.';

CREATE FUNCTION dane.figure_hosts(id bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.figure (scan_id, name, dimension, class, reason, value)
	SELECT id, 'hosts', 'all', class, reason, count(*)
	FROM dane.host_latest WHERE scan_id = id GROUP BY class, reason
	UNION ALL
	SELECT id, 'endpoints', 'all', class, reason, count(*)
	FROM dane.endpoint_results WHERE scan_id = id GROUP BY class, reason;

	INSERT INTO dane.figure (scan_id, name, dimension, key, value)
	SELECT id, 'hosts', 'tlsa_state', tlsa_state, count(*)
	FROM dane.host_latest WHERE scan_id = id GROUP BY tlsa_state;

	INSERT INTO dane.figure (scan_id, name, dimension, key, class, value)
	SELECT id, 'records', 'parameters', concat_ws(' ', usage, selector, mtype),
		CASE WHEN NOT usable THEN 'unusable' WHEN match THEN 'match'
			WHEN NOT match THEN 'mismatch' ELSE 'unseen' END, count(*)
	FROM dane.tlsa_records WHERE scan_id = id GROUP BY 4, 5
$$;

COMMENT ON FUNCTION dane.figure_hosts IS
	'Write the figures of a scan that count hosts, addresses and records.';

CREATE FUNCTION dane.figure_rates(id bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO dane.figure (scan_id, name, dimension, key, value, total)
	SELECT id, 'rate', 'domains', 'valid',
		count(*) FILTER (WHERE class = 'valid'), count(*)
	FROM dane.domain_obs
	WHERE scan_id = id AND mx_trust = 'secure'
		AND class NOT IN ('no-mail', 'indeterminate')
	UNION ALL
	SELECT id, 'rate', 'hosts', 'valid',
		count(*) FILTER (WHERE class = 'valid'), count(*)
	FROM dane.host_latest
	WHERE scan_id = id AND tlsa_state = 'usable'
		AND class IN ('valid', 'broken')
	UNION ALL
	SELECT id, 'rate', 'records', 'match',
		count(*) FILTER (WHERE match), count(*)
	FROM dane.tlsa_records
	WHERE scan_id = id AND usable AND match IS NOT NULL
$$;

COMMENT ON FUNCTION dane.figure_rates IS
	'Write the rates of a scan, by domain, host and record: they differ by '
	'orders of magnitude.';

CREATE FUNCTION dane.scan_figured() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM dane.figure WHERE scan_id = NEW.scan_id) THEN
		PERFORM dane.figure_domains(NEW.scan_id),
			dane.figure_hosts(NEW.scan_id),
			dane.figure_rates(NEW.scan_id);
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER figured AFTER UPDATE OF state ON dane.scan
FOR EACH ROW WHEN (NEW.state = 'complete' AND OLD.state <> 'complete')
EXECUTE FUNCTION dane.scan_figured();

SELECT count(*) FROM (
	SELECT dane.figure_domains(scan_id), dane.figure_hosts(scan_id),
		dane.figure_rates(scan_id)
	FROM dane.scan WHERE state = 'complete'
) f;

-- For readers

CREATE VIEW dane.figures AS
SELECT scan_id, name, dimension, key, class, reason, value, total
FROM dane.figure;

COMMENT ON VIEW dane.figures IS
	'What was counted when each scan ended. It never changes.';

CREATE OR REPLACE VIEW dane.scans AS
SELECT s.scan_id, s.label, s.started, s.finished, s.state,
	coalesce(s.domains, l.domains) AS domains, s.config,
	l.low_water, l.updated, s.runs, s.classifier, s.recorded, s.pruned
FROM dane.scan s
LEFT JOIN (
	SELECT scan_id, sum(domains)::bigint AS domains,
		max(low_water) FILTER (WHERE chunk = 0) AS low_water,
		max(updated) AS updated
	FROM dane.lease GROUP BY scan_id
) l USING (scan_id);

CREATE VIEW dane.pruned_domains AS
SELECT f.scan_id, f.dimension, f.key, f.class, f.reason, f.value
FROM dane.figure f JOIN dane.scan s USING (scan_id)
WHERE s.pruned IS NOT NULL AND f.name = 'domains';

COMMENT ON VIEW dane.pruned_domains IS
	'Figures of domains of the scans whose observations are gone.';

CREATE OR REPLACE VIEW dane.summary AS
SELECT scan_id, class, reason, count(*) AS domains
FROM dane.domain_obs
GROUP BY scan_id, class, reason
UNION ALL
SELECT scan_id, class, reason, value
FROM dane.pruned_domains WHERE dimension = 'all';

CREATE OR REPLACE VIEW dane.summary_by_tag AS
SELECT d.scan_id, t.key COLLATE "C" AS tag, t.value COLLATE "C" AS value,
	d.class, d.reason, count(*) AS domains
FROM dane.domain_obs d, jsonb_each_text(d.tags) t
GROUP BY d.scan_id, t.key COLLATE "C", t.value COLLATE "C", d.class, d.reason
UNION ALL
SELECT scan_id, substr(dimension, 5) COLLATE "C", key, class, reason, value
FROM dane.pruned_domains WHERE dimension LIKE 'tag:%';

COMMENT ON VIEW dane.summary_by_tag IS
	'Domains of a scan by class and reason, for each value of each tag. A '
	'domain counts once for each of its tags. Of a scan whose observations '
	'are gone: the tags that have figures.';

CREATE OR REPLACE VIEW dane.summary_by_tld AS
SELECT scan_id, tld, class, reason, count(*) AS domains
FROM dane.domain_obs
GROUP BY scan_id, tld, class, reason
UNION ALL
SELECT scan_id, key, class, reason, value
FROM dane.pruned_domains WHERE dimension = 'tld';

CREATE OR REPLACE VIEW dane.summary_by_provider AS
SELECT p.scan_id, p.provider, d.class, d.reason, count(*) AS domains
FROM (
	SELECT DISTINCT m.scan_id, m.domain, h.provider
	FROM dane.mx_obs m
	JOIN dane.host_obs h ON h.scan_id = m.scan_id AND h.host = m.host
		AND h.run = m.run
	WHERE h.provider IS NOT NULL
) p
JOIN dane.domain_obs d ON d.scan_id = p.scan_id AND d.domain = p.domain
GROUP BY p.scan_id, p.provider, d.class, d.reason
UNION ALL
SELECT scan_id, key, class, reason, value
FROM dane.pruned_domains WHERE dimension = 'provider';

COMMENT ON VIEW dane.summary_by_provider IS
	'Domains of a scan by class and reason, for each provider that one of '
	'their MX hosts belongs to. A domain counts once for each of its '
	'providers. Of a scan whose observations are gone: the largest providers.';
