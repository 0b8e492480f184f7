/*
 * What the made-up name servers answer.
 */
#include "tests/scenario/fake_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add_data(struct answers *answers, enum answer_type type, const char *data)
{
	char text[300];
	char *at;

	snprintf(text, sizeof(text), "%s", data);
	if (type == ANSWER_TYPE_MX) {
		at = strchr(text, ' ');
		answers_mx(answers, (unsigned)atoi(text), at + 1);
	} else if (type == ANSWER_TYPE_NS) {
		answers_name(answers, text);
	} else if (type == ANSWER_TYPE_TLSA) {
		answers_octets(answers, data, strlen(data));
	} else {
		answers_address(answers, text);
	}
}

struct answers *
fake_answers_from(const struct fake_record *record)
{
	struct answers *answers = answers_new(record->status, record->trust);
	char text[600], *save = NULL;

	if (record->data == NULL)
		return answers;
	snprintf(text, sizeof(text), "%s", record->data);
	for (char *one = strtok_r(text, "|", &save); one != NULL;
		one = strtok_r(NULL, "|", &save))
		add_data(answers, record->type, one);
	return answers;
}
