/*
 * The words of a result that are not explained elsewhere on its page.
 */
#include "scanner/glossary.h"

#include <string.h>

struct glossary {
	const struct vocabulary_entry
		*entries[LINT_COUNT + REASON_COUNT + FLAG_COUNT];
	size_t count;
};

/* Some reasons, flags and lints share a word, and what it means. */
static void
add(struct glossary *glossary, const struct vocabulary_entry *entry)
{
	if (entry == NULL)
		return;
	for (size_t i = 0; i < glossary->count; i++)
		if (strcmp(glossary->entries[i]->label, entry->label) == 0)
			return;
	glossary->entries[glossary->count++] = entry;
}

static void
add_flags(struct glossary *glossary, uint64_t flags)
{
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		if (flags & FLAG_BIT(i))
			add(glossary, vocabulary_flag_entry((enum flag)i));
}

static void
add_told(struct glossary *glossary, const struct judge_result *result)
{
	add(glossary, vocabulary_reason_entry(result->verdict.reason));
	for (unsigned i = 0; i < LINT_COUNT; i++)
		if (result->lints & (uint64_t)1 << i)
			add(glossary, vocabulary_lint_entry((enum lint)i));
}

static void
add_host(struct glossary *glossary, const struct verdict_host *host)
{
	add(glossary, vocabulary_reason_entry(host->reason));
	for (size_t i = 0; i < host->fact->record_count; i++)
		add(glossary, vocabulary_reason_entry(vocabulary_unusable(
				      host->records[i].usability)));
	for (size_t i = 0; i < host->fact->endpoint_count; i++)
		add(glossary,
			vocabulary_reason_entry(host->endpoints[i].reason));
	add_flags(glossary, host->flags);
}

void
glossary_print(const struct page *page, const struct judge_result *result)
{
	struct glossary *glossary = arena_alloc(page->arena, sizeof(*glossary));
	size_t told;

	add_told(glossary, result);
	told = glossary->count;
	for (size_t i = 0; i < result->fact->host_count; i++)
		add_host(glossary, result->hosts[i]);
	add_flags(glossary, result->verdict.flags);
	if (glossary->count > told)
		fputs("\n  What the other words mean:\n", page->out);
	for (size_t i = told; i < glossary->count; i++)
		page_entry(page, 4, glossary->entries[i]);
}
