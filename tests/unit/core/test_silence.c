/*
 * Servers that leave questions unanswered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "scanner/core/silence.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define N OUTCOME_NONE
#define T OUTCOME_TIMEOUT
#define Z OUTCOME_SILENT
#define R OUTCOME_REFUSED
#define D OUTCOME_DATA

static struct fact_address
address_of(unsigned number, bool ipv6)
{
	return (struct fact_address){.ipv6 = ipv6,
		.bytes = {192, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
			(uint8_t)number}};
}

static void
test_rows(void **state)
{
	static const struct {
		enum outcome said[6];
		enum outcome known;
	} rows[] = {
		{{N}, N},
		{{T, T}, N},
		{{T, T, T}, T},
		/* Two questions of one name. */
		{{Z}, Z},
		{{T, T, T, T}, T},
		/* In a row, and the same. */
		{{T, T, R, T}, N},
		{{T, T, T, D}, N},
		{{Z, T, T}, N},
		{{T, T, Z}, Z},
		{{T, N, T, N, T}, T},
	};
	const struct fact_address server = address_of(1, false);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct silence *silence = silence_new();

		for (size_t k = 0; k < COUNT(rows[i].said); k++)
			silence_note(silence, &server, ANSWER_TYPE_MX,
				rows[i].said[k], 0);
		if (silence_outcome(silence, &server, ANSWER_TYPE_MX, 0) !=
			rows[i].known)
			fail_msg("row %zu", i);
		silence_free(silence);
	}
}

static void
is_silent(struct silence *silence, const struct fact_address *server,
	uint64_t now_ms)
{
	for (unsigned i = 0; i < SILENCE_NAMES_SILENT; i++)
		silence_note(silence, server, ANSWER_TYPE_MX, Z, now_ms);
}

/* Another type, another address, another family with the same octets. */
static void
test_speaks_of_one(void **state)
{
	struct silence *silence = silence_new();
	struct fact_address server = address_of(1, false),
			    next = address_of(2, false),
			    other = address_of(1, true);

	(void)state;
	is_silent(silence, &server, 0);
	assert_int_equal(
		silence_outcome(silence, &server, ANSWER_TYPE_MX, 0), Z);
	assert_int_equal(
		silence_outcome(silence, &server, ANSWER_TYPE_TLSA, 0), N);
	assert_int_equal(silence_outcome(silence, &next, ANSWER_TYPE_MX, 0), N);
	assert_int_equal(
		silence_outcome(silence, &other, ANSWER_TYPE_MX, 0), N);
	silence_free(silence);
}

/* After a while one asks again, and one more silence is enough. */
static void
test_asks_again(void **state)
{
	struct silence *silence = silence_new();
	struct fact_address server = address_of(1, false);

	(void)state;
	is_silent(silence, &server, 1000);
	assert_int_equal(silence_outcome(silence, &server, ANSWER_TYPE_MX,
				 1000 + SILENCE_MS - 1),
		Z);
	assert_int_equal(silence_outcome(silence, &server, ANSWER_TYPE_MX,
				 1000 + SILENCE_MS),
		N);
	silence_note(silence, &server, ANSWER_TYPE_MX, Z, 1000 + SILENCE_MS);
	assert_int_equal(silence_outcome(silence, &server, ANSWER_TYPE_MX,
				 1000 + SILENCE_MS),
		Z);
	silence_free(silence);
}

/* What is kept is bounded, and the oldest go first. */
static void
test_forgets_the_oldest(void **state)
{
	struct silence *silence = silence_new();
	struct fact_address server;

	(void)state;
	for (unsigned i = 0; i <= SILENCE_SERVERS_MAX; i++) {
		server = address_of(i, false);
		is_silent(silence, &server, 0);
	}
	for (unsigned i = 0; i <= SILENCE_SERVERS_MAX; i++) {
		server = address_of(i, false);
		assert_int_equal(
			silence_outcome(silence, &server, ANSWER_TYPE_MX, 0),
			i == 0 ? N : Z);
	}
	silence_free(silence);
	silence_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_speaks_of_one),
		cmocka_unit_test(test_asks_again),
		cmocka_unit_test(test_forgets_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
