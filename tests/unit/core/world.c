/*
 * A small public-key world by name.
 */
#include "tests/unit/core/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAST = PKI_NOW - 30 * PKI_DAY,
	FUTURE = PKI_NOW + 30 * PKI_DAY
};
enum {
	WORLD_MAX = 48,
	NAME_MAX_LEN = 16,
	LIST_MAX = 8
};

#define MX "DNS:mx.example.com"

/* Issuers stand before what they issue. */
static const struct {
	const char *name, *issuer, *key;
	struct pki_spec spec;
} plan[] = {
	{"R", NULL, NULL, {.cn = "Root", .ca = true}},
	{"I", "R", NULL, {.cn = "Intermediate", .ca = true}},
	{"L", "I", NULL, {.cn = "leaf", .san = MX}},
	{"T", NULL, NULL, {.cn = "Unrelated", .ca = true}},
	/* J: I issued again with the same key. */
	{"J", "R", "I", {.cn = "Intermediate", .ca = true, .pathlen = 2}},
	/* LR: L renewed with the same key. */
	{"LR", "I", "L", {.cn = "renewed", .san = MX}},
	/* LN: L with its next key. */
	{"LN", "I", NULL, {.cn = "next", .san = MX}},
	/* Names and dates. */
	{"Expired", "I", NULL, {.cn = "x", .san = MX, .not_after = PAST}},
	{"Early", "I", NULL, {.cn = "x", .san = MX, .not_before = FUTURE}},
	{"Other", "I", NULL, {.cn = "x", .san = "DNS:other.example"}},
	{"OtherExpired", "I", NULL,
		{.cn = "x", .san = "DNS:other.example", .not_after = PAST}},
	{"Domain", "I", NULL, {.cn = "x", .san = "DNS:example.com"}},
	{"Cn", "I", NULL, {.cn = "mx.example.com"}},
	{"CnMail", "I", NULL,
		{.cn = "mx.example.com",
			.san = "email:a@example.com,IP:192.0.2.1"}},
	{"Wild", "I", NULL, {.cn = "x", .san = "DNS:*.example.com"}},
	{"WildPart", "I", NULL, {.cn = "x", .san = "DNS:m*.example.com"}},
	{"WildMiddle", "I", NULL, {.cn = "x", .san = "DNS:mx.*.com"}},
	{"WildTop", "I", NULL, {.cn = "x", .san = "DNS:*.com"}},
	/* What PKIX minds and DANE-EE does not. */
	{"Client", "I", NULL, {.cn = "x", .san = MX, .eku = "clientAuth"}},
	{"Critical", "I", NULL, {.cn = "x", .san = MX, .critical = "?"}},
	{"LeafCa", "I", NULL, {.cn = "x", .san = MX, .ca = true}},
	{"Rsa", "I", NULL, {.cn = "x", .san = MX, .type = PKI_RSA_1024}},
	{"Brief", "I", NULL,
		{.cn = "x",
			.san = MX,
			.not_before = PKI_NOW - 30 * PKI_DAY,
			.not_after = PKI_NOW + 60 * PKI_DAY}},
	{"Tiny", "I", NULL, {.cn = "x", .san = MX, .type = PKI_RSA_512}},
	{"ShaOne", "I", NULL, {.cn = "x", .san = MX, .sha1 = true}},
	{"Idn", "I", NULL, {.cn = "x", .san = "DNS:mx.xn--bcher-kva.example"}},
	/* mx.example.com, an octet 0, .evil */
	{"Nul", "I", NULL,
		{.cn = "x",
			.san = "DER:301682146d782e6578616d706c652e636f6d"
			       "002e6576696c"}},
	/* Self-signed. */
	{"S", NULL, NULL, {.cn = "mx.example.com", .san = MX}},
	{"SExpired", NULL, NULL,
		{.cn = "mx.example.com", .san = MX, .not_after = PAST}},
	{"SCa", NULL, NULL, {.cn = "mx.example.com", .san = MX, .ca = true}},
	/* Expired issuers. */
	{"IExpired", "R", NULL,
		{.cn = "IExpired", .ca = true, .not_after = PAST}},
	{"LIExpired", "IExpired", NULL, {.cn = "x", .san = MX}},
	{"RExpired", NULL, NULL,
		{.cn = "RExpired", .ca = true, .not_after = PAST}},
	{"IRExpired", "RExpired", NULL, {.cn = "IRExpired", .ca = true}},
	{"LRExpired", "IRExpired", NULL, {.cn = "x", .san = MX}},
	/* Issuers that are none. */
	{"NoCa", "R", NULL, {.cn = "NoCa"}},
	{"LNoCa", "NoCa", NULL, {.cn = "x", .san = MX}},
	{"NoSign", "R", NULL,
		{.cn = "NoSign", .ca = true, .usage = "digitalSignature"}},
	{"LNoSign", "NoSign", NULL, {.cn = "x", .san = MX}},
	{"Code", "R", NULL, {.cn = "Code", .ca = true, .eku = "codeSigning"}},
	{"LCode", "Code", NULL, {.cn = "x", .san = MX}},
	/* Path length 0 with an issuer below. */
	{"Short", "R", NULL, {.cn = "Short", .ca = true, .pathlen = 1}},
	{"Below", "Short", NULL, {.cn = "Below", .ca = true}},
	{"LBelow", "Below", NULL, {.cn = "x", .san = MX}},
	{"Narrow", "R", NULL,
		{.cn = "Narrow",
			.ca = true,
			.name_constraints = "permitted;DNS:other.example"}},
	{"LNarrow", "Narrow", NULL, {.cn = "x", .san = MX}},
};

