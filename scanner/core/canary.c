/*
 * The law of the canaries.
 */
#include "scanner/core/canary.h"

void
canary_init(struct canary *canary, unsigned window)
{
	*canary = (struct canary){.full = window, .window = window};
}

bool
canary_is_answer(const struct answer *answer)
{
	return !answer_failed(answer->status) && answer->trust != ANSWER_BOGUS;
}

static unsigned
lowered(const struct canary *canary)
{
	unsigned half = canary->window / 2;

	if (half >= CANARY_FLOOR)
		return half;
	return canary->window < CANARY_FLOOR ? canary->window : CANARY_FLOOR;
}

static void
begin_interval(struct canary *canary)
{
	struct canary_interval *last;

	canary->failing = true;
	if (canary->interval_count == CANARY_INTERVALS_MAX) {
		last = &canary->intervals[CANARY_INTERVALS_MAX - 1];
		last->end_us = 0;
		return;
	}
	canary->intervals[canary->interval_count++] = (struct canary_interval){
		.start_us = canary->since_us,
	};
}

/* As a sender that meets congestion: halve once for each row. */
static void
take_failure(struct canary *canary, int64_t at_us)
{
	if (canary->failures++ == 0)
		canary->since_us = at_us;
	if (canary->failures % CANARY_IN_A_ROW != 0)
		return;
	if (!canary->failing)
		begin_interval(canary);
	canary->window = lowered(canary);
}

static void
take_answer(struct canary *canary, int64_t at_us)
{
	unsigned step = canary->full / CANARY_STEPS + 1;
	unsigned missing = canary->full - canary->window;

	if (canary->failing)
		canary->intervals[canary->interval_count - 1].end_us = at_us;
	canary->failing = false;
	canary->failures = 0;
	canary->window += step < missing ? step : missing;
}

void
canary_take(struct canary *canary, bool answered, int64_t at_us)
{
	if (answered)
		take_answer(canary, at_us);
	else
		take_failure(canary, at_us);
}
