/*
 * Tests of what danescan check prints (evidence.c, remedy.c, glossary.c,
 * page.c): the advice is right, and nothing in it does a terminal harm.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/evidence.h"
#include "scanner/page.h"
#include "tests/unit/core/fixture.h"

enum {
	ADDRESSES = 3,
	WORDS = 8
};

#define IN_PLACE "publish in place of the records that match nothing:"
#define BESIDE "publish beside the records above:"
#define ONE "If this certificate is the right one, "
#define WAIT "Resolvers keep the present records for up to 3600 seconds"

/* A host, and what is said of it. "#L" in a word is the digest of the key of
   certificate L. */
static const struct row {
	const char *id, *records;
	const char *chains[ADDRESSES]; /* of each address */
	const char *other;	       /* of a key of the other kind, or NULL */
	const char *has[WORDS], *lacks[WORDS];
} rows[] = {
	{"match", "3 1 1 L", {"L I"}, NULL,
		{"matches at depth 0", "DANE verified by 3 1 1 at depth 0"},
		{"publish:", "in place of", "other words"}},
	{"by name", "2 1 1 I", {"L I"}, NULL,
		{"verified by 2 1 1 at depth 1, as mx.example.com"},
		{"IN TLSA"}},
	{"stale", "3 1 1 LN", {"L I"}, NULL,
		{"does not match", "(error 65 at depth 0:", ONE IN_PLACE,
			"_25._tcp.mx.example.com. IN TLSA 3 1 1 #L\n", WAIT,
			"Outage: there is no other way left",
			"Senders report it as tlsa-invalid (RFC 8460"},
		{BESIDE, "#L ;", "3 1 1 #LN"}},
	{"agility", "3 1 1 L, 3 1 2 LN", {"L I"}, NULL,
		{"notes agility", "The record of this key is there already.",
			"Take out the records that match nothing", WAIT,
			"agility: A record matches, but one with a stronger"},
		{"IN TLSA"}},
	{"two keys, one record", "3 1 1 L", {"L I"}, "LN I",
		{ONE BESIDE, "IN TLSA 3 1 1 #LN\n",
			"only-one-key-type: The record matches one of",
			"Publish a record for each of the two keys",
			"Degraded: their mail still gets through"},
		{IN_PLACE, "3 1 1 #L\n"}},
	{"two keys, none right", "3 1 1 S", {"L I"}, "LN I",
		{"If these certificates are the right ones, " IN_PLACE,
			"3 1 1 #L ; EC-256, 192.0.2.1",
			"3 1 1 #LN ; EC-256, 192.0.2.1"},
		{BESIDE}},
	{"two addresses, one wrong", "3 1 1 L", {"L I", "LN I"}, NULL,
		{"matches at depth 0, but not at every address", ONE BESIDE,
			"IN TLSA 3 1 1 #LN\n"},
		{IN_PLACE, "3 1 1 #L\n"}},
	{"two addresses, a key each", "3 1 1 L, 3 1 1 LN", {"L I", "LN I"},
		NULL, {"but not at every address"},
		{"IN TLSA", "does not match"}},
	{"two addresses with one wrong key", "3 1 1 S", {"L I", "L I"}, NULL,
		{ONE IN_PLACE, "IN TLSA 3 1 1 #L\n"}, {"these certificates"}},
	{"name", "2 1 1 I", {"Other I"}, NULL,
		{"cert-name-mismatch (error 62 at depth 0: hostname mismatch)",
			"wanted: mx.example.com or example.com",
			"in the certificate: other.example", ONE BESIDE,
			"3 1 1 #Other\n"},
		{"2 1 1 #"}},
	{"name, and a NUL in it", "2 1 1 I", {"Nul I"}, NULL,
		{"in the certificate: mx.example.com?.evil"}, {""}},
	{"no name", "2 1 1 I", {"Client I"}, NULL,
		{"chain-invalid (error 26 at depth 0:",
			"Correct the certificate at the depth that"},
		{"wanted:"}},
	{"date", "2 1 1 I", {"Expired I"}, NULL,
		{"cert-expired (error 10 at depth 0:", ONE BESIDE,
			"3 1 1 #Expired\n"},
		{"2 1 1 #"}},
	{"anchor not sent", "2 1 1 R", {"L I"}, NULL,
		{"ta-not-in-chain: The TLSA records describe an issuer",
			"Let the server send its whole chain", ONE IN_PLACE},
		{"2 1 1 #"}},
	{"usage for issuers", "2 1 1 L", {"L I"}, NULL,
		{"usage2-on-leaf: The record describes the server's own",
			"Change the usage to 3.", "IN TLSA 3 1 1 #L\n"},
		{""}},
	{"unusable", "1 1 1 L", {"L I"}, NULL,
		{"unusable: pkix-usage",
			"To have senders authenticate this server, publish in "
			"place of the records above:",
			"3 1 1 #L\n"},
		{"this certificate", "not verified"}},
	{"unusable for several causes", "1 1 1 L, 3 2 1 L", {"L I"}, NULL,
		{"pkix-usage: Usage 0 or 1 asks for",
			"unknown-selector: The selector is not assigned."},
		{""}},
	{"not spoken to", "3 1 1 L", {NULL}, NULL,
		{"unreach, tcp-refused", "not compared",
			"tcp-refused: The connection was refused."},
		{"IN TLSA"}},
};

