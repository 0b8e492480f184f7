/*
 * The evidence behind a verdict, written for a mail administrator.
 */
#include "scanner/evidence.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "scanner/core/record.h"
#include "scanner/evidence_extras.h"

/* Columns of the running text, the column where what a label names begins, and
   the octets of a digest shown in a line. */
enum {
	WIDTH = 78,
	COLUMN = 19,
	DIGEST_SHOWN = 8
};

struct page {
	FILE *out;
	bool color;
	struct arena *arena;
};

enum tone {
	TONE_GOOD,
	TONE_BAD,
	TONE_DOUBTFUL,
	TONE_STRONG
};

static const char *
tone_code(enum tone tone)
{
	switch (tone) {
	case TONE_GOOD:
		return "32";
	case TONE_BAD:
		return "31";
	case TONE_DOUBTFUL:
		return "33";
	case TONE_STRONG:
		break;
	}
	return "1";
}

static void
toned(const struct page *page, enum tone tone, const char *text)
{
	if (page->color)
		fprintf(page->out, "\033[%sm%s\033[0m", tone_code(tone), text);
	else
		fputs(text, page->out);
}

/* Words from column on, broken at blanks, further lines indented. */
static void
flow(const struct page *page, int column, int indent, const char *text)
{
	for (bool first = true; *text != '\0'; first = false) {
		int word = (int)strcspn(text, " ");

		if (!first && column + 1 + word > WIDTH) {
			fprintf(page->out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', page->out);
			column++;
		}
		fwrite(text, 1, (size_t)word, page->out);
		column += word;
		text += word;
		text += *text == ' ';
	}
	fputc('\n', page->out);
}

static void
paragraph(const struct page *page, int indent, const char *text)
{
	fprintf(page->out, "%*s", indent, "");
	flow(page, indent, indent, text);
}

/* "    label      text" */
__attribute__((format(printf, 4, 5))) static void
line(const struct page *page, int indent, const char *label, const char *format,
	...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(page->out, "%*s%-*s", indent, "", COLUMN - indent, label);
	flow(page, COLUMN, COLUMN + 2, text);
}

void
evidence_line(FILE *out, int indent, const char *label, const char *format, ...)
{
	const struct page page = {.out = out};
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	line(&page, indent, label, "%s", text);
}

static enum tone class_tone(enum domain_class class)
{
	switch (class) {
	case CLASS_VALID:
		return TONE_GOOD;
	case CLASS_BROKEN:
		return TONE_BAD;
	case CLASS_NO_DNSSEC:
	case CLASS_NO_TLSA:
	case CLASS_PARTIAL:
	case CLASS_UNUSABLE:
	case CLASS_INDETERMINATE:
	case CLASS_NO_MAIL:
	case CLASS_COUNT:
		break;
	}
	return TONE_DOUBTFUL;
}

static const char *
or_nothing(const char *text)
{
	return text != NULL ? text : "";
}

/* "secure", or "bogus: <validator's words>". */
static const char *
standing(const struct page *page, const struct fact_lookup *lookup)
{
	const char *text = answer_trust_label(lookup->trust);

	if (answer_failed(lookup->status) && lookup->trust != ANSWER_BOGUS)
		text = answer_status_label(lookup->status);
	if (lookup->why == NULL)
		return text;
	return arena_printf(page->arena, "%s: %s", text, lookup->why);
}

static void
print_lookup(const struct page *page, int indent, const char *label,
	const struct fact_lookup *lookup, const char *data)
{
	const char *what = data;

	if (lookup->status == ANSWER_SKIPPED) {
		line(page, indent, label, "not asked");
		return;
	}
	if (lookup->trust == ANSWER_BOGUS)
		what = "not to be believed";
	else if (lookup->status == ANSWER_NODATA)
		what = "none";
	else if (lookup->status == ANSWER_NXDOMAIN)
		what = "name does not exist";
	else if (lookup->status != ANSWER_DATA)
		what = "no answer";
	line(page, indent, label, "%s (%s)", what, standing(page, lookup));
	if (lookup->alias != NULL)
		line(page, indent, "", "alias of %s", lookup->alias);
}

static char *
hex(const struct page *page, const uint8_t *data, size_t len)
{
	char *text = arena_alloc(page->arena, 2 * len + 1);

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	return text;
}

static const char *
record_outcome(const struct page *page, const struct verdict_record *verdict)
{
	if (verdict->usability != USABILITY_OK)
		return arena_printf(page->arena, "unusable: %s",
			vocabulary_usability(verdict->usability));
	if (!verdict->judged)
		return "not compared";
	if (verdict->matched)
		return arena_printf(page->arena,
			"matches the certificate at depth %d", verdict->depth);
	return "does not match";
}

static void
print_hint(const struct page *page, enum hint hint)
{
	const struct vocabulary_entry *entry = vocabulary_hint_entry(hint);

	if (entry != NULL)
		paragraph(page, COLUMN,
			arena_printf(page->arena, "%s: %s", entry->label,
				entry->meaning));
}

static void
print_records(const struct page *page, const struct verdict_host *host)
{
	const struct fact_host *fact = host->fact;

	for (size_t i = 0; i < fact->record_count; i++) {
		const struct fact_tlsa *record = &fact->records[i];
		bool cut = record->len > DIGEST_SHOWN;

		line(page, 6, "", "%u %u %u %s%s  %s", record->usage,
			record->selector, record->mtype,
			hex(page, record->data,
				cut ? DIGEST_SHOWN : record->len),
			cut ? "..." : "",
			record_outcome(page, &host->records[i]));
		print_hint(page, host->records[i].hint);
	}
}

static const char *
day(const struct page *page, int64_t seconds)
{
	char text[32];
	time_t when = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
		strftime(text, sizeof(text), "%Y-%m-%d", &tm) == 0)
		return "?";
	return arena_strdup(page->arena, text);
}

