/*
 * The evidence behind a verdict, written for a mail administrator.
 */
#include "scanner/evidence.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "scanner/core/certificate.h"
#include "scanner/core/record.h"
#include "scanner/core/smtp.h"
#include "scanner/core/tlsrpt.h"
#include "scanner/evidence_extras.h"
#include "scanner/glossary.h"
#include "scanner/page.h"
#include "scanner/remedy.h"

/* The octets of a digest shown in a line. */
enum {
	DIGEST_SHOWN = 8
};

void
evidence_line(FILE *out, int indent, const char *label, const char *format, ...)
{
	const struct page page = {.out = out};
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	page_line(&page, indent, label, "%s", text);
}

static enum page_tone class_tone(enum domain_class class)
{
	switch (class) {
	case CLASS_VALID:
		return PAGE_GOOD;
	case CLASS_BROKEN:
		return PAGE_BAD;
	case CLASS_NO_DNSSEC:
	case CLASS_NO_TLSA:
	case CLASS_PARTIAL:
	case CLASS_UNUSABLE:
	case CLASS_INDETERMINATE:
	case CLASS_NO_MAIL:
	case CLASS_COUNT:
		break;
	}
	return PAGE_DOUBTFUL;
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
		page_line(page, indent, label, "not asked");
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
	page_line(page, indent, label, "%s (%s)", what, standing(page, lookup));
	if (lookup->alias != NULL)
		page_line(page, indent, "", "alias of %s", lookup->alias);
}

static const char *
record_outcome(const struct page *page, const struct verdict_record *verdict)
{
	if (verdict->usability != USABILITY_OK)
		return arena_printf(page->arena, "unusable: %s",
			vocabulary_usability(verdict->usability));
	if (!verdict->judged)
		return "not compared";
	if (verdict->depth < 0)
		return "does not match";
	return arena_printf(page->arena,
		verdict->matched
			? "matches at depth %d"
			: "matches at depth %d, but not at every address",
		verdict->depth);
}

static void
print_hint(const struct page *page, enum hint hint)
{
	const struct vocabulary_entry *entry = vocabulary_hint_entry(hint);

	if (entry != NULL)
		page_entry(page, PAGE_COLUMN, entry);
}

static void
print_records(const struct page *page, const struct verdict_host *host)
{
	const struct fact_host *fact = host->fact;

	for (size_t i = 0; i < fact->record_count; i++) {
		const struct fact_tlsa *record = &fact->records[i];
		bool cut = record->len > DIGEST_SHOWN;

		page_line(page, 6, "", "%u %u %u %s%s  %s", record->usage,
			record->selector, record->mtype,
			page_hex(page, record->data,
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
			page_line(page, 6, i == 0 ? "certificate" : "",
				"%zu  not a certificate", i);
			continue;
		}
		page_line(page, 6, i == 0 ? "certificate" : "", "%zu  %s, %s",
			i, row->subject, row->key);
		page_line(page, 6, "", "   %s to %s, issued by",
			day(page, row->not_before), day(page, row->not_after));
		page_line(page, 6, "", "   %s", row->issuer);
	}
}

static void
print_tls(
	const struct page *page, const char *label, const struct fact_tls *tls)
{
	if (tls == NULL)
		return;
	page_line(page, 6, label, "%s, %s%s%s", tls->version, tls->cipher,
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
		page_line(page, 6, "PKIX", "verified, as %s", pkix->name);
	else
		page_line(page, 6, "PKIX", "%s (error %d at depth %d: %s)",
			vocabulary_pkix(pkix->reason), pkix->error, pkix->depth,
			dane_error_text(pkix->error));
}

/* Labels of a set of flags, after the words before; NULL for none. */
static const char *
flag_words(const struct page *page, uint64_t flags)
{
	const char *words = NULL;

	for (unsigned i = 0; i < FLAG_COUNT; i++) {
		const char *label = vocabulary_flag((enum flag)i);

		if (flags & FLAG_BIT(i))
			words = words == NULL ? label
					      : arena_printf(page->arena,
							"%s, %s", words, label);
	}
	return words;
}

static void
print_flags(const struct page *page, int indent, uint64_t flags)
{
	const char *words = flag_words(page, flags);

	if (words != NULL)
		page_line(page, indent, "notes", "%s", words);
}

/* Names that were looked for, and those of the certificate. */
static void
print_names(const struct page *page, const struct fact_tls *tls,
	const struct dane_names *names)
{
	const char *wanted = names->base;
	const char *found = certificate_names(&tls->chain[0], page->arena);

	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->name[i], names->base) != 0)
			wanted = arena_printf(page->arena, "%s or %s", wanted,
				names->name[i]);
	page_line(page, 6, "", "wanted: %s", wanted);
	page_line(page, 6, "", "in the certificate: %s",
		found != NULL ? found : "none but the subject's");
}

