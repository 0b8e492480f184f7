/*
 * Which name is taken up next, and when.
 */
#include "scanner/admission.h"

#include <stdlib.h>

#include "scanner/core/arena.h"
#include "scanner/core/lowwater.h"
#include "scanner/shuffle.h"

struct admission {
	struct admission_config config;
	struct shuffle *block; /* names read and not handed out */
	size_t done_at; /* index of the first line of done not passed yet */
	enum list_status list;
	unsigned limit; /* … of the credits that are used */
	bool ended;
	bool begun;
	uint64_t begun_ms;
	uint64_t last_ms; /* of the last name */
	uint64_t taken;	  /* names handed out in this pass */
	uint64_t resumed;
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
	admission->limit = config->window;
	admission->block = shuffle_new(
		config->shuffled ? SHUFFLE_NAMES : 1, config->seed);
	return admission;
}

void
admission_free(struct admission *admission)
{
	if (admission == NULL)
		return;
	shuffle_free(admission->block);
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
	if (admission->config.rate <= 0)
		return true;
	elapsed_s = (double)(now_ms - admission->begun_ms) / 1000;
	return (double)admission->taken <
	       1 + elapsed_s * admission->config.rate;
}

/* Lines come in ascending order, and so do the lines that are done. */
static bool
done_before(struct admission *admission, uint64_t line)
{
	const struct store_done *done = admission->config.done;

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

/* Into the block, unless an earlier run has done it. */
static void
read_name(struct admission *admission, const struct list_entry *entry)
{
	struct lowwater *lowwater = admission->config.lowwater;

	if (done_before(admission, entry->line)) {
		lowwater_read(lowwater, entry->line);
		admission->resumed++;
		return;
	}
	shuffle_add(
		admission->block, entry, lowwater_admit(lowwater, entry->line));
}

/*
 * Read one block of the list. It ends early where a pipe has nothing more for
 * now, and at the end of the list.
 */
static void
fill(struct admission *admission)
{
	size_t names = admission->config.shuffled ? SHUFFLE_NAMES : 1;
	struct list_entry entry;

	for (size_t i = 0; i < names && !shuffle_full(admission->block); i++) {
		admission->list = list_next(admission->config.list, &entry);
		if (admission->list != LIST_NAME)
			return;
		read_name(admission, &entry);
	}
}

/* The block is empty, and so it was filled: what did the list say? */
static enum admission_status
nothing(struct admission *admission)
{
	switch (admission->list) {
	case LIST_NAME:
		return ADMISSION_AGAIN;
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
next_of_list(
	struct admission *admission, struct list_entry *entry, uint64_t *ticket)
{
	if (shuffle_take(admission->block, entry, ticket))
		return ADMISSION_NAME;
	fill(admission);
	return shuffle_take(admission->block, entry, ticket)
		       ? ADMISSION_NAME
		       : nothing(admission);
}

static enum admission_status
next_of_spool(
	struct admission *admission, struct list_entry *entry, uint64_t *ticket)
{
	*ticket = 0;
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
	struct list_entry *entry, uint64_t *ticket)
{
	enum admission_status status;

	if (admission->ended)
		return ADMISSION_END;
	if (out >= admission->config.window || out >= admission->limit ||
		!rate_allows(admission, now_ms))
		return ADMISSION_WAIT;
	status = admission->spool != NULL
			 ? next_of_spool(admission, entry, ticket)
			 : next_of_list(admission, entry, ticket);
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
					: list_error(admission->config.list);
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
	struct admission_config *config = &admission->config;

	/* Passes after the second one go on as that did. */
	if (admission->spool == NULL) {
		if (config->rate <= 0)
			config->rate = measured_rate(admission);
		config->rate /= SHARE;
		if (config->rate < 1)
			config->rate = 1;
		config->window = (config->window + SHARE - 1) / SHARE;
	}
	admission->spool = spool;
	admission->left = spool_count(spool);
	admission->taken = 0;
	admission->begun = false;
	admission->ended = false;
}

bool
admission_ended(const struct admission *admission)
{
	return admission->ended;
}

uint64_t
admission_resumed(const struct admission *admission)
{
	return admission->resumed;
}
