/*
 * Makes the file of signed zones that authority serves.
 *
 *   compile FILE ANCHOR INCEPTION EXPIRATION < zones
 *
 * A line of the input, fields separated by one tab, is one of
 *   server NUMBER LABEL ADDRESS,...
 *   tld NAME DENIAL
 *   zone NAME DENIAL ITERATIONS DS FAULTS SERVERS RECORDS
 * Servers and top-level domains come before what uses them. Server 0 is that of
 * the root, 1 that of the top-level domains; others have names in the TLD of
 * the zone which they serve, so that a delegation brings their addresses along.
 * All zones are children of a TLD.
 *   DENIAL   "-" (not signed), nsec, nsec3, nsec3-optout
 *   DS       ok, none, wrong
 *   FAULTS   "-", or words joined by commas, with a ":TYPE" or for all types:
 *            expired-sigs, bad-sig, no-sigs; no-denial
 *   SERVERS  numbers joined by commas
 *   RECORDS  master-file lines relative to the zone, joined by "|"; SOA and NS
 *            are added
 * Dates: seconds since 1970. One key signs all; the DS record of the root goes
 * to ANCHOR.
 */
#include <errno.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/lab/compile.h"

#define MAX_SERVERS 65536
#define MAX_TLDS 8
#define FIELDS 8
#define ROOT_SERVER 0
#define TLD_SERVER 1

struct server {
	char *label;
	char *addresses;
};

struct compiler {
	struct output output;
	struct server *servers;
	size_t server_count;
	struct zone root;
	struct zone tlds[MAX_TLDS];
	size_t tld_count;
	struct zone leaf;
};

_Noreturn void
die(const char *what, const char *detail)
{
	fprintf(stderr, "compile: %s: %s\n", what, detail);
	exit(1);
}

static size_t
wire_name(const char *text, uint8_t out[ZONEDB_NAME])
{
	ldns_rdf *name = ldns_dname_new_frm_str(text);
	size_t length;

	if (name == NULL)
		die("bad name", text);
	ldns_dname2canonical(name);
	length = ldns_rdf_size(name);
	memcpy(out, ldns_rdf_data(name), length);
	ldns_rdf_deep_free(name);
	return length;
}

/* Name of a server in the zones of one TLD (of the root: NULL). */
static size_t
server_name(const struct compiler *compiler, unsigned server,
	const struct zone *tld, uint8_t *out)
{
	char text[1024] = "root-server";
	size_t length;

	if (server == TLD_SERVER)
		snprintf(text, sizeof(text), "tld-server");
	else if (server != ROOT_SERVER)
		snprintf(text, sizeof(text), "%s.ns",
			compiler->servers[server].label);
	length = wire_name(text, out);
	if (tld != NULL && server != ROOT_SERVER) {
		memcpy(out + length - 1, tld->apex, tld->apex_length);
		length += tld->apex_length - 1;
	}
	return length;
}

static void
add_addresses(const struct compiler *compiler, unsigned server,
	const struct zone *tld, struct zone *zone)
{
	char *copy = strdup(compiler->servers[server].addresses);
	char *rest = copy, *word;
	uint8_t name[ZONEDB_NAME];

	server_name(compiler, server, tld, name);
	while ((word = strsep(&rest, ",")) != NULL) {
		bool six = strchr(word, ':') != NULL;
		ldns_rdf *address = ldns_rdf_new_frm_str(
			six ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, word);

		if (address == NULL)
			die("bad address", word);
		zone_add(zone, name, six ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A,
			TTL_S, ldns_rdf_data(address), ldns_rdf_size(address));
		ldns_rdf_deep_free(address);
	}
	free(copy);
}

/* SOA and NS records of the apex. */
static void
add_apex(const struct compiler *compiler, const struct zone *tld,
	struct zone *zone)
{
	static const uint8_t numbers[20] = {0, 0, 0, 1, 0, 0, 0x1c, 0x20, 0, 0,
		0x0e, 0x10, 0, 0x12, 0x75, 0, 0, 0, 1, 0x2c};
	uint8_t data[2 * ZONEDB_NAME + 32];
	uint8_t name[ZONEDB_NAME];
	size_t length = server_name(compiler, zone->servers[0], tld, name);
	size_t size = length;

