/*
 * The last lines of a run.
 */
#include "scanner/closing.h"

#include <inttypes.h>

/* What the further passes changed: only the classes that are others. */
static void
print_passes(FILE *out, const struct scan_stats *stats)
{
	const struct passes_stats *passes = &stats->passes;
	const char *before = "; ";

	if (passes->deferred == 0)
		return;
	fprintf(out,
		"danescan: %" PRIu64 " domains deferred, %u passes: %" PRIu64
		" mended, %" PRIu64 " stayed",
		passes->deferred, passes->most, passes->mended, passes->stayed);
	if (passes->waiting > 0)
		fprintf(out, ", %" PRIu64 " left", passes->waiting);
	for (unsigned i = 0; passes->waiting == 0 && i < CLASS_COUNT; i++) {
		if (passes->first[i] == stats->classes[i])
			continue;
		fprintf(out, "%s%s %" PRIu64 " -> %" PRIu64, before,
			vocabulary_class((enum domain_class)i),
			passes->first[i], stats->classes[i]);
		before = ", ";
	}
	fputc('\n', out);
}

static void
print_canaries(FILE *out, const struct canary *law, int64_t now_us)
{
	int64_t failed_us = 0;

	if (law->interval_count == 0)
		return;
	for (size_t i = 0; i < law->interval_count; i++) {
		const struct canary_interval *interval = &law->intervals[i];

		failed_us += (interval->end_us > 0 ? interval->end_us
						   : now_us) -
			     interval->start_us;
	}
	fprintf(out,
		"danescan: names that must resolve did not for %.0f s in all, "
		"%zu interval%s; rows of then are flagged canary-failing\n",
		(double)failed_us / 1e6, law->interval_count,
		law->interval_count == 1 ? "" : "s");
}

void
closing_print(FILE *out, const struct list_counts *counts,
	const struct scan_stats *stats, int64_t now_us)
{
	fprintf(out,
		"danescan: %" PRIu64 " lines: %" PRIu64 " names, %" PRIu64
		" rejected, %" PRIu64 " duplicates, %" PRIu64
		" skipped; %" PRIu64 " domains scanned, %" PRIu64
		" MX hosts, %" PRIu64 " SMTP sessions\n",
		counts->lines, counts->names, counts->rejected,
		counts->duplicates, counts->skipped, stats->done,
		stats->hosts.hosts, stats->hosts.probes);
	if (stats->others > 0)
		fprintf(out,
			"danescan: %" PRIu64 " domains in all, with those of "
			"its fleet and of earlier runs\n",
			stats->done + stats->others);
	print_passes(out, stats);
	print_canaries(out, &stats->canaries.law, now_us);
}
