/*
 * The bare libunbound program: the floor under the scanner's cost. It asks the
 * MX of each name of a list, with the options and the sharing out of the
 * scanner's resolver, and nothing else; one JSON line says what that cost.
 */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unbound.h>

#include "resolver/name.h"
#include "resolver/options.h"
#include "resolver/resolver.h"

enum {
	PROCESSES_MAX = 64,
	CLASS_IN = 1
};

struct bare {
	struct resolver_config config;
	struct ub_ctx *ctx[PROCESSES_MAX];
	FILE *list;
	unsigned open; /* questions in flight */
	unsigned long names, secure, insecure, bogus, other;
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bare: %s: %s\n", what, why);
	exit(1);
}

static void
on_answer(void *arg, int err, struct ub_result *ub)
{
	struct bare *b = arg;

	b->open--;
	if (err != 0)
		b->other++;
	else if (ub->bogus)
		b->bogus++;
	else if (ub->rcode != 0 && ub->rcode != 3)
		b->other++;
	else if (ub->secure)
		b->secure++;
	else
		b->insecure++;
	ub_resolve_free(ub);
}

static void
ask(struct bare *b, const char *name)
{
	uint64_t hash = name_hash(name_registration(name), 0);
	int rc = ub_resolve_async(b->ctx[hash % b->config.processes], name,
		ANSWER_TYPE_MX, CLASS_IN, b, on_answer, NULL);

	if (rc != 0)
		die(name, ub_strerror(rc));
	b->open++;
	b->names++;
}

/* Lines that are no names are skipped. False at the end of the list. */
static bool
ask_next(struct bare *b)
{
	char line[1024], name[NAME_SIZE];

	if (!fgets(line, sizeof(line), b->list))
		return false;
	if (name_normalise(line, strcspn(line, "\r\n"), name) == NAME_OK)
		ask(b, name);
	return true;
}

static void
run(struct bare *b)
{
	struct pollfd fds[PROCESSES_MAX];
	unsigned n = b->config.processes;
	bool more = true;

	for (unsigned i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = ub_fd(b->ctx[i]), .events = POLLIN};
	for (;;) {
		while (more && b->open < b->config.window)
			more = ask_next(b);
		if (b->open == 0)
			break;
		poll(fds, n, -1);
		for (unsigned i = 0; i < n; i++)
			if (fds[i].revents && ub_process(b->ctx[i]) != 0)
				die("ub_process", "a process died");
	}
}

static void
start(struct bare *b, FILE *null)
{
	char err[512];

	for (unsigned i = 0; i < b->config.processes; i++) {
		b->ctx[i] = ub_ctx_create();
		if (!b->ctx[i])
			die("ub_ctx_create", "no context");
		ub_ctx_debugout(b->ctx[i], null);
		ub_ctx_async(b->ctx[i], 0);
		if (options_apply(b->ctx[i], &b->config, err, sizeof(err)))
			die("options", err);
	}
}

static double
cpu_of(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double
wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
parse_options(struct resolver_config *config, int argc, char **argv)
{
	static const struct option options[] = {
		{"root-hints", required_argument, NULL, 'r'},
		{"trust-anchor", required_argument, NULL, 't'},
		{"allow-reserved", no_argument, NULL, 'a'},
		{"processes", required_argument, NULL, 'p'},
		{"window", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			config->root_hints = optarg;
		else if (c == 't')
			config->trust_anchor = optarg;
		else if (c == 'a')
			config->allow_reserved = true;
		else if (c == 'p')
			config->processes = (unsigned)atoi(optarg);
		else if (c == 'w')
			config->window = (unsigned)atoi(optarg);
		else
			exit(2);
	}
}

static void
report(const struct bare *b, double seconds)
{
	double self = cpu_of(RUSAGE_SELF), processes = cpu_of(RUSAGE_CHILDREN);

	printf("{\"names\":%lu,\"seconds\":%.3f,\"cpu_self\":%.3f,"
	       "\"cpu_processes\":%.3f,\"cpu_us_per_name\":%.1f,"
	       "\"secure\":%lu,\"insecure\":%lu,\"bogus\":%lu,"
	       "\"other\":%lu}\n",
		b->names, seconds, self, processes,
		b->names ? (self + processes) * 1e6 / (double)b->names : 0,
		b->secure, b->insecure, b->bogus, b->other);
}

int
main(int argc, char **argv)
{
	struct bare b = {.config = {.trust_anchor = "/usr/share/dns/root.key",
				 .processes = 1,
				 .window = 1000}};
	FILE *null = fopen("/dev/null", "w");
	double began, seconds;

	parse_options(&b.config, argc, argv);
	if (optind + 1 != argc || b.config.processes < 1 ||
		b.config.processes > PROCESSES_MAX || b.config.window < 1)
		die("usage", "bare [--root-hints FILE] [--trust-anchor FILE] "
			     "[--allow-reserved] [--processes N] [--window N] "
			     "LIST");
	b.list = fopen(argv[optind], "r");
	if (!b.list || !null)
		die(argv[optind], "cannot be read");
	signal(SIGPIPE, SIG_IGN);
	start(&b, null);
	began = wall();
	run(&b);
	seconds = wall() - began;
	for (unsigned i = 0; i < b.config.processes; i++)
		ub_ctx_delete(b.ctx[i]);
	report(&b, seconds);
	fclose(b.list);
	fclose(null);
	return 0;
}
