-- Tables: what was observed, one partition a scan, and what outlives scans.

CREATE SCHEMA IF NOT EXISTS dane;

CREATE TABLE dane.scan (
	scan_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	label    text NOT NULL,
	started  timestamptz NOT NULL,
	finished timestamptz,
	state    text NOT NULL DEFAULT 'running'
		CHECK (state IN ('running', 'interrupted', 'complete')),
	domains  bigint,
	config   jsonb NOT NULL,
	CHECK (state <> 'complete' OR finished IS NOT NULL AND domains IS NOT NULL)
);

COMMENT ON TABLE dane.scan IS 'One run of the scanner over one input.';
COMMENT ON COLUMN dane.scan.domains IS
	'Rows of domain_obs, counted when the scan ended; NULL before.';
COMMENT ON COLUMN dane.scan.config IS
	'Effective configuration of the scan, without passwords.';

CREATE TABLE dane.lease (
	scan_id   bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	chunk     integer NOT NULL DEFAULT 0,
	low_water bigint NOT NULL DEFAULT 0,
	batch     bigint NOT NULL DEFAULT 0,
	token     bigint NOT NULL DEFAULT 1,
	session   bigint NOT NULL DEFAULT 0,
	domains   bigint NOT NULL DEFAULT 0,
	updated   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (scan_id, chunk)
);

COMMENT ON TABLE dane.lease IS
	'Who may write the rows of a scan, and how far the input is done.';
COMMENT ON COLUMN dane.lease.chunk IS
	'Part of the input; 0 where the input is one piece.';
COMMENT ON COLUMN dane.lease.low_water IS
	'Every input line up to and including this one is done.';
COMMENT ON COLUMN dane.lease.batch IS
	'Number of the last committed batch: it tells a scanner whose connection '
	'broke whether its COMMIT was heard.';
COMMENT ON COLUMN dane.lease.token IS
	'Raised when a scan is taken up again: whoever holds an older one cannot '
	'commit any more.';
COMMENT ON COLUMN dane.lease.session IS
	'Raised by the holder with each new connection, so that nothing its old '
	'connection left behind on the server can still commit.';
COMMENT ON COLUMN dane.lease.domains IS 'Domain rows committed so far.';

-- Observations carry no foreign keys: a partition is written and dropped as a
-- whole, with the row of dane.scan.

CREATE TABLE dane.domain_obs (
	scan_id   bigint NOT NULL,
	line      bigint NOT NULL,
	time      timestamptz NOT NULL,
	domain    text COLLATE "C" NOT NULL,
	tld       text COLLATE "C" NOT NULL,
	class     text NOT NULL,
	reason    text,
	reasons   text[],
	severity  text,
	half_dane text,
	mx_status text NOT NULL,
	mx_trust  text NOT NULL,
	mx_why    text,
	mx_ttl    bigint,
	mx_alias  text,
	implicit  boolean NOT NULL,
	lint      text[],
	flags     text[],
	tags      jsonb,
	PRIMARY KEY (scan_id, domain)
) PARTITION BY LIST (scan_id);

COMMENT ON TABLE dane.domain_obs IS
	'One row a scan and domain: the MX look-up and the verdict.';
COMMENT ON COLUMN dane.domain_obs.line IS 'Line of the input.';
COMMENT ON COLUMN dane.domain_obs.tld IS 'Last label of the name.';
COMMENT ON COLUMN dane.domain_obs.reasons IS
	'All reasons, worst first; NULL where reason says it all.';
COMMENT ON COLUMN dane.domain_obs.mx_why IS
	'The validator''s words about the MX answer.';
COMMENT ON COLUMN dane.domain_obs.mx_alias IS
	'End of the CNAME chain at the domain.';
COMMENT ON COLUMN dane.domain_obs.implicit IS
	'No MX record: the domain is its own host (RFC 5321 section 5.1).';
COMMENT ON COLUMN dane.domain_obs.lint IS 'NULL: none. The same for flags, tags.';

CREATE TABLE dane.mx_obs (
	scan_id    bigint NOT NULL,
	domain     text COLLATE "C" NOT NULL,
	position   smallint NOT NULL,
	preference integer NOT NULL,
	host       text COLLATE "C" NOT NULL,
	run        bigint NOT NULL,
	class      text NOT NULL,
	reason     text,
	flags      text[],
	view       json,
	PRIMARY KEY (scan_id, domain, position)
) PARTITION BY LIST (scan_id);

CREATE INDEX ON dane.mx_obs (scan_id, host);

COMMENT ON TABLE dane.mx_obs IS
	'One row a domain and exchange: the link to the host and the host''s '
	'verdict as this domain sees it.';
COMMENT ON COLUMN dane.mx_obs.position IS 'Order in the record, from 0.';
COMMENT ON COLUMN dane.mx_obs.run IS 'With host: the row of host_obs.';
COMMENT ON COLUMN dane.mx_obs.view IS
	'The whole host as this domain sees it, where that differs from the '
	'host''s own row (the reference identifiers of RFC 7672 section 3.2.2 '
	'depend on the domain); else NULL.';
COMMENT ON COLUMN dane.mx_obs.flags IS 'Of the host, where view is given.';

