/*
 * Tests of scanner/castore.c: what is said where there are no issuers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/pem.h>

#include "scanner/castore.h"
#include "tests/unit/core/pki.h"

/* A file of so many certificates after so much else; the caller removes it. */
static void
write_file(char path[32], size_t before, int certificates)
{
	struct pki *root = pki_new(
		&(struct pki_spec){.cn = "Root", .ca = true});
	struct fact_certificate fact = pki_fact(root);
	FILE *file;
	int fd;

	strcpy(path, "/tmp/castore-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	for (size_t i = 0; i < before; i++)
		fputs("text\n", file);
	for (int i = 0; i < certificates; i++)
		PEM_write(file, PEM_STRING_X509, "", fact.der, (long)fact.len);
	fclose(file);
	pki_free(root);
}

static void
test_unreadable(void **state)
{
	char err[200] = "";

	(void)state;
	assert_null(castore_open("/nowhere/ca.pem", err, sizeof(err)));
	assert_string_equal(err, "/nowhere/ca.pem: No such file or directory");
	assert_null(castore_open("/tmp", err, sizeof(err)));
	assert_string_equal(err, "/tmp: Is a directory");
}

static void
test_empty(void **state)
{
	char path[32], err[200] = "", expected[200];

	(void)state;
	write_file(path, 3, 0);
	assert_null(castore_open(path, err, sizeof(err)));
	snprintf(expected, sizeof(expected), "%s: no certificate in it", path);
	assert_string_equal(err, expected);
	unlink(path);
}

/* Also one that does not fit the first piece read. */
static void
test_file(void **state)
{
	static const size_t before[] = {0, 200000, 500000};
	char path[32], err[200] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		struct pkix *pkix;

		write_file(path, before[i], 2);
		pkix = castore_open(path, err, sizeof(err));
		assert_non_null(pkix);
		pkix_free(pkix);
		unlink(path);
	}
	assert_string_equal(err, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
