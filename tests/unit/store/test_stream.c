/* stream: files, pipes that are full, credits, errors; NDJSON and CSV. */
#include "store/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "store/buffer.h"
#include "tests/unit/store/rows.h"

struct fixture {
	char folder[32];
	char path[64];
	struct store *store;
	size_t committed;
	int fd; /* watched for writing, or -1 */
	bool adding;
};

static void
on_watch(void *arg, int fd, int events)
{
	struct fixture *f = arg;

	f->fd = events == STORE_WRITE ? fd : -1;
}

static void
on_committed(void *arg, size_t count)
{
	struct fixture *f = arg;

	assert_false(f->adding);
	f->committed += count;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/stream.XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/out", f->folder);
	f->fd = -1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_free(f->store);
	(void)unlink(f->path);
	(void)rmdir(f->folder);
	free(f);
	return 0;
}

static void
use(struct fixture *f, struct store *store)
{
	assert_non_null(store);
	f->store = store;
	store_watch(store, on_watch, on_committed, f);
}

static void
add(struct fixture *f, uint64_t line)
{
	char name[64];
	struct row_domain domain = rows_short(line, rows_name(name, line));

	f->adding = true;
	store_add_domain(f->store, &domain);
	f->adding = false;
}

/* All octets of fd until it has no more for now. */
static void
drain(int fd, struct buffer *out)
{
	ssize_t n;

	while ((n = read(fd, buffer_room(out, 65536), 65536)) > 0)
		out->len += (size_t)n;
}

static void
read_file(const struct fixture *f, struct buffer *out)
{
	int fd = open(f->path, O_RDONLY);

	assert_true(fd >= 0);
	drain(fd, out);
	close(fd);
}

static size_t
lines(const struct buffer *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->len; i++)
		count += text->data[i] == '\n';
	return count;
}

static void
file_in_order(void **state)
{
	struct fixture *f = *state;
	struct buffer out = {0};
	char err[256];

	use(f, store_ndjson_open(f->path, "s", err, sizeof(err)));
	store_tick(f->store, 5000);
	add(f, 1);
	add(f, 2);
	store_tick(f->store, 5999);
	assert_int_equal(f->committed, 0);
	store_tick(f->store, 6000);
	assert_int_equal(f->committed, 2);
	add(f, 3);
	store_flush(f->store);
	assert_int_equal(f->committed, 3);
	add(f, 4);
	store_finish(f->store, "complete");
	assert_true(store_closed(f->store));
	assert_int_equal(f->committed, 4);
	assert_int_equal(f->fd, -1);
	read_file(f, &out);
	assert_int_equal(lines(&out), 4);
	const char *at = buffer_string(&out);
	for (int line = 1; line <= 4; line++) {
		char want[32];
		(void)snprintf(want, sizeof(want), "\"d%d.example.com\"", line);
		at = strstr(at, want);
		assert_non_null(at);
	}
	buffer_free(&out);
}

/* Many rows are written before a second is over; credits come with a tick. */
static void
file_flushes_by_size(void **state)
{
	struct fixture *f = *state;
	struct store_stats stats;
	char err[256];

	use(f, store_ndjson_open(f->path, "s", err, sizeof(err)));
	store_tick(f->store, 5000);
	for (uint64_t line = 1; line <= 2000; line++)
		add(f, line);
	store_stats(f->store, &stats);
	assert_int_equal(stats.added, 2000);
	assert_in_range(stats.bytes, 1, 256 * 1024);
	store_tick(f->store, 5001);
	assert_in_range(f->committed, 600, 1999);
	store_flush(f->store);
	assert_int_equal(f->committed, 2000);
}

static void
full_pipe_waits(void **state)
{
	struct fixture *f = *state;
	struct buffer out = {0};
	struct store_stats stats;
	char err[256];
	uint64_t now = 1;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	int reader = open(f->path, O_RDONLY | O_NONBLOCK);
	use(f, store_ndjson_open(f->path, "s", err, sizeof(err)));
	for (uint64_t line = 1; line <= 3000; line++)
		add(f, line);
	store_finish(f->store, "complete");
	assert_true(f->fd >= 0);
	assert_false(store_closed(f->store));
	assert_int_equal(f->committed, 0);
	store_stats(f->store, &stats);
	assert_non_null(stats.problem);
	while (!store_closed(f->store)) {
		assert_true(f->fd >= 0);
		drain(reader, &out);
		store_ready(f->store, f->fd, STORE_WRITE, now++);
		assert_null(store_failed(f->store));
	}
	drain(reader, &out);
	assert_int_equal(f->fd, -1);
	assert_int_equal(lines(&out), 3000);
	assert_int_equal(f->committed, 3000);
	close(reader);
	buffer_free(&out);
}

static void
reader_gone(void **state)
{
	struct fixture *f = *state;
	char err[256];

	assert_int_equal(mkfifo(f->path, 0600), 0);
	int reader = open(f->path, O_RDONLY | O_NONBLOCK);
	use(f, store_ndjson_open(f->path, "s", err, sizeof(err)));
	close(reader);
	add(f, 1);
	store_flush(f->store);
	assert_non_null(store_failed(f->store));
	assert_non_null(strstr(store_failed(f->store), "Broken pipe"));
	assert_int_equal(f->committed, 0);
	assert_false(store_closed(f->store));
}

static void
disk_full(void **state)
{
	struct fixture *f = *state;
	char err[256];

	use(f, store_ndjson_open("/dev/full", "s", err, sizeof(err)));
	add(f, 1);
	store_flush(f->store);
	assert_string_equal(store_failed(f->store),
		"cannot write /dev/full: No space left on device");
	assert_int_equal(f->committed, 0);
}

static void
cannot_open(void **state)
{
	char err[256];

	(void)state;
	assert_null(store_ndjson_open("/nowhere/out", "s", err, sizeof(err)));
	assert_string_equal(
		err, "cannot open /nowhere/out: No such file or directory");
}

static void
csv(void **state)
{
	struct fixture *f = *state;
	struct row_domain domain = ROWS_DOMAIN;
	struct buffer out = {0};
	char err[256];

	domain.mx.why = "say \"no\", then\n\xff"
			"stop";
	domain.flags = ROWS_LINT;
	domain.flag_count = 1;
	use(f, store_csv_open(f->path, "a,b", err, sizeof(err)));
	store_add_domain(f->store, &domain);
	add(f, 2);
	store_finish(f->store, "complete");
	read_file(f, &out);
	assert_string_equal(buffer_string(&out),
		"scan,time,line,domain,tld,class,reason,reasons,severity,"
		"half_dane,mx_status,mx_trust,mx_why,mx_ttl,mx_alias,implicit,"
		"hosts,lint,flags\n"
		"\"a,b\",2026-11-21T20:00:00Z,4711,example.com,com,broken,"
		"dane-no-match,dane-no-match,outage,,data,secure,"
		"\"say \"\"no\"\", then\nstop\",3600,,false,mx.example.com,"
		"tlsa-no-rollover,tlsa-no-rollover\n"
		"\"a,b\",2026-11-21T20:00:00Z,2,d2.example.com,com,no-dnssec,"
		"mx-insecure,mx-insecure,,none,nodata,insecure,,,,false,,,\n");
	buffer_free(&out);
}

#define STREAM_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_TEST(file_in_order),
		STREAM_TEST(file_flushes_by_size),
		STREAM_TEST(full_pipe_waits),
		STREAM_TEST(reader_gone),
		STREAM_TEST(disk_full),
		STREAM_TEST(cannot_open),
		STREAM_TEST(csv),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