static const struct fact_tls *
make_tls(const struct fixture *f, const char *key, const char *chain)
{
	struct fact_tls *tls = arena_alloc(f->arena, sizeof(*tls));

	tls->version = "TLSv1.3";
	tls->cipher = "TLS_AES_256_GCM_SHA384";
	tls->group = "X25519";
	tls->key = key;
	tls->chain_len = world_chain(f->world, chain, f->arena, &tls->chain);
	return tls;
}

static struct fact_host *
make_host(const struct fixture *f, const struct row *row)
{
	struct fact_host *host = arena_alloc(f->arena, sizeof(*host));

	host->name = host->base = "mx.example.com";
	host->a = (struct fact_lookup){
		.status = ANSWER_DATA, .trust = ANSWER_SECURE, .ttl_s = 3600};
	host->tlsa = host->aaaa = host->a;
	host->aaaa.status = ANSWER_NODATA;
	host->record_count = world_records(
		f->world, row->records, f->arena, &host->records);
	host->endpoints = arena_alloc(
		f->arena, ADDRESSES * sizeof(*host->endpoints));
	do {
		const char *chain = row->chains[host->endpoint_count];
		struct fact_endpoint *endpoint =
			&host->endpoints[host->endpoint_count++];
		char address[] = "192.0.2.0";

		address[8] = (char)('0' + host->endpoint_count);
		fact_address_parse(address, &endpoint->address);
		endpoint->port = 25;
		endpoint->phase = chain != NULL ? FACT_PHASE_DONE
						: FACT_PHASE_CONNECT;
		endpoint->failure = chain != NULL ? REASON_NONE
						  : REASON_TCP_REFUSED;
		if (chain != NULL)
			endpoint->tls = make_tls(f, "EC-256", chain);
		if (row->other != NULL)
			endpoint->other = make_tls(f, "RSA-2048", row->other);
	} while (host->endpoint_count < ADDRESSES &&
		 row->chains[host->endpoint_count] != NULL);
	return host;
}