CREATE TABLE dane.host_obs (
	scan_id     bigint NOT NULL,
	run         bigint NOT NULL,
	host        text COLLATE "C" NOT NULL,
	provider    text COLLATE "C",
	base        text,
	alias       text,
	class       text NOT NULL,
	reason      text,
	a_status    text NOT NULL,
	a_trust     text NOT NULL,
	a_why       text,
	a_ttl       bigint,
	aaaa_status text NOT NULL,
	aaaa_trust  text NOT NULL,
	aaaa_why    text,
	aaaa_ttl    bigint,
	tlsa_state  text NOT NULL,
	tlsa_status text NOT NULL,
	tlsa_trust  text NOT NULL,
	tlsa_why    text,
	tlsa_ttl    bigint,
	tlsa_alias  text,
	flags       text[],
	PRIMARY KEY (scan_id, host, run)
) PARTITION BY LIST (scan_id);

COMMENT ON TABLE dane.host_obs IS
	'One row a scan and MX host: its look-ups and its verdict.';
COMMENT ON COLUMN dane.host_obs.run IS
	'The lease token under which it was examined: a scan that is taken up '
	'again examines its hosts again, and rows keep the evidence they were '
	'judged on.';
COMMENT ON COLUMN dane.host_obs.provider IS
	'Registrable domain of the host name.';
COMMENT ON COLUMN dane.host_obs.base IS
	'TLSA base domain (RFC 7672 section 2.2.2).';
COMMENT ON COLUMN dane.host_obs.alias IS
	'End of the CNAME chain at the host name.';

CREATE TABLE dane.endpoint_obs (
	scan_id        bigint NOT NULL,
	run            bigint NOT NULL,
	host           text COLLATE "C" NOT NULL,
	position       smallint NOT NULL,
	address        text NOT NULL,
	port           integer NOT NULL,
	class          text NOT NULL,
	reason         text,
	detail         text,
	smtp_code      integer,
	tls_version    text,
	cipher         text,
	tls_group      text,
	tls_key        text,
	chain          bytea[],
	match_usage    smallint,
	match_selector smallint,
	match_mtype    smallint,
	match_depth    integer,
	match_name     text,
	dane_error     integer,
	flags          text[],
	PRIMARY KEY (scan_id, host, run, position)
) PARTITION BY LIST (scan_id);

COMMENT ON TABLE dane.endpoint_obs IS
	'One row a host and address: the SMTP and TLS conversation.';
COMMENT ON COLUMN dane.endpoint_obs.detail IS
	'The server''s or the library''s words.';
COMMENT ON COLUMN dane.endpoint_obs.smtp_code IS 'Last reply code.';
COMMENT ON COLUMN dane.endpoint_obs.tls_version IS
	'NULL, as all of TLS: no handshake was completed.';
COMMENT ON COLUMN dane.endpoint_obs.chain IS
	'SHA-256 of each certificate as sent, leaf first: dane.certificate.';
COMMENT ON COLUMN dane.endpoint_obs.match_name IS
	'Reference identifier that matched under DANE-TA.';
COMMENT ON COLUMN dane.endpoint_obs.dane_error IS
	'X509_V_ERR_* of OpenSSL; 0: verified.';

CREATE TABLE dane.tlsa_obs (
	scan_id  bigint NOT NULL,
	run      bigint NOT NULL,
	host     text COLLATE "C" NOT NULL,
	position smallint NOT NULL,
	usage    smallint NOT NULL,
	selector smallint NOT NULL,
	mtype    smallint NOT NULL,
	data     bytea NOT NULL,
	usable   boolean NOT NULL,
	why      text,
	match    boolean,
	depth    integer,
	hint     text,
	PRIMARY KEY (scan_id, host, run, position)
) PARTITION BY LIST (scan_id);

COMMENT ON TABLE dane.tlsa_obs IS
	'One row a host and TLSA record, as published, and what it matched.';
COMMENT ON COLUMN dane.tlsa_obs.why IS 'Why it is not usable.';
COMMENT ON COLUMN dane.tlsa_obs.match IS
	'NULL: there was no chain to match it with.';
COMMENT ON COLUMN dane.tlsa_obs.depth IS
	'Place in the chain of the certificate that it matched, leaf 0.';
COMMENT ON COLUMN dane.tlsa_obs.hint IS 'Likely cause of a mismatch.';

CREATE TABLE dane.certificate (
	sha256      bytea PRIMARY KEY CHECK (length(sha256) = 32),
	spki_sha256 bytea NOT NULL,
	der         bytea NOT NULL,
	subject     text NOT NULL,
	issuer      text NOT NULL,
	not_before  timestamptz NOT NULL,
	not_after   timestamptz NOT NULL,
	key         text NOT NULL,
	first_seen  timestamptz NOT NULL DEFAULT now(),
	last_seen   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ON dane.certificate (spki_sha256);

COMMENT ON TABLE dane.certificate IS
	'Every certificate ever seen, once for all scans.';
COMMENT ON COLUMN dane.certificate.sha256 IS 'Of the DER encoding.';
COMMENT ON COLUMN dane.certificate.not_before IS
	'-infinity, infinity: outside the years 1 to 9999.';
