-- What is published of a scan, beside dane.figure: the same counts for every
-- group of domains, and counts by several keys at once. Rows are written in the
-- transaction that closes the scan, and never again.

CREATE TABLE dane.population (
	scan_id       bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	dimension     text COLLATE "C" NOT NULL,
	key           text COLLATE "C",
	domains       bigint NOT NULL,
	indeterminate bigint NOT NULL,
	no_mail       bigint NOT NULL,
	exist         bigint NOT NULL,
	takes_mail    bigint NOT NULL,
	mx_bogus      bigint NOT NULL,
	signed        bigint NOT NULL,
	signed_measured bigint NOT NULL,
	no_dnssec     bigint NOT NULL,
	half_dane     bigint NOT NULL,
	tlsa_all      bigint NOT NULL,
	tlsa_some     bigint NOT NULL,
	tlsa_none     bigint NOT NULL,
	tlsa_unknown  bigint NOT NULL,
	with_tlsa     bigint NOT NULL,
	usable        bigint NOT NULL,
	reachable     bigint NOT NULL,
	matches       bigint NOT NULL,
	correct       bigint NOT NULL,
	correct_measured bigint NOT NULL,
	valid         bigint NOT NULL,
	partial       bigint NOT NULL,
	unusable      bigint NOT NULL,
	no_tlsa       bigint NOT NULL,
	broken        bigint NOT NULL,
	outage        bigint NOT NULL,
	degraded      bigint NOT NULL,
	broken_dns    bigint NOT NULL,
	broken_tls    bigint NOT NULL,
	dane_broken   bigint NOT NULL,
	hosts         bigint,
	tlsa_hosts    bigint,
	valid_hosts   bigint,
	broken_hosts  bigint,
	UNIQUE NULLS NOT DISTINCT (scan_id, dimension, key)
);

COMMENT ON TABLE dane.population IS
	'Groups of the domains of each complete scan, and how many of them are '
	'what. Rows are only ever inserted; they go with the scan.';
COMMENT ON COLUMN dane.population.dimension IS
	'all, tld, provider (of an MX host), operator (of the name servers), rank '
	'(10,000 ranks each), or tag: and the name of a tag.';
COMMENT ON COLUMN dane.population.exist IS
	'The name exists: the MX question was answered, with data or without, or '
	'the answer is bogus.';
COMMENT ON COLUMN dane.population.takes_mail IS
	'Of those that exist: has an MX host, as far as an answer can be believed '
	'(so without mx_bogus).';
COMMENT ON COLUMN dane.population.signed IS
	'Takes mail, and the MX answer validates.';
COMMENT ON COLUMN dane.population.signed_measured IS
	'The same without the indeterminate.';
COMMENT ON COLUMN dane.population.half_dane IS
	'MX answer insecure, but MX hosts have TLSA records.';
COMMENT ON COLUMN dane.population.tlsa_all IS
	'Signed; each MX host that has an address has secure TLSA records. '
	'tlsa_some: some have, some have not. tlsa_none: none has. tlsa_unknown: '
	'a look-up failed, and what is known does not decide it.';
COMMENT ON COLUMN dane.population.with_tlsa IS
	'tlsa_all and tlsa_some without the indeterminate.';
COMMENT ON COLUMN dane.population.usable IS
	'tlsa_all and tlsa_some with a usable record at some host.';
COMMENT ON COLUMN dane.population.reachable IS
	'Of these: one of the hosts with usable records answers.';
COMMENT ON COLUMN dane.population.matches IS
	'Of these: all of the hosts with usable records that answer match.';
COMMENT ON COLUMN dane.population.correct IS
	'Signed; of the MX hosts of the best preference at least one matches '
	'usable TLSA records, and the others do so or do not answer: what the '
	'DANE survey counts.';
COMMENT ON COLUMN dane.population.correct_measured IS
	'The same without the indeterminate.';
COMMENT ON COLUMN dane.population.broken_dns IS
	'Broken by bogus or failing DNS; broken_tls: by the servers.';
COMMENT ON COLUMN dane.population.dane_broken IS
	'Broken, and with_tlsa.';
COMMENT ON COLUMN dane.population.hosts IS
	'MX hosts; where the dimension is all or provider, else NULL. As the next '
	'three.';
