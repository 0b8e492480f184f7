/*
 * Each struct is passed through field by field, by the same function in both
 * directions: so what is read is what was written. Integers have as many octets
 * as they need, seven bits in each; a run of zeros, of which there are many, is
 * a zero and its length; a text that was there before is its number.
 */
#include "scanner/core/pack.h"

#include <assert.h>
#include <string.h>

enum {
	TEXTS = 64, /* that can be referred to */
	FIRST_ROOM = 256,
	LONGEST_RUN = 255,
};

/* What most conversations have in common. */
static const char *const common_texts[] = {
	"TLSv1.3",
	"TLSv1.2",
	"TLS_AES_256_GCM_SHA384",
	"TLS_AES_128_GCM_SHA256",
	"TLS_CHACHA20_POLY1305_SHA256",
	"ECDHE-RSA-AES256-GCM-SHA384",
	"ECDHE-RSA-AES128-GCM-SHA256",
	"ECDHE-ECDSA-AES256-GCM-SHA384",
	"X25519",
	"P-256",
	"RSA-2048",
	"RSA-4096",
	"EC-256",
	"EC-384",
};

struct coder {
	bool writing;
	bool chains;
	struct arena *arena;
	const uint8_t *in; /* when reading */
	uint8_t *out;	   /* when writing; of room octets */
	size_t room;
	size_t len;	/* of in or out */
	size_t at;	/* read so far */
	unsigned zeros; /* of the run: written, or still to be read */
	const char *texts[TEXTS];
	size_t text_count;
};

/* Octets. */

static void
append(struct coder *c, uint8_t octet)
{
	if (c->len == c->room) {
		uint8_t *wider = arena_alloc(c->arena, c->room * 2);

		memcpy(wider, c->out, c->len);
		c->out = wider;
		c->room *= 2;
	}
	c->out[c->len++] = octet;
}

static void
put(struct coder *c, uint8_t octet)
{
	if (octet == 0 && c->zeros > 0 && c->zeros < LONGEST_RUN) {
		c->out[c->len - 1] = (uint8_t)++c->zeros;
		return;
	}
	append(c, octet);
	c->zeros = octet == 0;
	if (octet == 0)
		append(c, 1);
}

static uint8_t
next(struct coder *c)
{
	assert(c->at < c->len);
	return c->in[c->at++];
}

static uint8_t
take(struct coder *c)
{
	uint8_t octet;

	if (c->zeros > 0) {
		c->zeros--;
		return 0;
	}
	octet = next(c);
	if (octet == 0)
		c->zeros = next(c) - 1U;
	return octet;
}

static void
pass_octets(struct coder *c, uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (c->writing)
			put(c, octets[i]);
		else
			octets[i] = take(c);
	}
}

/* Integers. */

static void
put_number(struct coder *c, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		put(c, (uint8_t)(value | 0x80));
	put(c, (uint8_t)value);
}

static uint64_t
take_number(struct coder *c)
{
	uint64_t value = 0;
	uint8_t octet;

	for (unsigned shift = 0;; shift += 7) {
		octet = take(c);
		value |= (uint64_t)(octet & 0x7f) << shift;
		if (octet < 0x80)
			return value;
	}
}

/* An integer of any type, by its size. */
union integer {
	uint8_t octet;
	uint16_t two;
	uint32_t four;
	uint64_t eight;
};

static void
write_integer(struct coder *c, const void *field, size_t size)
{
	union integer integer = {.eight = 0};

	memcpy(&integer, field, size);
	put_number(c, size == 1	  ? integer.octet
		      : size == 2 ? integer.two
		      : size == 4 ? integer.four
				  : integer.eight);
}

static void
read_integer(struct coder *c, void *field, size_t size)
{
	uint64_t value = take_number(c);
	union integer integer = {.eight = 0};

	if (size == 1)
		integer.octet = (uint8_t)value;
	else if (size == 2)
		integer.two = (uint16_t)value;
	else if (size == 4)
		integer.four = (uint32_t)value;
	else
		integer.eight = value;
	memcpy(field, &integer, size);
}

