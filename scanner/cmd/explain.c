/* `danescan explain`: what the codes of the record mean. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "scanner/core/tlsrpt.h"
#include "scanner/core/vocabulary.h"
#include "scanner/suggest.h"

enum {
	WIDTH = 80,
	INDENT = 4,
	SUGGESTIONS = 4
};

static const struct {
	const char *kind;
	const char *heading;
} headings[] = {
	{"class", "Classes of a domain"},
	{"host class", "Classes of a mail server"},
	{"endpoint class", "Classes of an address"},
	{"tlsa state", "States of the TLSA look-up"},
	{"reason", "Reasons"},
	{"record", "Causes that make a TLSA record unusable"},
	{"hint", "Hints on a TLSA record that does not match"},
	{"pkix", "Why public issuers do not vouch for a chain"},
	{"policy", "What came of the policy of MTA-STS"},
	{"lint", "Lints: advice that changes no class"},
	{"flag", "Flags"},
};

/* Words of text in lines of WIDTH columns, all indented; label begins the
   first. */
static void
print_wrapped(const char *label, const char *text)
{
	int column = printf("%*s%s", INDENT, "", label);

	while (*text != '\0') {
		int len = (int)strcspn(text, " ");

		if (column > INDENT && column + len + 1 > WIDTH)
			column = printf("\n%*s", INDENT, "") - 1;
		else if (column > INDENT)
			column += printf(" ");
		column += printf("%.*s", len, text);
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

/* What senders call it in their reports, or NULL. */
static const char *
reported_as(const struct vocabulary_entry *entry)
{
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (vocabulary_reason_entry((enum reason)i) == entry)
			return tlsrpt_result((enum reason)i);
	return NULL;
}

static void
print_entry(const struct vocabulary_entry *entry)
{
	const char *reported = reported_as(entry);

	printf("%s (%s)\n", entry->label, entry->kind);
	print_wrapped("", entry->meaning);
	if (*entry->remedy != '\0')
		print_wrapped("To do:", entry->remedy);
	if (*entry->section != '\0')
		print_wrapped("See:", entry->section);
	if (reported != NULL)
		print_wrapped("In reports (RFC 8460):", reported);
	putchar('\n');
}

static void
print_all(void)
{
	const struct vocabulary_entry *entry;

	for (size_t h = 0; h < sizeof(headings) / sizeof(*headings); h++) {
		int len = (int)strlen(headings[h].heading);

		printf("%s\n%.*s\n\n", headings[h].heading, len,
			"------------------------------------------------");
		for (size_t i = 0; (entry = vocabulary_at(i)) != NULL; i++)
			if (strcmp(entry->kind, headings[h].kind) == 0)
				print_entry(entry);
	}
}

/* One label may be a word of several kinds. */
static bool
print_code(const char *code)
{
	const struct vocabulary_entry *entry;
	bool found = false;

	for (size_t i = 0; (entry = vocabulary_at(i)) != NULL; i++) {
		if (strcmp(entry->label, code) != 0)
			continue;
		print_entry(entry);
		found = true;
	}
	return found;
}

/* Told already, as a word of another kind? */
static bool
listed_before(size_t i)
{
	const char *label = vocabulary_at(i)->label;

	while (i-- > 0)
		if (strcmp(vocabulary_at(i)->label, label) == 0)
			return true;
	return false;
}

static void
suggest(const char *code)
{
	const struct vocabulary_entry *entry;
	unsigned count = 0;

	fprintf(stderr, "danescan explain: no such code: %s", code);
	for (size_t i = 0; (entry = vocabulary_at(i)) != NULL; i++) {
		bool near = suggest_is_near(code, entry->label) ||
			    (strlen(code) > 2 &&
				    strstr(entry->label, code) != NULL);

		if (!near || listed_before(i) || count == SUGGESTIONS)
			continue;
		fprintf(stderr, "%s%s", count++ == 0 ? "; near: " : ", ",
			entry->label);
	}
	fputc('\n', stderr);
}

static int
run(struct config *config)
{
	int code = CONFIG_EXIT_OK;

	if (config->operand_count == 0)
		print_all();
	for (int i = 0; i < config->operand_count; i++) {
		if (print_code(config->operands[i]))
			continue;
		suggest(config->operands[i]);
		code = CONFIG_EXIT_USAGE;
	}
	return code;
}

int
cmd_explain(int argc, char **argv)
{
	return config_run(CONFIG_EXPLAIN, argc, argv, run);
}
