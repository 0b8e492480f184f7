/*
 * Signs many zones in one run, and spoils them where a case asks for it.
 *
 *   sign KEYDIR < list
 *
 * A line of the list, fields separated by one tab:
 *   zone infile outfile algorithm denial iterations inception expiration faults
 * denial: nsec, nsec3, nsec3-optout, nsec3-salt. Dates: seconds since 1970.
 * faults: "-", or words joined by commas, each with an optional selector
 * ":TYPE" or
 * ":OWNER/TYPE" (OWNER relative to the zone, "@" the apex):
 *   expired-sigs  signatures ended before the inception of the others
 *   bad-sig       one octet of the signature is wrong
 *   no-sigs       signatures left out
 *   no-denial     NSEC, NSEC3 and NSEC3PARAM left out
 *   unknown-alg   signatures claim to be of an algorithm that no validator
 * knows For each zone one line is printed: zone, DS and DNSKEY data, tabs
 * between. All zones of one algorithm share one key pair, kept in KEYDIR.
 */
#include <errno.h>
#include <ldns/ldns.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_BITS 2048
#define KEY_FLAGS 257 /* zone key and secure entry point in one */
#define TTL_S 3600
#define DAY_S 86400
#define MAX_FAULTS 8
#define MAX_KEYS 8
#define FIELDS 9
#define ALGORITHM_RDATA 1    /* index of the algorithm among RRSIG's fields */
#define SIGNATURE_RDATA 8    /* … of the signature */
#define UNKNOWN_ALGORITHM 12 /* ECC-GOST, RFC 9906 */

enum fault_kind {
	FAULT_EXPIRED_SIGS,
	FAULT_BAD_SIG,
	FAULT_NO_SIGS,
	FAULT_NO_DENIAL,
	FAULT_UNKNOWN_ALG,
	FAULT_KINDS
};

static const char *const fault_words[FAULT_KINDS] = {
	"expired-sigs", "bad-sig", "no-sigs", "no-denial", "unknown-alg"};

struct fault {
	enum fault_kind kind;
	ldns_rr_type type; /* 0: all types */
	ldns_rdf *owner;   /* NULL: all owners */
};

struct key {
	ldns_algorithm algorithm;
	ldns_key_list *list; /* of one key, which it owns */
};

struct job {
	const char *name;
	const char *infile;
	const char *outfile;
	const char *denial;
	ldns_algorithm algorithm;
	uint16_t iterations;
	uint32_t inception;
	uint32_t expiration;
	ldns_rdf *origin;
	struct fault faults[MAX_FAULTS];
	size_t fault_count;
};

struct signer {
	const char *keydir;
	struct key keys[MAX_KEYS];
	size_t key_count;
};

static void
die(const char *what, const char *detail)
{
	fprintf(stderr, "sign: %s: %s\n", what, detail);
	exit(1);
}

static void
check(ldns_status status, const char *what)
{
	if (status != LDNS_STATUS_OK)
		die(what, ldns_get_errorstr_by_id(status));
}

/* Two runs may make the same key at once: link() lets the first one win. */
static void
key_create(const char *path, ldns_algorithm algorithm)
{
	char temporary[4200];
	ldns_key *key;
	FILE *file;
	int fd;

	key = ldns_key_new_frm_algorithm(
		(ldns_signing_algorithm)algorithm, KEY_BITS);
	if (key == NULL)
		die("cannot make a key", path);
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL)
		die(temporary, strerror(errno));
	ldns_key_print(file, key);
	if (fclose(file) != 0)
		die(temporary, strerror(errno));
	if (link(temporary, path) != 0 && errno != EEXIST)
		die(path, strerror(errno));
	unlink(temporary);
	ldns_key_deep_free(key);
}

static ldns_key *
key_load(const char *keydir, ldns_algorithm algorithm)
{
	char path[4100];
	ldns_key *key = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d.private", keydir, (int)algorithm);
	if (access(path, R_OK) != 0)
		key_create(path, algorithm);
	file = fopen(path, "r");
	if (file == NULL)
		die(path, strerror(errno));
	check(ldns_key_new_frm_fp(&key, file), path);
	fclose(file);
	ldns_key_set_flags(key, KEY_FLAGS);
	return key;
}

