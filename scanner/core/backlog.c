/*
 * How many questions may wait at the validator. Pure.
 */
#include "scanner/core/backlog.h"

/* As it is in the second of now_ms. */
static struct backlog
advanced(const struct backlog *backlog, uint64_t now_ms)
{
	struct backlog result = *backlog;

	result.second = now_ms / 1000;
	if (result.second == backlog->second)
		return result;
	result.now = 0;
	result.before = result.second == backlog->second + 1 ? backlog->now : 0;
	return result;
}

void
backlog_answered(struct backlog *backlog, uint64_t now_ms)
{
	*backlog = advanced(backlog, now_ms);
	backlog->now++;
}

unsigned
backlog_limit(const struct backlog *backlog, uint64_t now_ms)
{
	struct backlog lately = advanced(backlog, now_ms);
	unsigned most = lately.now > lately.before ? lately.now : lately.before;
	unsigned limit = BACKLOG_SECONDS * most;

	return limit > BACKLOG_LEAST ? limit : BACKLOG_LEAST;
}
