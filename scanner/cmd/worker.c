/*
 * danescan worker: one more member of the fleet of the scans that are running.
 */
#include "scanner/cmd/cmd.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "scanner/config.h"
#include "scanner/joining.h"
#include "scanner/list.h"
#include "scanner/run.h"
#include "store/running.h"

enum {
	ERROR_SIZE = 512,
	PAUSE_S = 1, /* between two looks for a scan */
};

/* Between two scans the signals that end a worker are blocked, and looked for.
 */
static sigset_t
ending(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

static void
rest(const struct config *config)
{
	const sigset_t set = ending();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* The next scan reads the list anyway. */
	if (config->blocklist != NULL)
		signal(SIGHUP, SIG_IGN);
}

/* Has one of them come, or does within so many seconds? */
static bool
is_ended(time_t seconds)
{
	const sigset_t set = ending();

	if (sigtimedwait(&set, NULL, &(struct timespec){.tv_sec = seconds}) < 0)
		return false;
	fputs("danescan worker: interrupted\n", stderr);
	return true;
}

/* Others have the list. */
static int
work(struct config *config, const struct running *running)
{
	char err[ERROR_SIZE];
	const sigset_t set = ending();
	struct list *none;
	int code;

	if (is_ended(0))
		return CONFIG_EXIT_INTERRUPTED;
	config->label = running->label;
	if (joining_take(config, running->config, err, sizeof(err)) < 0) {
		fprintf(stderr, "danescan worker: %s\n", err);
		return CONFIG_EXIT_USAGE;
	}
	none = list_open_names(NULL, 0, err, sizeof(err));
	if (none == NULL) {
		fprintf(stderr, "danescan worker: %s\n", err);
		return CONFIG_EXIT_ENVIRONMENT;
	}
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	code = run(&(struct run){
		.config = config,
		.list = none,
		.join = running->scan,
		.progress = true,
	});
	rest(config);
	list_close(none);
	return code;
}

/* 1: a scan was worked on, 0: there is none. Else *code is the exit code. */
static int
work_on_next(struct config *config, int *code)
{
	struct running running;
	char err[ERROR_SIZE];
	int found = running_find(
		config->db, config->scan, &running, err, sizeof(err));

	if (found < 0) {
		fprintf(stderr, "danescan worker: %s\n", err);
		*code = CONFIG_EXIT_ENVIRONMENT;
	} else if (running.over) {
		fprintf(stderr,
			"danescan worker: scan %" PRId64 " is complete\n",
			config->scan);
		found = -1;
	} else if (found > 0) {
		*code = work(config, &running);
		found = *code == CONFIG_EXIT_OK ? 1 : -1;
	}
	running_free(&running);
	return found;
}

static int
work_on_all(struct config *config)
{
	int code = CONFIG_EXIT_OK;
	bool worked = false;

	rest(config);
	for (;;) {
		int found = work_on_next(config, &code);

		if (found < 0)
			return code;
		worked = worked || found > 0;
		if (config->scan != 0 && found > 0)
			return code;
		if (found == 0 && !config->wait)
			break;
		if (found == 0 && is_ended(PAUSE_S))
			return CONFIG_EXIT_INTERRUPTED;
	}
	if (!worked)
		fputs("danescan worker: no scan is running that has something "
		      "left to do\n",
			stderr);
	return code;
}

static int
start(struct config *config)
{
	if (config->db != NULL)
		return work_on_all(config);
	fputs("danescan worker: --db DSN is needed\n", stderr);
	return CONFIG_EXIT_USAGE;
}

int
cmd_worker(int argc, char **argv)
{
	return config_run(CONFIG_WORKER, argc, argv, start);
}
