/*
 * Made-up answers for tests.
 */
#include "tests/unit/core/answers.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct answers *
answers_new(enum answer_status status, enum answer_trust trust)
{
	struct answers *answers = calloc(1, sizeof(*answers));

	if (answers == NULL)
		abort();
	answers->answer.status = status;
	answers->answer.trust = trust;
	answers->answer.rdata = answers->rdata;
	answers->answer.ttl_s = 3600;
	return answers;
}

void
answers_octets(struct answers *answers, const char *octets, size_t len)
{
	size_t i = answers->answer.count++;

	if (i >= ANSWERS_MAX || len > ANSWERS_RDATA)
		abort();
	memcpy(answers->octets[i], octets, len);
	answers->rdata[i].data = answers->octets[i];
	answers->rdata[i].len = len;
	answers->answer.status = ANSWER_DATA;
}

/* Appends the name in wire form; returns its end. */
static size_t
put_name(char *wire, size_t len, const char *name)
{
	while (*name != '\0' && *name != '.') {
		size_t label = strcspn(name, ".");

		wire[len++] = (char)label;
		memcpy(wire + len, name, label);
		len += label;
		name += label;
		name += *name == '.';
	}
	wire[len++] = 0;
	return len;
}

void
answers_mx(struct answers *answers, unsigned preference, const char *name)
{
	char wire[ANSWERS_RDATA] = {
		(char)(preference >> 8), (char)(preference & 0xff)};

	answers_octets(answers, wire, put_name(wire, 2, name));
}

void
answers_name(struct answers *answers, const char *name)
{
	char wire[ANSWERS_RDATA];

	answers_octets(answers, wire, put_name(wire, 0, name));
}

void
answers_address(struct answers *answers, const char *text)
{
	char octets[16];
	int ipv6 = strchr(text, ':') != NULL;

	if (inet_pton(ipv6 ? AF_INET6 : AF_INET, text, octets) != 1)
		abort();
	answers_octets(answers, octets, ipv6 ? 16 : 4);
}