static void
print_chain(const struct page *page, const struct fact_tls *tls)
{
	for (size_t i = 0; i < tls->chain_len; i++) {
		const struct row_certificate *row = record_certificate(
			&tls->chain[i], page->arena);

		if (row == NULL) {
			line(page, 6, i == 0 ? "certificate" : "",
				"%zu  not a certificate", i);
			continue;
		}
		line(page, 6, i == 0 ? "certificate" : "", "%zu  %s, %s", i,
			row->subject, row->key);
		line(page, 6, "", "   %s to %s, issued by",
			day(page, row->not_before), day(page, row->not_after));
		line(page, 6, "", "   %s", row->issuer);
	}
}

static void
print_tls(
	const struct page *page, const char *label, const struct fact_tls *tls)
{
	if (tls == NULL)
		return;
	line(page, 6, label, "%s, %s%s%s", tls->version, tls->cipher,
		tls->group != NULL ? ", " : "", or_nothing(tls->group));
	print_chain(page, tls);
}

/* The kinds of key that conversations with the address negotiated: " (EC-256,
   RSA-2048)". */
static const char *
keys_of(const struct page *page, const struct fact_endpoint *fact)
{
	if (fact->tls == NULL)
		return "";
	if (!fact_has_other_key(fact))
		return arena_printf(page->arena, " (%s)", fact->tls->key);
	return arena_printf(
		page->arena, " (%s, %s)", fact->tls->key, fact->other->key);
}

/* What a sender with MTA-STS would say of it. */
static void
print_pkix(const struct page *page, const struct pkix_result *pkix)
{
	if (!pkix->judged)
		return;
	if (pkix->reason == PKIX_OK)
		line(page, 6, "PKIX", "verified, as %s", pkix->name);
	else
		line(page, 6, "PKIX", "%s (error %d at depth %d: %s)",
			vocabulary_pkix(pkix->reason), pkix->error, pkix->depth,
			dane_error_text(pkix->error));
}

static void
print_endpoint(const struct page *page, const struct fact_endpoint *fact,
	const struct verdict_endpoint *verdict)
{
	char address[46];

	fact_address_text(&fact->address, address);
	line(page, 4, "address", "%s port %u: %s%s%s%s", address, fact->port,
		vocabulary_endpoint_class(verdict->class),
		verdict->reason != REASON_NONE ? ", " : "",
		or_nothing(vocabulary_reason(verdict->reason)),
		keys_of(page, fact));
	if (fact->detail != NULL && fact->detail[0] != '\0')
		line(page, 6, "server", "%s", fact->detail);
	print_tls(page, "TLS", fact->tls);
	print_tls(page, fact_has_other_key(fact) ? "other key" : "without SNI",
		fact->other);
	print_pkix(page, &verdict->pkix);
}

/* The chain that no record matches, or NULL. */
static const struct fact_tls *
failed_chain(const struct fact_endpoint *fact,
	const struct verdict_endpoint *verdict)
{
	if (verdict->dane.reason != REASON_NONE)
		return fact->tls;
	return verdict->other.reason != REASON_NONE ? fact->other : NULL;
}

/* The record that would match what the server shows now. */
static void
print_remedy(const struct page *page, const struct verdict_host *host)
{
	const struct fact_host *fact = host->fact;
	const struct row_certificate *leaf;

	if (host->class != HOST_BROKEN || fact->base == NULL)
		return;
	for (size_t i = 0; i < fact->endpoint_count; i++) {
		const struct fact_tls *tls = failed_chain(
			&fact->endpoints[i], &host->endpoints[i]);

		if (tls == NULL || tls->chain_len == 0)
			continue;
		leaf = record_certificate(&tls->chain[0], page->arena);
		if (leaf == NULL)
			continue;
		fprintf(page->out,
			"    If this certificate is the right one, publish:\n"
			"      _%u._tcp.%s. IN TLSA 3 1 1 %s\n",
			fact->endpoints[i].port, fact->base,
			hex(page, leaf->spki_sha256, 32));
		return;
	}
}

