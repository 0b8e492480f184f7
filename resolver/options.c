/*
 * The libunbound options of a resolver process.
 */
#include "resolver/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unbound.h>
#include <unistd.h>

#include "resolver/reserved.h"
#include "resolver/resolver.h"

struct option {
	const char *name;
	const char *value;
};

/*
 * Caches: RESOLVER_CACHE_MB a process in all. A scan meets nearly every name
 * once, so what larger caches would keep is not asked for again.
 */
static const struct option common[] = {
	{"module-config:", "validator iterator"},
	{"msg-cache-size:", "6m"},
	{"rrset-cache-size:", "12m"},
	{"key-cache-size:", "4m"},
	{"neg-cache-size:", "2m"},
	{"infra-cache-numhosts:", "50000"},
	/* One thread a process: no use for divided locks. */
	{"msg-cache-slabs:", "1"},
	{"rrset-cache-slabs:", "1"},
	{"key-cache-slabs:", "1"},
	{"infra-cache-slabs:", "1"},
	/* A question is sent twice to a name server of which nothing is known,
	 * with 0.75 s for each answer, and twice with 1.5 s, which is more than
	 * any needs that is there at all: a dead one costs 4.5 s, where the
	 * library's own limits cost minutes, and a slow one is not asked again
	 * within its round-trip time. Which server of a zone is preferred
	 * follows from the times measured, not from these. */
	{"infra-cache-min-rtt:", "750"},
	{"outbound-msg-retry:", "2"},
	/* Then it is asked nothing more until the cache forgets of it, so that
	 * other names at dead servers cost little; and one that was only away
	 * is soon asked again. (infra-keep-probing begins at 12 s.) */
	{"infra-cache-max-rtt:", "3000"},
	{"infra-host-ttl:", "20"},
	/* Addresses of a zone's other name servers are looked up where they are
	 * needed, not in advance: a seventh of all questions. */
	{"target-fetch-policy:", "0 0 0 0 0"},
	/* Above 0 the library ends the process when the limit is met. */
	{"unwanted-reply-threshold:", "0"},
	/* What is observed must be of now. */
	{"serve-expired:", "no"},
	{"prefetch:", "no"},
	/* Two scans of the same facts print the same order. */
	{"rrset-roundrobin:", "no"},
	/* Fills why_bogus. */
	{"val-log-level:", "2"},
	{NULL, NULL},
};

/*
 * Laboratory: names and reverse zones that the library answers by itself (RFC
 * 6761, RFC 6303), and loopback addresses, are asked for like others. A zone
 * that is declared gets no default content; the type "nodefault" is for that,
 * but ub_ctx_set_option() of 1.17 takes the word for a part of the name.
 */
static const struct option laboratory[] = {
	{"do-not-query-localhost:", "no"},
	{"unblock-lan-zones:", "yes"},
	{"local-zone:", "test. transparent"},
	{"local-zone:", "invalid. transparent"},
	{"local-zone:", "onion. transparent"},
	{"local-zone:", "home.arpa. transparent"},
	{"local-zone:", "internal. transparent"},
	{NULL, NULL},
};

static int
set(struct ub_ctx *ctx, const char *name, const char *value, char *err,
	size_t errsize)
{
	int rc = ub_ctx_set_option(ctx, name, value);

	if (rc == 0)
		return 0;
	snprintf(err, errsize, "resolver option %s %s: %s", name, value,
		ub_strerror(rc));
	return -1;
}

static int
set_number(struct ub_ctx *ctx, const char *name, unsigned long value, char *err,
	size_t errsize)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	return set(ctx, name, text, err, errsize);
}

static int
set_all(struct ub_ctx *ctx, const struct option *option, char *err,
	size_t errsize)
{
	for (; option->name; option++)
		if (set(ctx, option->name, option->value, err, errsize) != 0)
			return -1;
	return 0;
}

static unsigned long
clamp(unsigned long value, unsigned long low, unsigned long high)
{
	return value < low ? low : value > high ? high : value;
}

/* Descriptors that one process can have; it begins with only a few open. */
static unsigned long
descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	return clamp(limit.rlim_cur, 128, 65536) - 32;
}

