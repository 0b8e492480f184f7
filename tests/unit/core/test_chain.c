/*
 * Tests of scanner/core/chain.c: certificates from their octets, and those that
 * a handshake has parsed already.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/x509.h>

#include "scanner/core/chain.h"
#include "tests/unit/core/world.h"

struct fixture {
	struct world *world;
	struct arena *arena;
	struct chain *chain;
};

/* A chain of which every certificate is parsed, as after a handshake. */
static size_t
parsed_chain(const struct fixture *f, const char *text,
	const struct fact_certificate **chain)
{
	const struct fact_certificate *list;
	size_t count = world_chain(f->world, text, f->arena, &list);
	struct fact_certificate *own = arena_copy(
		f->arena, list, count * sizeof(*own));

	for (size_t i = 0; i < count; i++) {
		const uint8_t *der = own[i].der;

		own[i].parsed = d2i_X509(NULL, &der, (long)own[i].len);
		assert_non_null(own[i].parsed);
	}
	*chain = own;
	return count;
}

static void
free_parsed(const struct fact_certificate *chain, size_t count)
{
	for (size_t i = 0; i < count; i++)
		X509_free(chain[i].parsed);
}

static void
test_parsed_is_taken(void **state)
{
	struct fixture *f = *state;
	const struct fact_certificate *chain;
	size_t count = parsed_chain(f, "L I R", &chain);
	STACK_OF(X509) *stack = chain_parse(f->chain, chain, count);
	X509 *one = chain_certificate(&chain[1]);

	assert_int_equal(count, 3);
	assert_int_equal(sk_X509_num(stack), 3);
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(sk_X509_value(stack, (int)i), chain[i].parsed);
	assert_ptr_equal(one, chain[1].parsed);
	X509_free(one);
	free_parsed(chain, count);
	/* What was handed out lives on with its own reference. */
	assert_true(i2d_X509(sk_X509_value(stack, 0), NULL) > 0);
}

static void
test_octets(void **state)
{
	struct fixture *f = *state;
	const struct fact_certificate *chain;
	size_t count = world_chain(f->world, "L I", f->arena, &chain);
	STACK_OF(X509) *stack = chain_parse(f->chain, chain, count);

	assert_int_equal(sk_X509_num(stack), 2);
	/* The same octets, the same stack. */
	assert_ptr_equal(chain_parse(f->chain, chain, count), stack);
	assert_null(chain_parse(f->chain, chain, 0));
}

/* CONFORMANCE E59: a chain has to be certificates throughout. */
static void
test_more_octets(void **state)
{
	struct fixture *f = *state;
	const struct fact_certificate *chain;
	size_t count = world_chain(f->world, "L I", f->arena, &chain);
	struct fact_certificate *own = arena_copy(
		f->arena, chain, count * sizeof(*own));
	uint8_t *longer = arena_alloc(f->arena, own[1].len + 1);
	X509 *first;

	memcpy(longer, own[1].der, own[1].len);
	own[1].der = longer;
	own[1].len++;
	assert_null(chain_parse(f->chain, own, count));
	first = chain_certificate(&own[1]);
	assert_non_null(first);
	X509_free(first);
	own[1].len = 3;
	assert_null(chain_certificate(&own[1]));
}

static int
set_up(void **state)
{
	static struct fixture fixture;

	fixture.world = world_new();
	fixture.arena = arena_new();
	fixture.chain = chain_new();
	*state = &fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	chain_free(f->chain);
	chain_free(NULL);
	arena_free(f->arena);
	world_free(f->world);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parsed_is_taken),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_more_octets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
