/*
 * What the scan takes from the machine: memory and CPU of its own process and
 * of the resolver's processes.
 */
#ifndef SCANNER_MACHINE_H
#define SCANNER_MACHINE_H

#include <stdint.h>

#include "resolver/resolver.h"

struct machine_usage {
	unsigned processes;
	uint64_t resident; /* octets of memory now, sum of all */
	uint64_t peak;	   /* sum of the largest that each has had */
	double cpu_s;	   /* user and system */
};

/* Of this process. */
void machine_own(struct machine_usage *usage);
/* Of the resolver's; the CPU of those that were replaced included. */
void machine_resolver(
	const struct resolver *resolver, struct machine_usage *usage);

#endif