COMMENT ON COLUMN dane.population.tlsa_hosts IS 'With secure TLSA records.';

CREATE TABLE dane.tally (
	scan_id      bigint NOT NULL REFERENCES dane.scan ON DELETE CASCADE,
	name         text COLLATE "C" NOT NULL,
	keys         text[] COLLATE "C" NOT NULL,
	domains      bigint,
	hosts        bigint,
	addresses    bigint,
	records      bigint,
	certificates bigint,
	PRIMARY KEY (scan_id, name, keys)
);

COMMENT ON TABLE dane.tally IS
	'Counts of a complete scan by several keys. A column is NULL where its '
	'unit does not apply. Keys {}: all that could have had a key, which shares '
	'are of. Rows are only ever inserted; they go with the scan.';
COMMENT ON COLUMN dane.tally.name IS
	'The view that shows it, without report_.';
COMMENT ON COLUMN dane.tally.domains IS
	'Where hosts are counted too: domains that name one of these.';

CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON dane.population
FOR EACH ROW EXECUTE FUNCTION dane.figure_fixed();
CREATE TRIGGER all_fixed BEFORE TRUNCATE ON dane.population
EXECUTE FUNCTION dane.figure_fixed();
CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON dane.tally
FOR EACH ROW EXECUTE FUNCTION dane.figure_fixed();
CREATE TRIGGER all_fixed BEFORE TRUNCATE ON dane.tally
EXECUTE FUNCTION dane.figure_fixed();

-- Series