/* What a sender that does DANE says of a chain. */
static void
print_dane(const struct page *page, const struct verdict_host *host,
	const struct fact_tls *tls, const struct dane_result *result,
	const struct dane_names *names)
{
	const struct fact_tlsa *record;

	if (tls == NULL || result->usable == 0)
		return;
	if (result->error != 0) {
		page_line(page, 6, "DANE", "%s (error %d at depth %d: %s)",
			vocabulary_reason(result->reason), result->error,
			result->error_depth, dane_error_text(result->error));
		if (result->reason == REASON_CERT_NAME_MISMATCH)
			print_names(page, tls, names);
		return;
	}
	record = &host->fact->records[result->match.record];
	page_line(page, 6, "DANE", "verified by %u %u %u at depth %d%s%s",
		record->usage, record->selector, record->mtype,
		result->match.depth, result->match.name != NULL ? ", as " : "",
		or_nothing(result->match.name));
}

/* The reply or the error, in words where it is but a word. */
static const char *
detail_of(const struct fact_endpoint *fact)
{
	static const struct {
		const char *detail, *words;
	} known[] = {
		{SMTP_TEXT_RESET, "the connection was reset"},
		{"eof", "the connection was closed"},
		{"masked",
			"STARTTLS is overwritten with X: something on the way "
			"inspects SMTP"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(fact->detail, known[i].detail) == 0)
			return known[i].words;
	return fact->detail;
}

static void
print_endpoint(const struct page *page, const struct verdict_host *host,
	const struct dane_names *names, size_t i)
{
	const struct fact_endpoint *fact = &host->fact->endpoints[i];
	const struct verdict_endpoint *verdict = &host->endpoints[i];
	bool two_keys = fact_has_other_key(fact);
	char address[46];

	fact_address_text(&fact->address, address);
	page_line(page, 4, "address", "%s port %u: %s%s%s%s", address,
		fact->port, vocabulary_endpoint_class(verdict->class),
		verdict->reason != REASON_NONE ? ", " : "",
		or_nothing(vocabulary_reason(verdict->reason)),
		keys_of(page, fact));
	if (fact->detail != NULL && fact->detail[0] != '\0')
		page_line(page, 6, "server", "%s", detail_of(fact));
	print_flags(page, 6, verdict->flags);
	print_tls(page, "TLS", fact->tls);
	print_dane(page, host, fact->tls, &verdict->dane, names);
	print_pkix(page, &verdict->pkix);
	print_tls(page, two_keys ? "other key" : "without SNI", fact->other);
	if (two_keys)
		print_dane(page, host, fact->other, &verdict->other, names);
}

/* What each of the zone's servers says itself. */
static void
print_servers(const struct page *page, int indent,
	const struct row_server *servers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		page_line(page, indent, "name server",
			"%s (%s), asked for %s: %s%s", servers[i].name,
			servers[i].address, servers[i].type, servers[i].outcome,
			servers[i].serial < 0
				? ""
				: arena_printf(page->arena, " (serial %lld)",
					  (long long)servers[i].serial));
}

static void
print_tlsa(const struct page *page, const struct verdict_host *host)
{
	const struct fact_host *fact = host->fact;
	unsigned port = fact->endpoint_count > 0 ? fact->endpoints[0].port : 25;
	const char *label = "TLSA", *owner = "";

	if (fact->base != NULL)
		owner = arena_printf(
			page->arena, "_%u._tcp.%s", port, fact->base);
	if (fact->base != NULL && (fact->tlsa.status != ANSWER_DATA ||
					  fact->tlsa.trust == ANSWER_BOGUS)) {
		page_line(page, 4, label, "%s", owner);
		label = "";
	}
	print_lookup(page, 4, label, &fact->tlsa, owner);
	print_records(page, host);
}

/* Of an insecure alias (RFC 7672 section 2.1.3). */
static void
print_first_hop(const struct page *page, const struct fact_host *fact)
{
	if (fact->cname.status == ANSWER_SKIPPED)
		return;
	if (fact->cname.trust == ANSWER_BOGUS &&
		fact->tlsa.status != ANSWER_SKIPPED)
		page_line(page, 4, "CNAME",
			"made from a DNAME, for which the validator has no "
			"proof; the TLSA answer tells");
	else
		print_lookup(page, 4, "CNAME", &fact->cname, "found");
}

/* What is true of the host and of no one address. */
static uint64_t
flags_of_all(const struct verdict_host *host)
{
	uint64_t flags = host->flags;

	for (size_t i = 0; i < host->fact->endpoint_count; i++)
		flags &= ~host->endpoints[i].flags;
	return flags;
}

static void
print_host(const struct page *page, const struct row_mx *row,
	const struct verdict_host *host, const struct dane_names *others)
{
	const struct fact_host *fact = host->fact;
	struct dane_names names = *others;

	names.base = fact->base != NULL ? fact->base : fact->name;
	fprintf(page->out, "\n  host %s (preference %u): ", fact->name,
		row->preference);
	page_toned(page,
		host->class == HOST_VALID    ? PAGE_GOOD
		: host->class == HOST_BROKEN ? PAGE_BAD
					     : PAGE_DOUBTFUL,
		vocabulary_host_class(host->class));
	fprintf(page->out, "%s%s\n", host->reason != REASON_NONE ? ", " : "",
		or_nothing(vocabulary_reason(host->reason)));
	print_flags(page, 4, flags_of_all(host));
	print_lookup(page, 4, "A", &fact->a, "found");
	print_lookup(page, 4, "AAAA", &fact->aaaa, "found");
	print_first_hop(page, fact);
	print_tlsa(page, host);
	print_servers(page, 4, row->host->servers, row->host->server_count);
	evidence_extras_host(page->out, row->host->extras);
	for (size_t i = 0; i < fact->endpoint_count; i++)
		print_endpoint(page, host, &names, i);
	remedy_print(page, host);
}

static const char *
severity_meaning(enum verdict_severity severity)
{
	switch (severity) {
	case VERDICT_SEVERITY_DEGRADED:
		return "Degraded: their mail still gets through by another "
		       "server, address or key.";
	case VERDICT_SEVERITY_OUTAGE:
		return "Outage: there is no other way left for their mail.";
	case VERDICT_SEVERITY_NULL:
		break;
	}
	return "";
}

static const char *
half_dane_meaning(enum verdict_half_dane half_dane)
{
	switch (half_dane) {
	case VERDICT_HALF_SOME:
		return "Half-DANE: some of the mail servers have usable TLSA "
		       "records; some senders heed them.";
	case VERDICT_HALF_ALL:
		return "Half-DANE: all of the mail servers have usable TLSA "
		       "records; some senders heed them.";
	case VERDICT_HALF_BROKEN:
		return "Half-DANE: a mail server is broken, and senders that "
		       "do DANE all the same refuse it.";
	case VERDICT_HALF_NULL:
	case VERDICT_HALF_NONE:
		break;
	}
	return "";
}

/* What the class and the reason mean, and what to do. */
static void
print_meaning(const struct page *page, const struct verdict_domain *verdict)
{
	const struct vocabulary_entry *class = vocabulary_class_entry(
		verdict->class);
	const struct vocabulary_entry *reason;

	page_paragraph(page, 2,
		arena_printf(page->arena, "%s %s%s", class->meaning,
			severity_meaning(verdict->severity),
			half_dane_meaning(verdict->half_dane)));
	if (verdict->reason == REASON_NONE)
		return;
	reason = vocabulary_reason_entry(verdict->reason);
	fputc('\n', page->out);
	page_paragraph(page, 2,
		arena_printf(page->arena, "%s: %s (%s)", reason->label,
			reason->meaning, reason->section));
	if (reason->remedy[0] != '\0')
		page_paragraph(page, 2,
			arena_printf(
				page->arena, "What to do: %s", reason->remedy));
	if (tlsrpt_result(verdict->reason) != NULL)
		page_paragraph(page, 2,
			arena_printf(page->arena,
				"Senders report it as %s (RFC 8460 section "
				"4.3).",
				tlsrpt_result(verdict->reason)));
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
			page_entry(page, 4, lint);
	}
}

/* What is true of the domain and of no one host. */
static uint64_t
flags_of_domain(const struct judge_result *result)
{
	uint64_t flags = result->verdict.flags;

	for (size_t i = 0; i < result->fact->host_count; i++)
		flags &= ~result->hosts[i]->flags;
	return flags;
}

void
evidence_print(FILE *out, const struct judge_result *result, bool color)
{
	const struct verdict_domain *verdict = &result->verdict;
	struct page page = {out, color, arena_new()};
	struct dane_names names;

	verdict_names(result->fact, &names);
	page_toned(&page, PAGE_STRONG, result->fact->name);
	fputs(": ", out);
	page_toned(&page, class_tone(verdict->class),
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
	print_flags(&page, 2, flags_of_domain(result));
	evidence_extras_domain(out, result->row->extras);
	if (result->fact->implicit)
		page_line(&page, 2, "",
			"no MX: the domain is its own mail server");
	for (size_t i = 0; i < result->fact->host_count; i++)
		print_host(&page, &result->row->hosts[i], result->hosts[i],
			&names);
	glossary_print(&page, result);
	print_advice(&page, result->lints);
	fputc('\n', out);
	arena_free(page.arena);
}
