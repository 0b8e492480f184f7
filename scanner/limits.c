/*
 * What the machine allows.
 */
#include "scanner/limits.h"

#include <sys/resource.h>

/*
 * Descriptors that are neither a question's nor a conversation's: standard
 * streams, pipes, the database, files, the stub's sockets, and those of second
 * opinions.
 */
enum {
	DESCRIPTORS_OTHER = 1280,
	DESCRIPTORS_UNKNOWN = 1024
};

unsigned
limits_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return DESCRIPTORS_UNKNOWN;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return DESCRIPTORS_UNKNOWN;
	return limit.rlim_cur > 1000000 ? 1000000 : (unsigned)limit.rlim_cur;
}

static unsigned
usable(unsigned descriptors)
{
	return descriptors > 2 * DESCRIPTORS_OTHER
		       ? descriptors - DESCRIPTORS_OTHER
		       : descriptors / 2;
}

unsigned
limits_window(unsigned window, unsigned processes, unsigned descriptors)
{
	unsigned long most = (unsigned long)usable(descriptors) * processes;

	return window > most ? (unsigned)most : window;
}

unsigned
limits_probes(unsigned probes, unsigned descriptors)
{
	unsigned most = usable(descriptors);

	return probes > most ? most : probes;
}
