/*
 * The words that rows hold where their lists are closed.
 */
#include "scanner/core/record_words.h"

#include <assert.h>

#include "resolver/answer.h"
#include "scanner/core/fact.h"
#include "scanner/core/mark.h"
#include "scanner/core/record.h"
#include "scanner/core/verdict.h"
#include "scanner/core/vocabulary.h"

enum {
	OTHERS_MAX = 64
};

struct list {
	struct row_word *words;
	size_t count;
};

static void
add(struct list *list, const char *kind, const char *label)
{
	if (label != NULL)
		list->words[list->count++] = (struct row_word){kind, label};
}

static void
add_lookups(struct list *list)
{
	for (unsigned i = 0; i <= ANSWER_FORMERR; i++)
		add(list, "status", answer_status_label((enum answer_status)i));
	for (unsigned i = 0; i <= ANSWER_BOGUS; i++)
		add(list, "trust", answer_trust_label((enum answer_trust)i));
}

static void
add_verdicts(struct list *list)
{
	for (unsigned i = 0; i <= VERDICT_SEVERITY_OUTAGE; i++)
		add(list, "severity",
			record_severity((enum verdict_severity)i));
	for (unsigned i = 0; i <= VERDICT_HALF_BROKEN; i++)
		add(list, "half-dane",
			record_half_dane((enum verdict_half_dane)i));
}

static void
add_facts(struct list *list)
{
	for (unsigned i = 0; i <= FACT_PHASE_DONE; i++)
		add(list, "phase", fact_phase_label((enum fact_phase)i));
	for (unsigned of = 0; of < MARK_KINDS; of++)
		for (size_t i = 0; mark_at((enum mark_of)of, i) != NULL; i++)
			add(list, "fact", mark_at((enum mark_of)of, i));
}

struct row_words
record_words(struct arena *arena)
{
	struct list list = {0};
	size_t count = 0;

	while (vocabulary_at(count) != NULL)
		count++;
	list.words = arena_alloc(
		arena, (count + OTHERS_MAX) * sizeof(*list.words));
	for (size_t i = 0; i < count; i++)
		add(&list, vocabulary_at(i)->kind, vocabulary_at(i)->label);
	add_verdicts(&list);
	add_lookups(&list);
	add_facts(&list);
	assert(list.count <= count + OTHERS_MAX);
	return (struct row_words){list.words, list.count};
}