static void
pass_integer(struct coder *c, void *field, size_t size)
{
	if (c->writing)
		write_integer(c, field, size);
	else
		read_integer(c, field, size);
}

#define PASS(c, field) pass_integer((c), &(field), sizeof(field))

/* Pieces of memory. */

/* What can be written to: a copy, or room for what is read. */
static void *
own(struct coder *c, const void *from, size_t count, size_t size)
{
	return c->writing ? arena_copy(c->arena, from, count * size)
			  : arena_alloc(c->arena, count * size);
}

/* The same of what may be NULL. */
static void *
own_one(struct coder *c, const void *from, size_t count, size_t size)
{
	bool there = from != NULL;

	PASS(c, there);
	return there ? own(c, from, count, size) : NULL;
}

static void
pass_data(struct coder *c, const uint8_t **data, size_t len)
{
	uint8_t *octets = own(c, *data, len, 1);

	pass_octets(c, octets, len);
	*data = octets;
}

/* Texts. */

static void
note_text(struct coder *c, const char *text)
{
	if (c->text_count < TEXTS)
		c->texts[c->text_count++] = text;
}

enum {
	TEXT_NULL,
	TEXT_NEW,
	TEXT_KNOWN, /* … and the following: by its number */
};

static uint64_t
text_number(const struct coder *c, const char *text)
{
	if (text == NULL)
		return TEXT_NULL;
	for (size_t i = 0; i < c->text_count; i++)
		if (strcmp(c->texts[i], text) == 0)
			return TEXT_KNOWN + i;
	return TEXT_NEW;
}

static void
pass_new_text(struct coder *c, const char **text)
{
	size_t len = c->writing ? strlen(*text) : 0;
	char *copy;

	PASS(c, len);
	copy = own(c, *text, len + 1, 1);
	pass_octets(c, (uint8_t *)copy, len);
	*text = copy;
	note_text(c, copy);
}

static void
pass_text(struct coder *c, const char **text)
{
	uint64_t number = c->writing ? text_number(c, *text) : 0;

	PASS(c, number);
	if (number == TEXT_NEW)
		pass_new_text(c, text);
	else
		*text = number == TEXT_NULL ? NULL
					    : c->texts[number - TEXT_KNOWN];
}

/* Facts. */

static void
pass_lookup(struct coder *c, struct fact_lookup *lookup)
{
	PASS(c, lookup->status);
	PASS(c, lookup->trust);
	PASS(c, lookup->ttl_s);
	pass_text(c, &lookup->why);
	pass_text(c, &lookup->alias);
	PASS(c, lookup->unsupported);
	PASS(c, lookup->sig_inception);
	PASS(c, lookup->sig_expiration);
}

static void
pass_address(struct coder *c, struct fact_address *address)
{
	PASS(c, address->ipv6);
	pass_octets(c, address->bytes, sizeof(address->bytes));
}

static void
pass_records(struct coder *c, struct fact_host *host)
{
	struct fact_tlsa *list;

	PASS(c, host->record_count);
	list = own(c, host->records, host->record_count, sizeof(*list));
	for (size_t i = 0; i < host->record_count; i++) {
		PASS(c, list[i].usage);
		PASS(c, list[i].selector);
		PASS(c, list[i].mtype);
		PASS(c, list[i].short_rdata);
		PASS(c, list[i].len);
		pass_data(c, &list[i].data, list[i].len);
	}
	host->records = list;
}

static void
pass_servers(struct coder *c, const struct fact_server **servers, size_t *count)
{
	struct fact_server *list;

	PASS(c, *count);
	list = own(c, *servers, *count, sizeof(*list));
	for (size_t i = 0; i < *count; i++) {
		pass_text(c, &list[i].name);
		pass_address(c, &list[i].address);
		PASS(c, list[i].type);
		PASS(c, list[i].outcome);
		PASS(c, list[i].digest);
		PASS(c, list[i].has_serial);
		PASS(c, list[i].serial);
	}
	*servers = list;
}

