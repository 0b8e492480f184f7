/* certificate: the names that a mail server's certificate is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/core/certificate.h"
#include "tests/unit/core/pki.h"

enum {
	MANY = 3000
};

static void
check_names(const char *san, const char *expected)
{
	const struct pki_spec spec = {.cn = "leaf", .san = san};
	struct pki *pki = pki_new(&spec);
	const struct fact_certificate fact = pki_fact(pki);
	struct arena *arena = arena_new();
	const char *names = certificate_names(&fact, arena);

	if (expected == NULL)
		assert_null(names);
	else
		assert_string_equal(names, expected);
	arena_free(arena);
	pki_free(pki);
}

static void
those_that_count(void **state)
{
	(void)state;
	check_names(NULL, NULL);
	check_names("email:a@b.test,IP:192.0.2.1", NULL);
	check_names("DNS:a.test", "a.test");
	check_names("DNS:a.test,IP:192.0.2.1,DNS:*.b.test", "a.test, *.b.test");
	/* ESC, a blank, U+009B */
	check_names("DER:30:09:82:07:61:1b:20:c2:9b:62:7e", "a????b~");
	check_names("DER:30:02:82:00", "");
}

static void
what_is_no_certificate(void **state)
{
	const uint8_t der[] = {0x30, 0x00};
	const struct fact_certificate fact = {.der = der, .len = sizeof(der)};
	struct arena *arena = arena_new();

	(void)state;
	assert_null(certificate_names(&fact, arena));
	arena_free(arena);
}

/* As many as a stranger likes: memory is of the size of the text. */
static void
very_many(void **state)
{
	char *san = malloc(16 * MANY);
	struct arena *arena = arena_new();
	struct pki *pki;
	struct fact_certificate fact;
	const char *names;
	size_t len = 0;

	(void)state;
	assert_non_null(san);
	for (int i = 0; i < MANY; i++)
		len += (size_t)sprintf(
			san + len, "%sDNS:n%d.test", i > 0 ? "," : "", i);
	pki = pki_new(&(struct pki_spec){.cn = "leaf", .san = san});
	fact = pki_fact(pki);
	names = certificate_names(&fact, arena);
	assert_non_null(strstr(names, ", n2999.test"));
	assert_true(arena_used(arena) < 4 * strlen(names));
	arena_free(arena);
	pki_free(pki);
	free(san);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_that_count),
		cmocka_unit_test(what_is_no_certificate),
		cmocka_unit_test(very_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
