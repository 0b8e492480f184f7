/*
 * Tests of scanner/joining.c: what a worker takes from the scan, and what stays
 * its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scanner/joining.h"

/* A command line of words. */
static void
read_command(struct config *config, enum config_command command, char *line)
{
	char *argv[40];
	int argc = 0;

	for (char *word = strtok(line, " "); word != NULL;
		word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	setenv("HOME", "/nonexistent", 1);
	assert_int_equal(config_read(config, command, argc, argv), 0);
}

/* Through the record of the scan and back. */
static void
verdicts_are_the_scans(void **state)
{
	char scan_line[] = "scan --probe all --extras ns,ds --smtp-port 2525 "
			   "--no-ipv6 --retries 3 --retry-delay 7.5 "
			   "--per-address-interval 2.5 --dns-timeout 1.25 "
			   "--connect-timeout 2 --smtp-timeout 3 "
			   "--session-timeout 4 --window 77 --allow-reserved";
	char worker_line[] = "worker --db dbname=x --window 5";
	struct config scan, worker;
	char err[256] = "";

	(void)state;
	read_command(&scan, CONFIG_SCAN, scan_line);
	read_command(&worker, CONFIG_WORKER, worker_line);
	char *recorded = config_json(&scan);
	assert_int_equal(joining_take(&worker, recorded, err, sizeof(err)), 0);
	assert_int_equal(worker.probe, CONFIG_PROBE_ALL);
	assert_int_equal(worker.extras, scan.extras);
	assert_true(worker.extras != 0);
	assert_int_equal(worker.smtp_port, 2525);
	assert_true(worker.no_ipv6);
	assert_false(worker.no_ipv4);
	assert_int_equal(worker.retries, 3);
	assert_int_equal(worker.retry_delay_ms, 7500);
	assert_int_equal(worker.per_address_interval_ms, 2500);
	assert_int_equal(worker.dns_timeout_ms, 1250);
	assert_int_equal(worker.connect_timeout_ms, 2000);
	assert_int_equal(worker.smtp_timeout_ms, 3000);
	assert_int_equal(worker.session_timeout_ms, 4000);
	assert_int_equal(worker.window, 5);
	assert_false(worker.allow_reserved);
	free(recorded);
	config_free(&scan);
	config_free(&worker);
}

static void
what_is_not_recorded_has_its_default(void **state)
{
	char line[] = "worker --db dbname=x";
	struct config worker;
	char err[256] = "";

	(void)state;
	read_command(&worker, CONFIG_WORKER, line);
	assert_int_equal(
		joining_take(&worker, "{\"extras\": []}", err, sizeof(err)), 0);
	assert_int_equal(worker.extras, 0);
	assert_int_equal(worker.smtp_port, 25);
	assert_int_equal(worker.retries, 1);
	assert_int_equal(joining_take(&worker, "{\"smtp-port\": 99999}", err,
				 sizeof(err)),
		-1);
	assert_non_null(strstr(err, "smtp-port = 99999"));
	config_free(&worker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_the_scans),
		cmocka_unit_test(what_is_not_recorded_has_its_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
