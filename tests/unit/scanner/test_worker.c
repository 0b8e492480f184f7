/* worker: what it does while no scan is running. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "scanner/cmd/cmd.h"
#include "store/schema.h"
#include "tests/unit/store/cluster.h"
#include "tests/unit/store/rows.h"

enum {
	LIMIT_S = 60,
	EXIT_DONE = 0,
	EXIT_NO_SCAN = 3,
	EXIT_INTERRUPTED = 4,
};

struct fixture {
	struct cluster cluster;
	PGconn *side;
	char blocklist[64];
};

static pid_t
start(const struct fixture *f, const char *option, const char *value)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char dsn[256], first[32], second[64];
		char *argv[] = {(char[]){"worker"}, (char[]){"--db"}, dsn,
			(char[]){"--wait"}, first, second, NULL};

		snprintf(dsn, sizeof(dsn), "%s", f->cluster.dsn);
		snprintf(first, sizeof(first), "%s", option);
		snprintf(second, sizeof(second), "%s", value);
		_exit(cmd_worker(6, argv));
	}
	return pid;
}

/* The exit code, or 128 and the signal. */
static int
end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static long
sessions(const struct fixture *f)
{
	char text[1024];

	return atol(cluster_ask(f->side,
		"SELECT sessions FROM pg_stat_database "
		"WHERE datname = current_database()",
		text));
}

/* Until it has looked for a scan a few times. */
static void
until_it_looked(const struct fixture *f)
{
	long before = sessions(f);

	for (time_t end = time(NULL) + LIMIT_S; time(NULL) < end;)
		if (sessions(f) >= before + 2)
			return;
	fail_msg("the worker does not look for scans");
}

static void
a_waiting_worker_ends_by_a_signal(void **state)
{
	const struct fixture *f = *state;
	pid_t pid = start(f, "--blocklist", f->blocklist);

	until_it_looked(f);
	assert_int_equal(kill(pid, SIGHUP), 0);
	until_it_looked(f);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(end_of(pid), EXIT_INTERRUPTED);
}

/* One that is to come may be waited for, one that has been may not. */
static void
it_waits_for_no_scan_that_is_over(void **state)
{
	const struct fixture *f = *state;
	char id[1024], done[1024];

	cluster_ask(f->side, "SELECT dane.scan_begin('x', '{}', now())", id);
	assert_string_equal(
		cluster_ask(f->side,
			"SELECT dane.lease_session(scan_id, 1, 1), "
			"dane.chunks_publish(scan_id, 1, 0, 0, true), "
			"dane.scan_finish(scan_id, 1, 1, 'complete') "
			"FROM dane.scan",
			done),
		"0");
	assert_int_equal(end_of(start(f, "--scan", id)), EXIT_DONE);
	assert_int_equal(end_of(start(f, "--scan", "4711")), EXIT_NO_SCAN);
}

static int
set_up(void **state)
{
	static struct fixture f;
	const struct row_words words = ROWS_WORDS;
	struct schema_change change;
	char err[256] = "";
	FILE *file;

	assert_int_equal(cluster_start(&f.cluster), 0);
	assert_int_equal(
		schema_init(f.cluster.dsn, &words, &change, err, sizeof(err)),
		0);
	f.side = PQconnectdb(f.cluster.dsn);
	snprintf(f.blocklist, sizeof(f.blocklist), "%s/blocklist",
		f.cluster.folder);
	file = fopen(f.blocklist, "we");
	assert_non_null(file);
	fclose(file);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	PQfinish(f->side);
	unlink(f->blocklist);
	return cluster_stop(&f->cluster);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_waiting_worker_ends_by_a_signal),
		cmocka_unit_test(it_waits_for_no_scan_that_is_over),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