static ldns_key_list *
signer_keys(struct signer *signer, ldns_algorithm algorithm)
{
	struct key *entry;

	for (size_t i = 0; i < signer->key_count; i++)
		if (signer->keys[i].algorithm == algorithm)
			return signer->keys[i].list;
	if (signer->key_count == MAX_KEYS)
		die("too many algorithms", signer->keydir);
	entry = &signer->keys[signer->key_count++];
	entry->algorithm = algorithm;
	entry->list = ldns_key_list_new();
	ldns_key_list_push_key(
		entry->list, key_load(signer->keydir, algorithm));
	return entry->list;
}

/* Make the shared key this zone's key: owner, dates and the tag with them. */
static ldns_rr *
key_adopt(ldns_key *key, const struct job *job)
{
	ldns_rr *dnskey;

	ldns_rdf_deep_free(ldns_key_pubkey_owner(key));
	ldns_key_set_pubkey_owner(key, ldns_rdf_clone(job->origin));
	ldns_key_set_inception(key, job->inception);
	ldns_key_set_expiration(key, job->expiration);
	dnskey = ldns_key2rr(key);
	ldns_rr_set_ttl(dnskey, TTL_S);
	ldns_key_set_keytag(key, ldns_calc_keytag(dnskey));
	return dnskey;
}

static ldns_rdf *
fault_owner(const struct job *job, const char *text, size_t length)
{
	char name[LDNS_MAX_DOMAINLEN + 1];
	ldns_rdf *owner;

	if (length == 1 && text[0] == '@')
		return ldns_rdf_clone(job->origin);
	if (length >= sizeof(name))
		die("owner too long", text);
	memcpy(name, text, length);
	name[length] = '\0';
	owner = ldns_dname_new_frm_str(name);
	if (owner == NULL)
		die("bad owner", name);
	check(ldns_dname_cat(owner, job->origin), name);
	return owner;
}

static void
fault_parse(struct job *job, const char *word)
{
	struct fault *fault = &job->faults[job->fault_count];
	size_t length = strcspn(word, ":");
	const char *selector = word[length] == ':' ? word + length + 1 : NULL;
	const char *slash = selector != NULL ? strchr(selector, '/') : NULL;
	int kind = 0;

	if (job->fault_count++ == MAX_FAULTS)
		die("too many faults", job->name);
	while (kind < FAULT_KINDS &&
		(strlen(fault_words[kind]) != length ||
			strncmp(word, fault_words[kind], length) != 0))
		kind++;
	if (kind == FAULT_KINDS)
		die("unknown fault", word);
	fault->kind = (enum fault_kind)kind;
	fault->owner = NULL;
	fault->type = (ldns_rr_type)0;
	if (slash != NULL) {
		fault->owner = fault_owner(
			job, selector, (size_t)(slash - selector));
		selector = slash + 1;
	}
	if (selector != NULL)
		fault->type = ldns_get_rr_type_by_name(selector);
}

static ldns_algorithm
algorithm_parse(const char *name)
{
	ldns_lookup_table *entry = ldns_lookup_by_name(ldns_algorithms, name);

	if (entry == NULL)
		die("unknown algorithm", name);
	return (ldns_algorithm)entry->id;
}

static void
job_parse(struct job *job, char *line)
{
	char *fields[FIELDS];
	char *rest = line;
	char *word;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < FIELDS; i++)
		if ((fields[i] = strsep(&rest, "\t")) == NULL)
			die("short line", line);
	*job = (struct job){.name = fields[0],
		.infile = fields[1],
		.outfile = fields[2],
		.algorithm = algorithm_parse(fields[3]),
		.denial = fields[4],
		.iterations = (uint16_t)strtoul(fields[5], NULL, 10),
		.inception = (uint32_t)strtoul(fields[6], NULL, 10),
		.expiration = (uint32_t)strtoul(fields[7], NULL, 10),
		.origin = ldns_dname_new_frm_str(fields[0])};
	if (job->origin == NULL)
		die("bad zone name", fields[0]);
	rest = strcmp(fields[8], "-") != 0 ? fields[8] : NULL;
	while ((word = strsep(&rest, ",")) != NULL)
		fault_parse(job, word);
}

static void
job_clear(struct job *job)
{
	for (size_t i = 0; i < job->fault_count; i++)
		ldns_rdf_deep_free(job->faults[i].owner);
	ldns_rdf_deep_free(job->origin);
}