	memcpy(data, name, length);
	memcpy(data + size, "\012hostmaster", 11);
	memcpy(data + size + 11, name, length);
	size += 11 + length;
	memcpy(data + size, numbers, sizeof(numbers));
	zone_add(zone, zone->apex, LDNS_RR_TYPE_SOA, TTL_S, data,
		size + sizeof(numbers));
	for (unsigned i = 0; i < zone->server_count; i++) {
		length = server_name(compiler, zone->servers[i], tld, name);
		zone_add(
			zone, zone->apex, LDNS_RR_TYPE_NS, TTL_S, name, length);
	}
	if (zone->is_signed)
		zone_add(zone, zone->apex, LDNS_RR_TYPE_DNSKEY, TTL_S,
			compiler->output.dnskey, DNSKEY_SIZE);
}

static void
add_record(struct zone *zone, const ldns_rdf *origin, const char *text)
{
	ldns_rr *rr = NULL;
	uint8_t data[4096];
	size_t size = 0;

	if (ldns_rr_new_frm_str(&rr, text, TTL_S, origin, NULL) !=
		LDNS_STATUS_OK)
		die("bad record", text);
	ldns_rr2canonical(rr);
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(rr, i);

		if (size + ldns_rdf_size(rdf) > sizeof(data))
			die("record too long", text);
		memcpy(data + size, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
		size += ldns_rdf_size(rdf);
	}
	zone_add(zone, ldns_rdf_data(ldns_rr_owner(rr)),
		(uint16_t)ldns_rr_get_type(rr), ldns_rr_ttl(rr), data, size);
	ldns_rr_free(rr);
}

static void
set_denial(struct zone *zone, const char *word)
{
	zone->is_signed = strcmp(word, "-") != 0;
	zone->optout = strcmp(word, "nsec3-optout") == 0;
	zone->nsec3 = zone->optout || strcmp(word, "nsec3") == 0;
	if (zone->is_signed && !zone->nsec3 && strcmp(word, "nsec") != 0)
		die("unknown denial", word);
}

static void
set_faults(struct zone *zone, char *words)
{
	static const char *const known[FAULT_KINDS] = {
		"expired-sigs", "bad-sig", "no-sigs", "no-denial"};
	char *word;

	zone->fault_count = 0;
	while (strcmp(words, "-") != 0 &&
		(word = strsep(&words, ",")) != NULL) {
		struct fault *fault = &zone->faults[zone->fault_count];
		char *type = strchr(word, ':');
		int kind = 0;

		if (zone->fault_count++ == MAX_FAULTS)
			die("too many faults", word);
		if (type != NULL)
			*type++ = '\0';
		while (kind < FAULT_KINDS && strcmp(known[kind], word) != 0)
			kind++;
		if (kind == FAULT_KINDS)
			die("unknown fault", word);
		fault->kind = (enum fault_kind)kind;
		fault->type = type == NULL ? 0
					   : (uint16_t)ldns_get_rr_type_by_name(
						     type);
		if (words == NULL)
			break;
	}
}

static void
set_servers(const struct compiler *compiler, struct zone *zone, char *numbers)
{
	char *word;

	zone->server_count = 0;
	while ((word = strsep(&numbers, ",")) != NULL) {
		unsigned long number = strtoul(word, NULL, 10);

		if (number >= compiler->server_count ||
			zone->server_count == ZONEDB_SERVERS)
			die("bad servers", word);
		zone->servers[zone->server_count++] = (uint16_t)number;
	}
}

static struct zone *
find_tld(struct compiler *compiler, const struct zone *zone)
{
	const uint8_t *tld = zone->apex + zone->apex[0] + 1;

	for (size_t i = 0; i < compiler->tld_count; i++)
		if (strcmp((const char *)compiler->tlds[i].apex,
			    (const char *)tld) == 0)
			return &compiler->tlds[i];
	die("not below a TLD", (const char *)zone->apex);
}