/* What is printed of a domain whose one mail server this is. */
static char *
print(const struct fixture *f, const struct fact_host *host)
{
	static const struct domain_exchanges exchanges = {
		.list = {{.preference = 10}}, .count = 1};
	struct judge *judge = judge_new(NULL);
	struct judge_host judged;
	const struct judge_host *hosts[] = {&judged};
	struct fact_domain domain = {.name = "example.com", .mx = host->a};
	struct judge_domain whole = {
		.fact = &domain,
		.exchanges = &exchanges,
		.hosts = hosts,
		.line.time_us = (int64_t)PKI_NOW * 1000000,
	};
	struct judge_result result;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(judge);
	assert_non_null(out);
	judge_host(judge, host, PKI_NOW, f->arena, &judged);
	judge_domain(judge, &whole, f->arena, &result);
	evidence_print(out, &result, false);
	fclose(out);
	judge_free(judge);
	return text;
}

/* Where a line is broken is another matter. But a record keeps its end. */
static char *
squeeze(char *text)
{
	char *to = text;

	for (const char *at = text; *at != '\0'; at++) {
		bool blank = *at == ' ' || *at == '\n';

		if (*at == '\n' && to - text >= 64 && isxdigit(to[-1]) &&
			isxdigit(to[-64]))
			*to++ = '\n';
		else if (!blank ||
			 (to > text && to[-1] != ' ' && to[-1] != '\n'))
			*to++ = blank ? ' ' : *at;
	}
	*to = '\0';
	return text;
}

/* word with the digest that it names. */
static const char *
expand(const struct fixture *f, const char *word)
{
	const char *mark = strchr(word, '#');
	const char *end =
		mark != NULL
			? mark + 1 +
				  strspn(mark + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						   "abcdefghijklmnopqrstuvwxyz")
			: NULL;
	const struct page page = {.arena = f->arena};
	struct fact_tlsa record;

	if (mark == NULL || end == mark + 1)
		return word;
	record = pki_tlsa(
		world_pki(f->world, arena_printf(f->arena, "%.*s",
					    (int)(end - mark - 1), mark + 1)),
		3, 1, 1, f->arena);
	return arena_printf(f->arena, "%.*s%s%s", (int)(mark - word), word,
		page_hex(&page, record.data, record.len), end);
}

static void
check_lines(const char *id, const char *text)
{
	for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
		int len = (int)strcspn(at, "\n");

		if (len > 80 && strstr(at, "IN TLSA") > at + len)
			fail_msg("%s: a long line: %.*s", id, len, at);
	}
}

static void
test_advice(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		char *text = print(f, make_host(f, row));

		check_lines(row->id, text);
		squeeze(text);
		for (size_t w = 0; w < WORDS && row->has[w] != NULL; w++)
			if (strstr(text, expand(f, row->has[w])) == NULL)
				fail_msg("%s: no \"%s\" in %s", row->id,
					row->has[w], text);
		for (size_t w = 0; w < WORDS && row->lacks[w] != NULL; w++)
			if (row->lacks[w][0] != '\0' &&
				strstr(text, expand(f, row->lacks[w])) != NULL)
				fail_msg("%s: \"%s\" in %s", row->id,
					row->lacks[w], text);
		free(text);
	}
}

/* Names and replies of strangers, and what a terminal makes of them. */
static void
test_harmless(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"plain M\xc3\xbcller \xe2\x82\xac",
			"plain M\xc3\xbcller \xe2\x82\xac"},
		{"\033[31mred\007", "?[31mred?"},
		{"tab\tand\rreturn\x7f", "tab?and?return?"},
		{"\xc2\x9b"
		 "2J\xc2\x90",
			"?2J?"},
		{"\xe2\x80\xaegnp\xe2\x81\xa9.exe", "?gnp?.exe"},
		{"cut \xc2", "cut ?"},
		{"cut \xe2\x80", "cut \xe2\x80"},
	};
	const struct page page = {.out = NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct page to = page;
		char *text = NULL;
		size_t size = 0;

		to.out = open_memstream(&text, &size);
		page_paragraph(&to, 0, cases[i].text);
		fclose(to.out);
		text[strlen(text) - 1] = '\0';
		assert_string_equal(text, cases[i].shown);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_harmless),
	};

	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