CREATE FUNCTION dane.series_name(label text, config jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN concat_ws(' ', nullif(btrim(regexp_replace(label,
		'(^|[-_ ./:]+)(19|20)[0-9]{2}(-?[01][0-9](-?[0-3][0-9])?|-?W[0-9]{2}'
		'|-?Q[1-4])?(?=$|[-_ ./:])', '', 'gi'), '-_ ./:'), ''),
	CASE WHEN (config ->> 'sample')::numeric < 1 THEN
		format('(sample %s%%, seed %s)',
			trim_scale(100 * (config ->> 'sample')::numeric),
			config ->> 'seed') END,
	CASE WHEN config ->> 'shard' <> '1/1' THEN
		format('(shard %s)', config ->> 'shard') END,
	CASE WHEN (config ->> 'only-signed')::boolean THEN '(only signed)' END);

COMMENT ON FUNCTION dane.series_name IS
	'What a scan is one of a series of: its label without the date, and '
	'whether it took but a part of the list.';

-- Vocabulary of the figures

CREATE FUNCTION dane.reason_kind(reason text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN reason LIKE '%-bogus' THEN 'dnssec'
	WHEN dane.dns_failed(reason) THEN 'dns'
	WHEN reason IN ('dane-no-match', 'ta-not-in-chain') THEN 'match'
	WHEN reason ~ '^(cert|chain)-' OR reason IN ('key-too-weak', 'md-too-weak')
		THEN 'certificate'
	WHEN reason ~ '^starttls-(absent|454|refused|selective)$' THEN 'starttls'
	WHEN reason ~ '^tls-' THEN 'tls'
	WHEN reason = 'tlsa-all-unusable' OR reason ~ '-(usage|selector|mtype)$'
		OR reason IN ('bad-digest-length', 'short-rdata', 'empty-data',
			'bad-der-cert', 'bad-der-spki') THEN 'usability'
	WHEN reason ~ '^(tcp|banner|ehlo)-'
		OR reason IN ('unreachable', 'starttls-timeout', 'not-smtp',
			'tarpit', 'protocol', 'reserved-address', 'no-local-v4',
			'no-local-v6') THEN 'unreachable'
	ELSE 'other' END;

COMMENT ON FUNCTION dane.reason_kind IS
	'What sort of reason it is: dnssec (bogus), dns (a look-up fails), '
	'starttls, tls, certificate, match, usability, unreachable, other.';

-- RFC 8460 section 4.3. What is transient is not reported (section 4.3.4).
CREATE FUNCTION dane.tlsrpt_type(reason text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN dane.reason_kind(reason) IN ('dnssec', 'dns') THEN 'dnssec-invalid'
	WHEN dane.reason_kind(reason) = 'starttls' THEN 'starttls-not-supported'
	WHEN dane.reason_kind(reason) = 'usability' OR reason = 'dane-no-match'
		THEN 'tlsa-invalid'
	WHEN reason = 'cert-name-mismatch' THEN 'certificate-host-mismatch'
	WHEN reason = 'cert-expired' THEN 'certificate-expired'
	WHEN reason IN ('ta-not-in-chain', 'chain-invalid', 'chain-incomplete',
		'key-too-weak', 'md-too-weak') THEN 'certificate-not-trusted'
	WHEN reason = 'cert-not-yet-valid' OR dane.reason_kind(reason) = 'tls'
		THEN 'validation-failure' END;

COMMENT ON FUNCTION dane.tlsrpt_type IS
	'The result type under which a sender would report it (RFC 8460 section '
	'4.3); NULL: under none.';

-- Of the validator's words: the first cause of the list that they name.
CREATE FUNCTION dane.bogus_cause(why text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
	WHEN why ~* 'signature expired' THEN 'signature-expired'
	WHEN why ~* 'before inception' THEN 'signature-future'
	WHEN why ~* 'no keys have a DS' THEN 'no-keys-have-ds'
	WHEN why ~* 'DS hash mismatch' THEN 'ds-mismatch'
	WHEN why ~* 'signature crypto failed' THEN 'signature-crypto'
	WHEN why ~* 'signatures? (missing|from unknown keys)' THEN
		CASE WHEN why ~* 'missing' THEN 'signature-missing'
			ELSE 'unknown-keys' END
	WHEN why ~* 'no signatures' THEN 'no-signatures'
	WHEN why ~* 'wildcard proof' THEN 'wildcard-proof'
	WHEN why ~* 'cname proof' THEN 'cname-proof'
	WHEN why ~* 'no DNSKEY' THEN 'no-dnskey'
	WHEN why ~* 'NSEC3' THEN 'nsec3'
	WHEN why ~* 'no DNSSEC records' THEN 'no-dnssec-records'
	WHEN why ~* 'no DS' THEN 'no-ds'
	ELSE 'other' END;

COMMENT ON FUNCTION dane.bogus_cause IS
	'Class of a validator''s words about a bogus answer, as libunbound has '
	'them.';

CREATE TABLE dane.retired_issuer (
	spki_sha256 bytea PRIMARY KEY CHECK (length(spki_sha256) = 32),
	name        text NOT NULL,
	since       date NOT NULL
);

COMMENT ON TABLE dane.retired_issuer IS
	'Keys of public issuers that no longer issue, as the hint retired-ca '
	'knows them. A test compares.';

INSERT INTO dane.retired_issuer (name, spki_sha256, since) VALUES
	('Let''s Encrypt Authority X3',
	'\x60b87575447dcba2a36b7d11ac09fb24a9db406fee12d2cc90180517616e8a18',
	'2021-09-30'),
	('Let''s Encrypt Authority X4',
	'\xb111dd8a1c2091a89bd4fd60c57f0716cce50feeff8137cdbee0326e02cf362b',
	'2021-09-30'),
	('Let''s Encrypt R3',
	'\x8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d',
	'2024-06-06'),
	('Let''s Encrypt R4',
	'\xe5545e211347241891c554a03934cde9b749664a59d26d615fe58f77990f2d03',
	'2024-06-06'),
	('Let''s Encrypt E1',
	'\x276fe8a8c4ec7611565bf9fce6dcace9be320c1b5bea27596b2204071ed04f10',
	'2024-06-06'),
	('Let''s Encrypt E2',
	'\xbd936e72b212ef6f773102c6b77d38f94297322efc25396bc3279422e0c89270',
	'2024-06-06');

-- "CN=R3,O=Let's Encrypt,C=US", in whatever order: organisation and name.
CREATE FUNCTION dane.issuer_label(distinguished_name text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN coalesce(nullif(concat_ws(' ',
	substring(distinguished_name FROM '(?:^|[,/+]) *O ?= ?"?((?:\\.|[^,"+])*)'),
	substring(distinguished_name FROM '(?:^|[,/+]) *CN ?= ?"?((?:\\.|[^,"+])*)')),
	''), nullif(distinguished_name, ''), '(no name)');

COMMENT ON FUNCTION dane.issuer_label IS
	'Organisation and common name of an issuer.';