enum {
	PLANNED = sizeof(plan) / sizeof(*plan)
};
struct world {
	struct pki *made[PLANNED];
};

struct pki *
world_pki(const struct world *world, const char *name)
{
	for (size_t i = 0; name != NULL && i < PLANNED; i++)
		if (strcmp(plan[i].name, name) == 0)
			return world->made[i];
	if (name != NULL) {
		fprintf(stderr, "no certificate %s\n", name);
		abort();
	}
	return NULL;
}

struct world *
world_new(void)
{
	struct world *world = calloc(1, sizeof(*world));

	if (world == NULL)
		abort();
	for (size_t i = 0; i < PLANNED; i++) {
		struct pki_spec spec = plan[i].spec;

		spec.issuer = world_pki(world, plan[i].issuer);
		spec.key = world_pki(world, plan[i].key);
		world->made[i] = pki_new(&spec);
	}
	return world;
}

void
world_free(struct world *world)
{
	for (size_t i = 0; i < PLANNED; i++)
		pki_free(world->made[i]);
	free(world);
}

size_t
world_chain(const struct world *world, const char *text, struct arena *arena,
	const struct fact_certificate **chain)
{
	struct fact_certificate *list = arena_alloc(
		arena, LIST_MAX * sizeof(*list));
	char name[NAME_MAX_LEN];
	size_t count = 0;
	int used;

	for (; sscanf(text, " %15[A-Za-z]%n", name, &used) == 1; text += used)
		list[count++] = pki_fact(world_pki(world, name));
	*chain = list;
	return count;
}

static void
spoil(struct fact_tlsa *record, struct arena *arena)
{
	uint8_t *data = arena_copy(arena, record->data, record->len);

	data[record->len / 2] ^= 0xff;
	data[record->len / 3] ^= 0xff;
	data[record->len / 4] ^= 0xff;
	record->data = data;
}

size_t
world_records(const struct world *world, const char *text, struct arena *arena,
	const struct fact_tlsa **records)
{
	struct fact_tlsa *list = arena_alloc(arena, LIST_MAX * sizeof(*list));
	int usage, selector, mtype, used;
	char name[NAME_MAX_LEN];
	size_t count = 0;

	while (sscanf(text, " %d %d %d %15[A-Za-z]%n", &usage, &selector,
		       &mtype, name, &used) == 4) {
		list[count] = pki_tlsa(
			world_pki(world, name), usage, selector, mtype, arena);
		text += used;
		if (*text == '!') {
			spoil(&list[count], arena);
			text++;
		}
		text += *text == ',';
		count++;
	}
	*records = list;
	return count;
}
