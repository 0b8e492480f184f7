/*
 * The proof, before a scan, that every resolver process can validate.
 */
#include "resolver/selftest.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unbound.h>

#include "resolver/process.h"
#include "resolver/shard.h"

static uint64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const char *
hints(const struct resolver_config *config)
{
	return config->root_hints ? config->root_hints : "built-in";
}

/* What is wrong with the answer; 0 if nothing. */
static int
judge(const struct ub_result *ub, int rc, const struct resolver_config *config,
	char *err, size_t errsize)
{
	static const char intro[] = "resolver self-test: the root's SOA";

	if (rc != 0)
		snprintf(err, errsize, "%s: %s", intro, ub_strerror(rc));
	else if (ub->bogus)
		snprintf(err, errsize,
			"%s does not validate: %.*s (trust anchor %s)", intro,
			ub->why_bogus ? (int)strcspn(ub->why_bogus, "\n") : 0,
			ub->why_bogus, config->trust_anchor);
	else if (ub->rcode != 0 || !ub->havedata)
		snprintf(err, errsize,
			"%s cannot be had: no answer from the root servers "
			"(network, or root hints: %s)",
			intro, hints(config));
	else if (!ub->secure)
		snprintf(err, errsize, "%s is not signed under trust anchor %s",
			intro, config->trust_anchor);
	else
		return 0;
	return -1;
}

/* 1: the process has proved itself. 0: not yet. -1: it cannot. */
static int
check(struct process *process, const struct resolver_config *config, char *err,
	size_t errsize)
{
	const struct ub_result *ub;
	int rc;

	if (process_take(process) != 0) {
		snprintf(err, errsize,
			"resolver self-test: a process died (root hints: %s)",
			hints(config));
		return -1;
	}
	if (!process_root(process, &rc, &ub))
		return 0;
	return judge(ub, rc, config, err, errsize) == 0 ? 1 : -1;
}

static int
wait_for(struct process *process, uint64_t end_ms,
	const struct resolver_config *config, char *err, size_t errsize)
{
	struct pollfd pfd = {.fd = process_fd(process), .events = POLLIN};
	int proved;

	while ((proved = check(process, config, err, errsize)) == 0) {
		uint64_t now_ms = clock_ms();

		if (now_ms >= end_ms) {
			snprintf(err, errsize,
				"resolver self-test: no answer about the root "
				"within %u s (network, or root hints: %s)",
				config->timeout_ms / 1000, hints(config));
			return -1;
		}
		poll(&pfd, 1, (int)(end_ms - now_ms));
	}
	return proved == 1 ? 0 : -1;
}

/* They all work at the same time; waiting for one after the other is enough. */
int
selftest_run(const struct shard *shards, unsigned n,
	const struct resolver_config *config, char *err, size_t errsize)
{
	uint64_t end_ms = clock_ms() + config->timeout_ms;

	for (unsigned i = 0; i < n; i++)
		if (wait_for(shards[i].process, end_ms, config, err, errsize))
			return -1;
	return 0;
}
