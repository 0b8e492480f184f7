/* What the scan takes from the machine, from /proc (proc(5)). */
#include "scanner/machine.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	PROCESSES_MAX = 256
};

static double
seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double
cpu_of(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) != 0)
		return 0;
	return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/* VmHWM and VmRSS of /proc/PID/status. */
static bool
add_memory(int pid, struct machine_usage *usage)
{
	char line[256];
	uint64_t kb;
	FILE *file;

	snprintf(line, sizeof(line), "/proc/%d/status", pid);
	file = fopen(line, "re");
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "VmHWM: %" SCNu64, &kb) == 1)
			usage->peak += kb * 1024;
		else if (sscanf(line, "VmRSS: %" SCNu64, &kb) == 1)
			usage->resident += kb * 1024;
	}
	fclose(file);
	return true;
}

/* The 14th and 15th field of /proc/PID/stat; the second may hold anything. */
static void
add_cpu(int pid, struct machine_usage *usage)
{
	unsigned long user, system;
	char line[1024];
	const char *rest = NULL;
	FILE *file;

	snprintf(line, sizeof(line), "/proc/%d/stat", pid);
	file = fopen(line, "re");
	if (file == NULL)
		return;
	if (fgets(line, sizeof(line), file) != NULL)
		rest = strrchr(line, ')');
	if (rest != NULL && sscanf(rest,
				    ") %*c %*d %*d %*d %*d %*d %*u %*u "
				    "%*u %*u %*u %lu %lu",
				    &user, &system) == 2)
		usage->cpu_s += (double)(user + system) /
				(double)sysconf(_SC_CLK_TCK);
	fclose(file);
}

void
machine_own(struct machine_usage *usage)
{
	*usage = (struct machine_usage){
		.processes = 1, .cpu_s = cpu_of(RUSAGE_SELF)};
	add_memory(getpid(), usage);
}

void
machine_resolver(const struct resolver *resolver, struct machine_usage *usage)
{
	int pids[PROCESSES_MAX];
	size_t n = resolver_pids(resolver, pids, PROCESSES_MAX);

	*usage = (struct machine_usage){.cpu_s = cpu_of(RUSAGE_CHILDREN)};
	for (size_t i = 0; i < n; i++) {
		if (!add_memory(pids[i], usage))
			continue;
		add_cpu(pids[i], usage);
		usage->processes++;
	}
}
