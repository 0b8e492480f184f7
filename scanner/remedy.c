/*
 * The TLSA records that would match what a mail server shows now. Always "3 1
 * 1", for which names, dates and issuers do not matter (RFC 7671 section 5.1).
 */
#include "scanner/remedy.h"

#include <string.h>

#include "scanner/core/record.h"

enum {
	KEYS_MAX = 32 /* two for each address that is looked at */
};

/* A key that wants a record, and the first address that shows it. */
struct key {
	const struct row_certificate *leaf;
	const struct fact_endpoint *shown_by;
};

struct keys {
	struct key list[KEYS_MAX];
	size_t count;
};

/* RFC 7672 section 2.2: is it the records that are wrong, or missing? */
static bool
wants_records(const struct verdict_host *host)
{
	switch (host->class) {
	case HOST_BROKEN:
	case HOST_UNUSABLE:
		return host->fact->base != NULL;
	case HOST_NO_TLSA:
		return host->reason == REASON_TLSA_NONE ||
		       host->reason == REASON_TLSA_DENIAL_INSECURE;
	case HOST_VALID:
	case HOST_NO_DNSSEC:
	case HOST_INDETERMINATE:
	case HOST_UNREACHABLE:
	case HOST_NOADDR:
	case HOST_COUNT:
		break;
	}
	return false;
}

static void
add(struct keys *keys, const struct page *page, const struct fact_tls *tls,
	const struct fact_endpoint *shown_by)
{
	const struct row_certificate *leaf;

	if (tls->chain_len == 0 || keys->count == KEYS_MAX)
		return;
	leaf = record_certificate(&tls->chain[0], page->arena);
	if (leaf == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++)
		if (memcmp(keys->list[i].leaf->spki_sha256, leaf->spki_sha256,
			    32) == 0)
			return;
	keys->list[keys->count++] = (struct key){leaf, shown_by};
}

/* Keys whose chain is refused; of a host without a usable record, all. */
static void
collect(struct keys *keys, const struct page *page,
	const struct verdict_host *host)
{
	bool all = host->class != HOST_BROKEN;

	for (size_t i = 0; i < host->fact->endpoint_count; i++) {
		const struct fact_endpoint *fact = &host->fact->endpoints[i];
		const struct verdict_endpoint *verdict = &host->endpoints[i];

		if (fact->tls != NULL &&
			(all || verdict->dane.reason != REASON_NONE))
			add(keys, page, fact->tls, fact);
		if (fact_has_other_key(fact) &&
			(all || verdict->other.reason != REASON_NONE))
			add(keys, page, fact->other, fact);
	}
}

static bool
is_published(const struct verdict_host *host, const struct key *key)
{
	for (size_t i = 0; i < host->fact->record_count; i++) {
		const struct fact_tlsa *record = &host->fact->records[i];

		if (record->usage == 3 && record->selector == 1 &&
			record->mtype == 1 && record->len == 32 &&
			memcmp(record->data, key->leaf->spki_sha256, 32) == 0)
			return true;
	}
	return false;
}

static bool
has_idle_record(const struct verdict_host *host)
{
	for (size_t i = 0; i < host->fact->record_count; i++)
		if (host->records[i].depth < 0)
			return true;
	return false;
}

/* What is said before the records. */
static const char *
introduction(
	const struct page *page, const struct verdict_host *host, bool several)
{
	if (host->class == HOST_NO_TLSA)
		return "To have senders authenticate this server, publish:";
	if (host->class == HOST_UNUSABLE)
		return "To have senders authenticate this server, publish in "
		       "place of the records above:";
	/* A stronger digest that matches nothing would still count alone (RFC
	   7671 section 9). */
	return arena_printf(page->arena, "If %s, publish %s:",
		several ? "these certificates are the right ones"
			: "this certificate is the right one",
		has_idle_record(host)
			? "in place of the records that match nothing"
			: "beside the records above");
}

static void
print_record(const struct page *page, const struct verdict_host *host,
	const struct key *key, bool several)
{
	const struct fact_host *fact = host->fact;
	char address[46];

	fprintf(page->out, "      _%u._tcp.%s. IN TLSA 3 1 1 %s",
		key->shown_by->port,
		fact->base != NULL ? fact->base : fact->name,
		page_hex(page, key->leaf->spki_sha256, 32));
	if (several) {
		fact_address_text(&key->shown_by->address, address);
		fprintf(page->out, " ; %s, %s", key->leaf->key, address);
	}
	fputc('\n', page->out);
}

static void
print_waiting(const struct page *page, const struct verdict_host *host)
{
	if (host->fact->tlsa.status == ANSWER_DATA &&
		host->fact->tlsa.ttl_s > 0)
		page_paragraph(page, 4,
			arena_printf(page->arena,
				"Resolvers keep the present records for up to "
				"%lu seconds after that.",
				(unsigned long)host->fact->tlsa.ttl_s));
}

void
remedy_print(const struct page *page, const struct verdict_host *host)
{
	struct keys wanted = {.count = 0}, keys = {.count = 0};

	if (wants_records(host))
		collect(&wanted, page, host);
	for (size_t i = 0; i < wanted.count; i++)
		if (!is_published(host, &wanted.list[i]))
			keys.list[keys.count++] = wanted.list[i];
	if (keys.count > 0)
		page_paragraph(
			page, 4, introduction(page, host, keys.count > 1));
	else if (wanted.count > 0)
		page_paragraph(page, 4,
			"The record of this key is there already. Take out the "
			"records that match nothing: of each usage and "
			"selector the strongest digest alone counts (RFC 7671 "
			"section 9).");
	for (size_t i = 0; i < keys.count; i++)
		print_record(page, host, &keys.list[i], keys.count > 1);
	if (wanted.count > 0)
		print_waiting(page, host);
}
