/*
 * Which name is taken up next, and when.
 */
#include "scanner/admission.h"

#include <stdlib.h>

#include "scanner/core/arena.h"
#include "scanner/feed.h"
#include "scanner/names.h"

struct admission {
	struct admission_config config;
	unsigned window; /* of this pass */
	double rate;
	unsigned limit; /* … of the credits that are used */
	bool ended;
	bool begun;
	uint64_t begun_ms;
	uint64_t last_ms;    /* of the last name */
	uint64_t taken;	     /* names handed out in this pass */
	struct spool *spool; /* of a further pass, else NULL */
	uint64_t left;	     /* names of it */
};

enum {
	/* Of window and rate, in a further pass. */
	SHARE = 4
};

struct admission *
admission_new(const struct admission_config *config)
{
	struct admission *admission = calloc(1, sizeof(*admission));

	if (admission == NULL)
		arena_out_of_memory();
	admission->config = *config;
	admission->limit = admission->window = config->window;
	admission->rate = config->rate;
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

	if (!admission->begun) {
		admission->begun = true;
		admission->begun_ms = now_ms;
	}
	if (admission->rate <= 0)
		return true;
	elapsed_s = (double)(now_ms - admission->begun_ms) / 1000;
	return (double)admission->taken < 1 + elapsed_s * admission->rate;
}

static enum admission_status
next_of_list(struct admission *admission, struct list_entry *entry)
{
	switch (names_next(admission->config.names, entry)) {
	case LIST_NAME:
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

static enum admission_status
next_of_feed(struct admission *admission, struct list_entry *entry)
{
	return feed_next(admission->config.feed, entry) ? ADMISSION_NAME
							: ADMISSION_WAIT;
}

static enum admission_status
next_of_spool(struct admission *admission, struct list_entry *entry)
{
	if (admission->left == 0) {
		admission->ended = true;
		return ADMISSION_END;
	}
	admission->left--;
	return spool_next(admission->spool, entry) == 1 ? ADMISSION_NAME
							: ADMISSION_FAILED;
}

enum admission_status
admission_next(struct admission *admission, uint64_t out, uint64_t now_ms,
	struct list_entry *entry)
{
	enum admission_status status;

	if (admission->ended)
		return ADMISSION_END;
	if (out >= admission->window || out >= admission->limit ||
		!rate_allows(admission, now_ms))
		return ADMISSION_WAIT;
	if (admission->spool != NULL)
		status = next_of_spool(admission, entry);
	else if (admission->config.feed != NULL)
		status = next_of_feed(admission, entry);
	else
		status = next_of_list(admission, entry);
	if (status == ADMISSION_NAME) {
		admission->taken++;
		admission->last_ms = now_ms;
	}
	return status;
}

void
admission_limit(struct admission *admission, unsigned limit)
{
	admission->limit = limit;
}

const char *
admission_error(const struct admission *admission)
{
	return admission->spool != NULL ? spool_error(admission->spool)
					: names_error(admission->config.names);
}

/* What the first pass did, were the limit not told. */
static double
measured_rate(const struct admission *admission)
{
	double elapsed_s = (double)(admission->last_ms - admission->begun_ms) /
			   1000;

	/* A short list goes by in no time. */
	return (double)admission->taken / (elapsed_s > 1 ? elapsed_s : 1);
}

void
admission_again(struct admission *admission, struct spool *spool)
{
	/* Passes after the second one go on as that did. */
	if (admission->spool == NULL) {
		if (admission->rate <= 0)
			admission->rate = measured_rate(admission);
		admission->rate /= SHARE;
		if (admission->rate < 1)
			admission->rate = 1;
		admission->window = (admission->window + SHARE - 1) / SHARE;
	}
	admission->spool = spool;
	admission->left = spool_count(spool);
	admission->taken = 0;
	admission->begun = false;
	admission->ended = false;
}

void
admission_restart(struct admission *admission)
{
	admission->window = admission->config.window;
	admission->rate = admission->config.rate;
	admission->spool = NULL;
	admission->taken = 0;
	admission->begun = false;
	admission->ended = false;
}

bool
admission_in_pass(const struct admission *admission)
{
	return admission->spool != NULL;
}

bool
admission_ended(const struct admission *admission)
{
	if (admission->spool == NULL && admission->config.feed != NULL)
		return feed_is_idle(admission->config.feed);
	return admission->ended;
}
