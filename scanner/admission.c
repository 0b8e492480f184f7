/*
 * Which name is taken up next, and when.
 */
#include "scanner/admission.h"

#include <stdlib.h>

#include "scanner/core/arena.h"

struct admission {
	struct list *list;
	unsigned window;
	double rate;
	const struct store_done *done;
	size_t done_at; /* index of the first line of done not passed yet */
	bool ended;
	bool begun;
	uint64_t begun_ms;
	uint64_t taken; /* names handed out */
};

struct admission *
admission_new(struct list *list, unsigned window, double rate,
	const struct store_done *done)
{
	struct admission *admission = calloc(1, sizeof(*admission));

	if (admission == NULL)
		arena_out_of_memory();
	admission->list = list;
	admission->window = window;
	admission->rate = rate;
	admission->done = done;
	return admission;
}

void
admission_free(struct admission *admission)
{
	free(admission);
}

static bool
rate_allows(struct admission *admission, uint64_t now_ms)
{
	double elapsed_s;

	if (admission->rate <= 0)
		return true;
	if (!admission->begun) {
		admission->begun = true;
		admission->begun_ms = now_ms;
	}
	elapsed_s = (double)(now_ms - admission->begun_ms) / 1000;
	return (double)admission->taken < 1 + elapsed_s * admission->rate;
}

/* Lines come in ascending order, and so do the lines that are done. */
static bool
done_before(struct admission *admission, uint64_t line)
{
	const struct store_done *done = admission->done;

	if (done == NULL)
		return false;
	if (line <= done->low_water)
		return true;
	while (admission->done_at < done->count &&
		done->lines[admission->done_at] < line)
		admission->done_at++;
	return admission->done_at < done->count &&
	       done->lines[admission->done_at] == line;
}

enum admission_status
admission_next(struct admission *admission, uint64_t out, uint64_t now_ms,
	struct list_entry *entry)
{
	if (admission->ended)
		return ADMISSION_END;
	if (out >= admission->window || !rate_allows(admission, now_ms))
		return ADMISSION_WAIT;
	switch (list_next(admission->list, entry)) {
	case LIST_NAME:
		if (done_before(admission, entry->line))
			return ADMISSION_DONE;
		admission->taken++;
		return ADMISSION_NAME;
	case LIST_AGAIN:
		return ADMISSION_WAIT;
	case LIST_END:
		admission->ended = true;
		return ADMISSION_END;
	case LIST_FAILED:
		break;
	}
	return ADMISSION_FAILED;
}

bool
admission_ended(const struct admission *admission)
{
	return admission->ended;
}