static bool
job_spoils(const struct job *job, enum fault_kind kind, const ldns_rdf *owner,
	ldns_rr_type type)
{
	for (size_t i = 0; i < job->fault_count; i++) {
		const struct fault *fault = &job->faults[i];

		if (fault->kind == kind &&
			(fault->type == 0 || fault->type == type) &&
			(fault->owner == NULL ||
				ldns_dname_compare(fault->owner, owner) == 0))
			return true;
	}
	return false;
}

static ldns_dnssec_zone *
zone_read(const struct job *job)
{
	ldns_dnssec_zone *zone = NULL;
	FILE *file = fopen(job->infile, "r");
	ldns_status status;
	int line = 0;

	if (file == NULL)
		die(job->infile, strerror(errno));
	status = ldns_dnssec_zone_new_frm_fp_l(
		&zone, file, job->origin, TTL_S, LDNS_RR_CLASS_IN, &line);
	if (status != LDNS_STATUS_OK)
		fprintf(stderr, "sign: %s: line %d\n", job->infile, line);
	check(status, job->infile);
	fclose(file);
	return zone;
}

static int
replace_signature(ldns_rr *rr, void *arg)
{
	(void)rr;
	(void)arg;
	return LDNS_SIGNATURE_REMOVE_ADD_NEW;
}

static void
zone_sign(ldns_dnssec_zone *zone, const struct job *job, ldns_key_list *keys)
{
	ldns_rr_list *created = ldns_rr_list_new();
	bool optout = strcmp(job->denial, "nsec3-optout") == 0;
	bool salted = strcmp(job->denial, "nsec3-salt") == 0;
	uint8_t salt[] = {0xab, 0xcd};
	ldns_status status;

	if (strcmp(job->denial, "nsec") == 0)
		status = ldns_dnssec_zone_sign_flg(
			zone, created, keys, replace_signature, NULL, 0);
	else
		status = ldns_dnssec_zone_sign_nsec3_flg(zone, created, keys,
			replace_signature, NULL, LDNS_SHA1, optout ? 1 : 0,
			job->iterations, salted ? sizeof(salt) : 0, salt, 0);
	check(status, job->name);
	ldns_rr_list_free(created);
}

/* The RRset signed once more with dates that are over. */
static ldns_rr_list *
expired_signatures(
	ldns_rr_list *rrset, const struct job *job, ldns_key_list *keys)
{
	ldns_key *key = ldns_key_list_key(keys, 0);
	ldns_rr_list *signatures;

	ldns_key_set_inception(key, job->inception - 30 * DAY_S);
	ldns_key_set_expiration(key, job->inception - DAY_S);
	signatures = ldns_sign_public(rrset, keys);
	ldns_key_set_inception(key, job->inception);
	ldns_key_set_expiration(key, job->expiration);
	return signatures;
}

static void
print_signature(
	FILE *out, const struct job *job, ldns_rr *signature, ldns_rr_type type)
{
	ldns_rr *copy = ldns_rr_clone(signature);
	const ldns_rdf *owner = ldns_rr_owner(signature);

	if (job_spoils(job, FAULT_BAD_SIG, owner, type))
		ldns_rdf_data(ldns_rr_rdf(copy, SIGNATURE_RDATA))[4] ^= 0x55;
	if (job_spoils(job, FAULT_UNKNOWN_ALG, owner, type))
		ldns_rdf_data(ldns_rr_rdf(
			copy, ALGORITHM_RDATA))[0] = UNKNOWN_ALGORITHM;
	ldns_rr_print(out, copy);
	ldns_rr_free(copy);
}

static void
print_signatures(FILE *out, const struct job *job, ldns_key_list *keys,
	ldns_rr_list *rrset, const ldns_dnssec_rrs *signatures)
{
	ldns_rr *first = ldns_rr_list_rr(rrset, 0);
	const ldns_rdf *owner = ldns_rr_owner(first);
	ldns_rr_type type = ldns_rr_get_type(first);
	ldns_rr_list *expired;

	/* Glue and delegations have none in the first place. */
	if (signatures == NULL || job_spoils(job, FAULT_NO_SIGS, owner, type))
		return;
	if (!job_spoils(job, FAULT_EXPIRED_SIGS, owner, type)) {
		for (; signatures != NULL; signatures = signatures->next)
			print_signature(out, job, signatures->rr, type);
		return;
	}
	expired = expired_signatures(rrset, job, keys);
	for (size_t i = 0; i < ldns_rr_list_rr_count(expired); i++)
		print_signature(out, job, ldns_rr_list_rr(expired, i), type);
	ldns_rr_list_deep_free(expired);
}

