/*
 * Any octets as a response to each type of question. What is read lies within
 * the room of the message.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "resolver/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct message *m)
{
	const struct answer *answer = &m->answer;

	assert(answer->status == ANSWER_DATA || answer->count == 0);
	assert(answer->count <= MESSAGE_RECORDS_MAX);
	for (size_t i = 0; i < answer->count; i++)
		assert(answer->rdata[i].data >= m->data &&
			answer->rdata[i].data + answer->rdata[i].len <=
				m->data + sizeof(m->data));
	assert(!answer->alias || strlen(answer->alias) < sizeof(m->alias));
	assert(!answer->why || strlen(answer->why) < sizeof(m->why));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum answer_type types[] = {
		ANSWER_TYPE_MX, ANSWER_TYPE_TLSA, ANSWER_TYPE_CNAME};
	struct message m;

	for (size_t i = 0; i < 3; i++)
		if (message_parse(&m, data, size, "a.example", types[i]) == 0)
			check(&m);
	return 0;
}
