/*
 * Which questions wait for something else than their turn. Pure.
 */
#include "scanner/core/passing.h"

void
passing_ask(struct passing *passing, uint64_t now_ms)
{
	passing->asked_ms = now_ms;
	if (passing->passed_ms == 0)
		passing->passed_ms = now_ms;
}

void
passing_answer(struct passing *passing, uint64_t asked_ms, uint64_t now_ms)
{
	if (passing->passed_ms < asked_ms)
		passing->passed_ms = asked_ms;
	passing->answered_ms = now_ms;
}

uint64_t
passing_behind(const struct passing *passing, uint64_t asked_ms,
	uint64_t now_ms, bool ended)
{
	uint64_t time_ms = passing->passed_ms;

	if (ended && now_ms - passing->answered_ms >= PASSING_QUIET_MS)
		time_ms += now_ms - passing->asked_ms;
	return time_ms > asked_ms ? time_ms - asked_ms : 0;
}