static void
print_rrset(FILE *out, const struct job *job, ldns_key_list *keys,
	const ldns_dnssec_rrsets *rrset)
{
	ldns_rr_list *list = ldns_rr_list_new();

	for (ldns_dnssec_rrs *rr = rrset->rrs; rr != NULL; rr = rr->next) {
		ldns_rr_print(out, rr->rr);
		ldns_rr_list_push_rr(list, rr->rr);
	}
	print_signatures(out, job, keys, list, rrset->signatures);
	ldns_rr_list_free(list);
}

static void
print_denial(FILE *out, const struct job *job, ldns_key_list *keys,
	const ldns_dnssec_name *name)
{
	ldns_rr_list *list;

	if (name->nsec == NULL)
		return;
	list = ldns_rr_list_new();
	ldns_rr_list_push_rr(list, name->nsec);
	ldns_rr_print(out, name->nsec);
	print_signatures(out, job, keys, list, name->nsec_signatures);
	ldns_rr_list_free(list);
}

static void
print_name(FILE *out, const struct job *job, ldns_key_list *keys,
	const ldns_dnssec_name *name)
{
	bool denial = !job_spoils(
		job, FAULT_NO_DENIAL, job->origin, (ldns_rr_type)0);

	for (ldns_dnssec_rrsets *rrset = name->rrsets; rrset != NULL;
		rrset = rrset->next)
		if (denial || rrset->type != LDNS_RR_TYPE_NSEC3PARAM)
			print_rrset(out, job, keys, rrset);
	if (denial)
		print_denial(out, job, keys, name);
}

/* The SOA goes first: a name server's reader takes the zone's apex from it. */
static void
zone_write(ldns_dnssec_zone *zone, const struct job *job, ldns_key_list *keys)
{
	FILE *out = fopen(job->outfile, "w");
	ldns_rbnode_t *node;

	if (out == NULL)
		die(job->outfile, strerror(errno));
	print_name(out, job, keys, zone->soa);
	for (node = ldns_rbtree_first(zone->names); node != LDNS_RBTREE_NULL;
		node = ldns_rbtree_next(node))
		if (node->data != zone->soa)
			print_name(out, job, keys, node->data);
	if (fclose(out) != 0)
		die(job->outfile, strerror(errno));
}

static char *
rdata_text(const ldns_rr *rr)
{
	ldns_buffer *buffer = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	char *text;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		if (i > 0)
			ldns_buffer_printf(buffer, " ");
		ldns_rdf2buffer_str(buffer, ldns_rr_rdf(rr, i));
	}
	text = ldns_buffer_export2str(buffer);
	ldns_buffer_free(buffer);
	return text;
}

static void
print_keys(const struct job *job, const ldns_rr *dnskey)
{
	ldns_rr *ds = ldns_key_rr2ds(dnskey, LDNS_SHA256);
	char *ds_text = rdata_text(ds);
	char *key_text = rdata_text(dnskey);

	printf("%s\t%s\t%s\n", job->name, ds_text, key_text);
	free(key_text);
	free(ds_text);
	ldns_rr_free(ds);
}

static void
job_run(struct signer *signer, const struct job *job)
{
	ldns_key_list *keys = signer_keys(signer, job->algorithm);
	ldns_rr *dnskey = key_adopt(ldns_key_list_key(keys, 0), job);
	ldns_dnssec_zone *zone = zone_read(job);

	print_keys(job, dnskey);
	check(ldns_dnssec_zone_add_rr(zone, dnskey), job->name);
	zone_sign(zone, job, keys);
	zone_write(zone, job, keys);
	ldns_dnssec_zone_deep_free(zone);
}

int
main(int argc, char **argv)
{
	struct signer signer = {0};
	struct job job;
	char *line = NULL;
	size_t size = 0;

	if (argc != 2)
		die("usage", "sign KEYDIR < list");
	signer.keydir = argv[1];
	while (getline(&line, &size, stdin) > 0) {
		job_parse(&job, line);
		job_run(&signer, &job);
		job_clear(&job);
	}
	free(line);
	for (size_t i = 0; i < signer.key_count; i++)
		ldns_key_list_free(signer.keys[i].list);
	return 0;
}