/* What each of the zone's servers says itself. */
static void
print_servers(const struct page *page, int indent,
	const struct row_server *servers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		line(page, indent, "name server", "%s (%s), asked for %s: %s%s",
			servers[i].name, servers[i].address, servers[i].type,
			servers[i].outcome,
			servers[i].serial < 0
				? ""
				: arena_printf(page->arena, " (serial %lld)",
					  (long long)servers[i].serial));
}

static void
print_tlsa(const struct page *page, const struct verdict_host *host)
{
	const struct fact_host *fact = host->fact;
	const char *owner = "";

	if (fact->base != NULL)
		owner = arena_printf(page->arena, "_25._tcp.%s", fact->base);
	print_lookup(page, 4, "TLSA", &fact->tlsa, owner);
	print_records(page, host);
}

static void
print_host(const struct page *page, const struct row_mx *row,
	const struct verdict_host *host)
{
	const struct fact_host *fact = host->fact;

	fprintf(page->out, "\n  host %s (preference %u): ", fact->name,
		row->preference);
	toned(page,
		host->class == HOST_VALID    ? TONE_GOOD
		: host->class == HOST_BROKEN ? TONE_BAD
					     : TONE_DOUBTFUL,
		vocabulary_host_class(host->class));
	fprintf(page->out, "%s%s\n", host->reason != REASON_NONE ? ", " : "",
		or_nothing(vocabulary_reason(host->reason)));
	print_lookup(page, 4, "A", &fact->a, "found");
	print_lookup(page, 4, "AAAA", &fact->aaaa, "found");
	print_tlsa(page, host);
	print_servers(page, 4, row->host->servers, row->host->server_count);
	evidence_extras_host(page->out, row->host->extras);
	for (size_t i = 0; i < fact->endpoint_count; i++)
		print_endpoint(page, &fact->endpoints[i], &host->endpoints[i]);
	print_remedy(page, host);
}

/* What the class and the reason mean, and what to do. */
static void
print_meaning(const struct page *page, const struct verdict_domain *verdict)
{
	const struct vocabulary_entry *class = vocabulary_class_entry(
		verdict->class);
	const struct vocabulary_entry *reason;

	paragraph(page, 2, class->meaning);
	if (verdict->reason == REASON_NONE)
		return;
	reason = vocabulary_reason_entry(verdict->reason);
	fputc('\n', page->out);
	paragraph(page, 2,
		arena_printf(page->arena, "%s: %s (%s)", reason->label,
			reason->meaning, reason->section));
	if (reason->remedy[0] != '\0')
		paragraph(page, 2,
			arena_printf(
				page->arena, "What to do: %s", reason->remedy));
}

static void
print_advice(const struct page *page, uint64_t lints)
{
	if (lints != 0)
		fputs("\n  Advice, which does not change the verdict:\n",
			page->out);
	for (unsigned i = 0; i < LINT_COUNT; i++) {
		const struct vocabulary_entry *lint = vocabulary_lint_entry(
			(enum lint)i);

		if (lints & (uint64_t)1 << i)
			paragraph(page, 4,
				arena_printf(page->arena, "%s: %s%s%s (%s)",
					lint->label, lint->meaning,
					lint->remedy[0] != '\0' ? " " : "",
					lint->remedy, lint->section));
	}
}

void
evidence_print(FILE *out, const struct judge_result *result, bool color)
{
	const struct verdict_domain *verdict = &result->verdict;
	struct page page = {out, color, arena_new()};

	toned(&page, TONE_STRONG, result->fact->name);
	fputs(": ", out);
	toned(&page, class_tone(verdict->class),
		vocabulary_class(verdict->class));
	if (verdict->reason != REASON_NONE)
		fprintf(out, ", %s", vocabulary_reason(verdict->reason));
	if (result->row->severity != NULL)
		fprintf(out, " (%s)", result->row->severity);
	fputs("\n\n", out);
	print_meaning(&page, verdict);
	fputc('\n', out);
	print_lookup(&page, 2, "MX", &result->fact->mx, "found");
	print_servers(
		&page, 2, result->row->servers, result->row->server_count);
	evidence_extras_domain(out, result->row->extras);
	if (result->fact->implicit)
		line(&page, 2, "", "no MX: the domain is its own mail server");
	for (size_t i = 0; i < result->fact->host_count; i++)
		print_host(&page, &result->row->hosts[i], result->hosts[i]);
	print_advice(&page, result->lints);
	fputc('\n', out);
	arena_free(page.arena);
}