/* NS and DS records of a zone in the one above it. */
static void
delegate(const struct compiler *compiler, struct zone *above,
	const struct zone *zone, const struct zone *tld, const char *ds)
{
	uint8_t data[ZONEDB_NAME];
	size_t size;

	for (unsigned i = 0; i < zone->server_count; i++) {
		size = server_name(compiler, zone->servers[i], tld, data);
		zone_add(above, zone->apex, LDNS_RR_TYPE_NS, TTL_S, data, size);
	}
	if (!zone->is_signed || strcmp(ds, "none") == 0)
		return;
	size = sign_ds(&compiler->output, zone->apex, data);
	if (strcmp(ds, "wrong") == 0)
		data[size - 1] ^= 1;
	zone_add(above, zone->apex, LDNS_RR_TYPE_DS, TTL_S, data, size);
}

static void
add_zone(struct compiler *compiler, char **fields)
{
	struct zone *zone = &compiler->leaf, *tld;
	ldns_rdf *origin = ldns_dname_new_frm_str(fields[1]);
	char *record;

	zone->apex_length = wire_name(fields[1], zone->apex);
	set_denial(zone, fields[2]);
	zone->iterations = (uint16_t)strtoul(fields[3], NULL, 10);
	set_faults(zone, fields[5]);
	set_servers(compiler, zone, fields[6]);
	tld = find_tld(compiler, zone);
	add_apex(compiler, tld, zone);
	while (fields[7] != NULL && fields[7][0] != '\0' &&
		(record = strsep(&fields[7], "|")) != NULL)
		add_record(zone, origin, record);
	ldns_rdf_deep_free(origin);
	delegate(compiler, tld, zone, tld, fields[4]);
	zone_write(zone, &compiler->output);
}

static void
add_tld(struct compiler *compiler, char **fields)
{
	struct zone *tld = &compiler->tlds[compiler->tld_count];

	if (compiler->tld_count++ == MAX_TLDS)
		die("too many TLDs", fields[1]);
	tld->apex_length = wire_name(fields[1], tld->apex);
	set_denial(tld, fields[2]);
	tld->servers[0] = TLD_SERVER;
	tld->server_count = 1;
}

static void
add_server(struct compiler *compiler, char **fields)
{
	struct server *server = &compiler->servers[compiler->server_count];

	if (compiler->server_count == MAX_SERVERS ||
		strtoul(fields[1], NULL, 10) != compiler->server_count)
		die("servers are not numbered", fields[1]);
	*server = (struct server){strdup(fields[2]), strdup(fields[3])};
	compiler->server_count++;
}

static void
read_line(struct compiler *compiler, char *line)
{
	char *fields[FIELDS] = {NULL};
	char *rest = line;
	size_t count = 0;

	line[strcspn(line, "\n")] = '\0';
	while (count < FIELDS && rest != NULL)
		fields[count++] = strsep(&rest, "\t");
	if (strcmp(line, "zone") == 0 && count == FIELDS)
		add_zone(compiler, fields);
	else if (strcmp(line, "tld") == 0 && count == 3)
		add_tld(compiler, fields);
	else if (strcmp(line, "server") == 0 && count == 4)
		add_server(compiler, fields);
	else
		die("bad line", line);
}

/* The zones above the leaves, now that all delegations are known. */
static void
finish_zones(struct compiler *compiler)
{
	struct zone *root = &compiler->root;

	root->apex_length = 1;
	root->is_signed = true;
	root->server_count = 1;
	add_apex(compiler, NULL, root);
	add_addresses(compiler, ROOT_SERVER, NULL, root);
	for (size_t i = 0; i < compiler->tld_count; i++) {
		struct zone *tld = &compiler->tlds[i];

		add_apex(compiler, tld, tld);
		for (unsigned s = TLD_SERVER; s < compiler->server_count; s++)
			add_addresses(compiler, s, tld, tld);
		delegate(compiler, root, tld, tld, "ok");
		add_addresses(compiler, TLD_SERVER, tld, root);
		zone_write(tld, &compiler->output);
	}
	zone_write(root, &compiler->output);
}

static uint64_t
append(struct output *output, const void *data, size_t size)
{
	static const uint8_t padding[8];
	size_t gap = (size_t)(-output->place & 7);
	uint64_t place = output->place + gap;

	fwrite(padding, 1, gap, output->file);
	fwrite(data, 1, size, output->file);
	output->place = place + size;
	return place;
}

