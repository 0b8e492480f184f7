/*
 * This scan as a member of a fleet.
 */
#include "scanner/member.h"

#include <stdlib.h>

#include "scanner/core/arena.h"
#include "scanner/loader.h"

struct member {
	struct member_config config;
	struct feed *feed;
	struct loader *loader;
	struct claims *claims;
	struct hosts *hosts;
	struct fleet_news news;
};

struct member *
member_new(const struct member_config *config)
{
	struct member *member = calloc(1, sizeof(*member));

	if (member == NULL)
		arena_out_of_memory();
	member->config = *config;
	member->feed = feed_new(config->fleet);
	member->loader = loader_new(
		config->fleet, config->list, config->shuffled, config->seed);
	member->claims = claims_new(
		config->fleet, config->interval_ms, hosts_granted);
	return member;
}

void
member_free(struct member *member)
{
	if (member == NULL)
		return;
	feed_free(member->feed);
	loader_free(member->loader);
	claims_free(member->claims);
	free(member);
}

struct feed *
member_feed(struct member *member)
{
	return member->feed;
}

struct claims *
member_claims(struct member *member)
{
	return member->claims;
}

/* What the fleet tells. */

static void
on_news(void *arg, const struct fleet_news *news)
{
	struct member *member = arg;

	member->news = *news;
	if (!claims_news(member->claims, news))
		return;
	hosts_announce(member->hosts);
	claims_announced(member->claims);
}

static void
on_opt_out(void *arg, const char *entry)
{
	struct member *member = arg;

	if (member->config.on_opt_out != NULL)
		member->config.on_opt_out(member->config.on_opt_out_arg, entry);
}

static void
on_chunk(void *arg, struct fleet_chunk *chunk)
{
	struct member *member = arg;
	uint32_t number = chunk != NULL ? fleet_chunk_number(chunk) : 0;

	if (feed_take(member->feed, chunk))
		member->config.on_ended(member->config.on_ended_arg, number);
}

static void
on_host(void *arg, const char *host, enum fleet_host status,
	const struct fleet_facts *facts)
{
	struct member *member = arg;

	hosts_claimed(member->hosts, host, status, facts);
}

static void
on_address(void *arg, const char *address)
{
	struct member *member = arg;

	claims_granted(member->claims, address);
}

static void
on_addresses_answered(void *arg)
{
	struct member *member = arg;

	claims_addresses_answered(member->claims);
}

void
member_listen(struct member *member, struct hosts *hosts)
{
	member->hosts = hosts;
	fleet_listen(member->config.fleet,
		&(struct fleet_listener){
			.arg = member,
			.news = on_news,
			.opt_out = on_opt_out,
			.chunk = on_chunk,
			.host = on_host,
			.address = on_address,
			.addresses_answered = on_addresses_answered,
		});
}

bool
member_turn(struct member *member, uint64_t now_ms, bool taking)
{
	claims_turn(member->claims, now_ms);
	if (!taking)
		return true;
	feed_turn(member->feed, now_ms);
	return loader_turn(member->loader);
}

const char *
member_error(const struct member *member)
{
	return loader_error(member->loader);
}

const struct fleet_news *
member_news(const struct member *member)
{
	return &member->news;
}