static void
pass_certificate(struct coder *c, struct fact_certificate *certificate)
{
	bool whole = c->chains && certificate->der != NULL;

	pass_octets(c, certificate->sha256, sizeof(certificate->sha256));
	PASS(c, certificate->len);
	PASS(c, whole);
	if (whole)
		pass_data(c, &certificate->der, certificate->len);
}

static void
pass_tls(struct coder *c, const struct fact_tls **tls)
{
	struct fact_tls *one = own_one(c, *tls, 1, sizeof(*one));
	struct fact_certificate *chain;

	*tls = one;
	if (one == NULL)
		return;
	pass_text(c, &one->version);
	pass_text(c, &one->cipher);
	pass_text(c, &one->group);
	pass_text(c, &one->key);
	PASS(c, one->chain_len);
	chain = own(c, one->chain, one->chain_len, sizeof(*chain));
	for (size_t i = 0; i < one->chain_len; i++)
		pass_certificate(c, &chain[i]);
	one->chain = chain;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_tls(const struct fact_tls *a, const struct fact_tls *b)
{
	return a != NULL && b != NULL && same_text(a->version, b->version) &&
	       same_text(a->cipher, b->cipher) &&
	       same_text(a->group, b->group) && same_text(a->key, b->key) &&
	       fact_same_chain(a, b);
}

/* What an address before it showed as well is there once. */
static void
pass_tls_once(struct coder *c, struct fact_endpoint *list, size_t i)
{
	size_t j = 0;

	while (c->writing && j < i && !same_tls(list[i].tls, list[j].tls))
		j++;
	if (c->writing)
		j = j < i ? j + 1 : 0;
	PASS(c, j);
	if (j > 0)
		list[i].tls = list[j - 1].tls;
	else
		pass_tls(c, &list[i].tls);
}

static void
pass_endpoints(struct coder *c, struct fact_host *host)
{
	struct fact_endpoint *list;

	PASS(c, host->endpoint_count);
	list = own(c, host->endpoints, host->endpoint_count, sizeof(*list));
	for (size_t i = 0; i < host->endpoint_count; i++) {
		pass_address(c, &list[i].address);
		PASS(c, list[i].port);
		PASS(c, list[i].insecure);
		PASS(c, list[i].phase);
		PASS(c, list[i].failure);
		PASS(c, list[i].smtp_code);
		pass_text(c, &list[i].detail);
		pass_tls_once(c, list, i);
		pass_tls(c, &list[i].other);
		PASS(c, list[i].flags);
		PASS(c, list[i].selective);
		PASS(c, list[i].attempts);
		PASS(c, list[i].elapsed_ms);
	}
	host->endpoints = list;
}

static void
pass_denial(struct coder *c, const struct fact_denial **denial)
{
	struct fact_denial *one = own_one(c, *denial, 1, sizeof(*one));

	*denial = one;
	if (one == NULL)
		return;
	pass_lookup(c, &one->parent);
	pass_lookup(c, &one->owner);
	pass_servers(c, &one->servers, &one->server_count);
}

static void
pass_ports(struct coder *c, const struct fact_port **ports)
{
	struct fact_port *list = own_one(c, *ports, FACT_PORTS, sizeof(*list));

	*ports = list;
	for (size_t i = 0; list != NULL && i < FACT_PORTS; i++) {
		PASS(c, list[i].port);
		pass_lookup(c, &list[i].tlsa);
		PASS(c, list[i].count);
	}
}

static void
pass_extras(struct coder *c, const struct fact_host_extras **extras)
{
	struct fact_host_extras *one = own_one(c, *extras, 1, sizeof(*one));

	*extras = one;
	if (one == NULL)
		return;
	pass_denial(c, &one->denial);
	pass_ports(c, &one->ports);
}

static void
pass_fact(struct coder *c, const struct fact_host **fact)
{
	struct fact_host *host = own(c, *fact, 1, sizeof(*host));

	pass_text(c, &host->name);
	PASS(c, host->refused);
	pass_lookup(c, &host->a);
	pass_lookup(c, &host->aaaa);
	pass_lookup(c, &host->cname);
	pass_lookup(c, &host->tlsa);
	pass_text(c, &host->base);
	pass_records(c, host);
	pass_endpoints(c, host);
	PASS(c, host->truncated);
	PASS(c, host->tlsa_wildcard);
	PASS(c, host->cname_loop);
	PASS(c, host->tlsa_misplaced);
	PASS(c, host->tlsa_algorithm);
	pass_servers(c, &host->servers, &host->server_count);
	pass_extras(c, &host->extras);
	*fact = host;
}

/* The verdict. */

static void
pass_verdict_records(struct coder *c, struct verdict_host *verdict)
{
	struct verdict_record *list = own(c, verdict->records,
		verdict->fact->record_count, sizeof(*list));

	for (size_t i = 0; i < verdict->fact->record_count; i++) {
		PASS(c, list[i].usability);
		PASS(c, list[i].judged);
		PASS(c, list[i].matched);
		PASS(c, list[i].depth);
		PASS(c, list[i].hint);
	}
	verdict->records = list;
}

static void
pass_dane(struct coder *c, struct dane_result *dane)
{
	PASS(c, dane->usable);
	PASS(c, dane->error);
	PASS(c, dane->error_depth);
	PASS(c, dane->reason);
	PASS(c, dane->match.found);
	PASS(c, dane->match.record);
	PASS(c, dane->match.depth);
	pass_text(c, &dane->match.name);
	PASS(c, dane->level);
}

static void
pass_pkix(struct coder *c, struct pkix_result *pkix)
{
	PASS(c, pkix->judged);
	PASS(c, pkix->error);
	PASS(c, pkix->depth);
	PASS(c, pkix->reason);
	pass_text(c, &pkix->name);
}

static void
pass_verdict_endpoints(struct coder *c, struct verdict_host *verdict)
{
	struct verdict_endpoint *list = own(c, verdict->endpoints,
		verdict->fact->endpoint_count, sizeof(*list));

	for (size_t i = 0; i < verdict->fact->endpoint_count; i++) {
		PASS(c, list[i].class);
		PASS(c, list[i].reason);
		pass_dane(c, &list[i].dane);
		pass_dane(c, &list[i].other);
		PASS(c, list[i].failed_key);
		PASS(c, list[i].flags);
		pass_pkix(c, &list[i].pkix);
	}
	verdict->endpoints = list;
}

static void
pass_verdict(struct coder *c, struct verdict_host *verdict)
{
	pass_fact(c, &verdict->fact);
	PASS(c, verdict->time);
	PASS(c, verdict->class);
	PASS(c, verdict->reason);
	PASS(c, verdict->tlsa);
	PASS(c, verdict->outage);
	PASS(c, verdict->flags);
	PASS(c, verdict->lints);
	pass_octets(c, verdict->leaf_key, sizeof(verdict->leaf_key));
	pass_verdict_records(c, verdict);
	pass_verdict_endpoints(c, verdict);
}

static void
know_texts(struct coder *c, const char *name)
{
	note_text(c, name);
	for (size_t i = 0; i < sizeof(common_texts) / sizeof(*common_texts);
		i++)
		note_text(c, common_texts[i]);
}

const uint8_t *
pack_host(const struct verdict_host *verdict, bool chains, struct arena *arena,
	size_t *len)
{
	struct coder coder = {
		.writing = true,
		.chains = chains,
		.arena = arena,
		.out = arena_alloc(arena, FIRST_ROOM),
		.room = FIRST_ROOM,
	};
	struct verdict_host copy = *verdict;

	know_texts(&coder, verdict->fact->name);
	pass_verdict(&coder, &copy);
	*len = coder.len;
	return coder.out;
}

void
unpack_host(const char *name, const uint8_t *octets, size_t len,
	struct arena *arena, struct verdict_host *verdict)
{
	struct coder coder = {.arena = arena, .in = octets, .len = len};

	memset(verdict, 0, sizeof(*verdict));
	know_texts(&coder, arena_strdup(arena, name));
	pass_verdict(&coder, verdict);
	assert(coder.at == coder.len && coder.zeros == 0);
}