/* The hash table of the zones by name; base: the file so far. */
static uint32_t *
make_buckets(const struct output *output, const uint8_t *base, uint32_t count,
	uint32_t *mask)
{
	const struct zonedb_zone *zones = (const void *)output->zones.data;
	uint32_t *buckets;

	for (*mask = 1; *mask < count * 2;)
		*mask *= 2;
	buckets = calloc(*mask, sizeof(*buckets));
	if (buckets == NULL)
		die("out of memory", "");
	--*mask;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = zonedb_hash_name(base + zones[i].name + 1);

		while (buckets[at & *mask] != 0)
			at++;
		buckets[at & *mask] = i + 1;
	}
	return buckets;
}

static uint8_t *
map(const struct output *output)
{
	uint8_t *base;

	fflush(output->file);
	base = mmap(NULL, output->place, PROT_READ | PROT_WRITE, MAP_SHARED,
		fileno(output->file), 0);
	if (base == MAP_FAILED)
		die("cannot map the file", strerror(errno));
	return base;
}

static void
finish_file(struct output *output)
{
	struct zonedb_header header = {.magic = ZONEDB_MAGIC};
	uint8_t *base = map(output);
	uint32_t *buckets;

	header.zone_count = (uint32_t)(output->zones.length /
				       sizeof(struct zonedb_zone));
	buckets = make_buckets(
		output, base, header.zone_count, &header.bucket_mask);
	sign_all(output, base);
	EVP_PKEY_free(output->key);
	munmap(base, output->place);
	header.zones = append(output, output->zones.data, output->zones.length);
	header.buckets = append(
		output, buckets, (header.bucket_mask + 1u) * sizeof(*buckets));
	header.nodes = append(output, output->nodes.data, output->nodes.length);
	header.hashes = append(
		output, output->hashes.data, output->hashes.length);
	header.size = output->place;
	rewind(output->file);
	fwrite(&header, sizeof(header), 1, output->file);
	if (fclose(output->file) != 0)
		die("cannot write", strerror(errno));
	free(buckets);
}

static void
write_anchor(const struct output *output, const char *path)
{
	FILE *file = fopen(path, "w");
	uint8_t ds[4 + DIGEST_SIZE];
	size_t size = sign_ds(output, (const uint8_t *)"", ds);

	if (file == NULL)
		die(path, strerror(errno));
	fprintf(file, ". IN DS %u %u %u ", output->key_tag, ds[2], ds[3]);
	for (size_t i = 4; i < size; i++)
		fprintf(file, "%02x", ds[i]);
	fputs("\n", file);
	if (fclose(file) != 0)
		die(path, strerror(errno));
}

static void
compiler_free(struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->server_count; i++) {
		free(compiler->servers[i].label);
		free(compiler->servers[i].addresses);
	}
	for (size_t i = 0; i < compiler->tld_count; i++)
		zone_free(&compiler->tlds[i]);
	zone_free(&compiler->root);
	zone_free(&compiler->leaf);
	free(compiler->output.zones.data);
	free(compiler->output.nodes.data);
	free(compiler->output.hashes.data);
	free(compiler->output.pending.data);
	free(compiler->servers);
	free(compiler);
}

int
main(int argc, char **argv)
{
	struct compiler *compiler = calloc(1, sizeof(*compiler));
	struct zonedb_header header = {.magic = "unready"};
	struct output *output = &compiler->output;
	char *line = NULL;
	size_t size = 0;

	if (argc != 5)
		die("usage", "compile FILE ANCHOR INCEPTION EXPIRATION");
	output->inception = (uint32_t)strtoul(argv[3], NULL, 10);
	output->expiration = (uint32_t)strtoul(argv[4], NULL, 10);
	output->file = fopen(argv[1], "w+");
	if (output->file == NULL)
		die(argv[1], strerror(errno));
	compiler->servers = calloc(MAX_SERVERS, sizeof(*compiler->servers));
	append(output, &header, sizeof(header));
	sign_start(output);
	while (getline(&line, &size, stdin) > 0)
		read_line(compiler, line);
	finish_zones(compiler);
	write_anchor(output, argv[2]);
	finish_file(output);
	free(line);
	compiler_free(compiler);
	return 0;
}
