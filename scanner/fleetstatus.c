/*
 * The running scans and their fleets, for a person.
 */
#include "scanner/fleetstatus.h"

#include <inttypes.h>
#include <string.h>

#include "scanner/shown.h"

static void
print_names(FILE *out, const struct status_scan *scan)
{
	char done[SHOWN_SIZE], names[SHOWN_SIZE];

	fprintf(out, "  domains  %s of %s", shown_count(scan->domains, done),
		shown_count(scan->names, names));
	if (!scan->loaded)
		fputs(" and more: the list is being loaded", out);
	else if (scan->names > 0)
		fprintf(out, ", %.0f %%",
			100.0 * (double)scan->domains / (double)scan->names);
	fputc('\n', out);
}

static void
print_rate(FILE *out, const struct status_scan *scan)
{
	char rate[SHOWN_SIZE], left[SHOWN_SIZE];

	if (scan->rate <= 0)
		return;
	fprintf(out, "  rate     %s domains/s",
		shown_count((uint64_t)(scan->rate + 0.5), rate));
	if (scan->left_s >= 0)
		fprintf(out, ", %s left", shown_duration(scan->left_s, left));
	fputc('\n', out);
}

static void
print_scan(FILE *out, const struct status_scan *scan)
{
	fprintf(out, "\nscan %" PRId64 ", %s: %" PRIu64 " at work\n",
		scan->scan, scan->label, scan->members);
	print_names(out, scan);
	fprintf(out,
		"  chunks   %" PRIu64 ": %" PRIu64 " done, %" PRIu64
		" held, %" PRIu64 " free\n",
		scan->chunks, scan->done, scan->held, scan->free);
	print_rate(out, scan);
}

static void
print_heading(FILE *out)
{
	fprintf(out, "  %6s  %-8s %-24s  %-16s  %-8s %9s %7s %12s %10s\n",
		"run", "command", "machine, process", "since (UTC)", "state",
		"seen", "chunks", "domains", "domains/s");
}

static void
print_member(FILE *out, const struct status_member *member)
{
	bool at_work = strcmp(member->state, "working") == 0 ||
		       strcmp(member->state, "silent") == 0;
	char seen[SHOWN_SIZE + 8] = "-", domains[SHOWN_SIZE], rate[SHOWN_SIZE];
	char ago[SHOWN_SIZE];

	if (at_work)
		snprintf(seen, sizeof(seen), "%s ago",
			shown_duration(member->silent_s, ago));
	fprintf(out,
		"  %6" PRId64 "  %-8s %-24s  %-16s  %-8s %9s %7" PRIu64
		" %12s %10s\n",
		member->run, member->command, member->where, member->since,
		member->state, seen, member->chunks,
		shown_count(member->domains, domains),
		at_work ? shown_count((uint64_t)(member->rate + 0.5), rate)
			: "-");
}

void
fleetstatus_print(FILE *out, const struct status *status)
{
	for (size_t i = 0; i < status->scan_count; i++) {
		const struct status_scan *scan = &status->scans[i];

		print_scan(out, scan);
		print_heading(out);
		for (size_t j = 0; j < status->member_count; j++)
			if (status->members[j].scan == scan->scan)
				print_member(out, &status->members[j]);
	}
}