/*
 * Each question to a name server holds a socket, and one of ours can have
 * several under way; those to dead name servers for seconds, beside the window.
 * More than the limit wait inside the library.
 */
static int
set_sizes(struct ub_ctx *ctx, const struct resolver_config *config, char *err,
	size_t errsize)
{
	unsigned long share = config->window / config->processes + 1;
	unsigned long fds = descriptors();
	/* A TCP slot owns a buffer of 64 KB. */
	unsigned long tcp = clamp(clamp(share / 8, 64, 256), 8, fds / 4);
	unsigned long range = clamp(
		clamp(2 * share, 2048, 4096), 32, fds - tcp);
	/* Admits nothing in the library; but from this many on it looks for
	 * the addresses of one name server of a zone at a time. */
	unsigned long queries = clamp(4UL * config->window, 4096, 1000000);

	if (set_number(ctx, "outgoing-range:", range, err, errsize) != 0 ||
		set_number(ctx, "outgoing-num-tcp:", tcp, err, errsize) != 0)
		return -1;
	return set_number(
		ctx, "num-queries-per-thread:", queries, err, errsize);
}

/*
 * A source address of one family shuts the other out, unless that one is
 * given its wildcard.
 */
static int
set_sources(struct ub_ctx *ctx, const struct resolver_config *config, char *err,
	size_t errsize)
{
	const char *v4 = config->source_ipv4, *v6 = config->source_ipv6;

	if (set(ctx, "do-ip4:", config->no_ipv4 ? "no" : "yes", err, errsize) ||
		set(ctx, "do-ip6:", config->no_ipv6 ? "no" : "yes", err,
			errsize))
		return -1;
	if (!v4 && !v6)
		return 0;
	if (!config->no_ipv4 && set(ctx, "outgoing-interface:",
					v4 ? v4 : "0.0.0.0", err, errsize))
		return -1;
	if (!config->no_ipv6 &&
		set(ctx, "outgoing-interface:", v6 ? v6 : "::0", err, errsize))
		return -1;
	return 0;
}

/* A block, and those that lead into it through NAT64 and 6to4. */
static int
set_block(struct ub_ctx *ctx, const char *block, char *err, size_t errsize)
{
	static const char option[] = "do-not-query-address:";
	char embedding[RESERVED_PREFIX_SIZE];

	if (set(ctx, option, block, err, errsize))
		return -1;
	for (size_t i = 0; reserved_embedding(block, i, embedding); i++)
		if (set(ctx, option, embedding, err, errsize))
			return -1;
	return 0;
}

static int
set_reserved(struct ub_ctx *ctx, bool allowed, char *err, size_t errsize)
{
	if (allowed)
		return set_all(ctx, laboratory, err, errsize);
	for (const char *const *block = reserved_blocks; *block; block++)
		if (set_block(ctx, *block, err, errsize))
			return -1;
	return set(ctx, "do-not-query-localhost:", "yes", err, errsize);
}

/* The library would only say that it cannot begin; and of a folder it would
   read lines without end. */
static int
check_file(const char *what, const char *path, char *err, size_t errsize)
{
	struct stat status;

	if (access(path, R_OK) != 0 || stat(path, &status) != 0)
		snprintf(
			err, errsize, "%s %s: %s", what, path, strerror(errno));
	else if (!S_ISREG(status.st_mode))
		snprintf(err, errsize, "%s %s: not a regular file", what, path);
	else
		return 0;
	return -1;
}

int
options_apply(struct ub_ctx *ctx, const struct resolver_config *config,
	char *err, size_t errsize)
{
	const char *hints = config->root_hints, *anchor = config->trust_anchor;

	/* Without an anchor the library validates nothing, silently. */
	if (check_file("trust anchor", anchor, err, errsize) != 0 ||
		set(ctx, "trust-anchor-file:", anchor, err, errsize) != 0)
		return -1;
	if (hints && (check_file("root hints", hints, err, errsize) != 0 ||
			     set(ctx, "root-hints:", hints, err, errsize) != 0))
		return -1;
	if (set_all(ctx, common, err, errsize) != 0 ||
		set_sizes(ctx, config, err, errsize) != 0 ||
		set_sources(ctx, config, err, errsize) != 0)
		return -1;
	return set_reserved(ctx, config->allow_reserved, err, errsize);
}
