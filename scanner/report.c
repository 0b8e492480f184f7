/*
 * What a run of a scan has to say about itself.
 */
#include "scanner/report.h"

#include <time.h>

#include "scanner/core/arena.h"

static json_t *
integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *
report_classes(const uint64_t counts[CLASS_COUNT])
{
	json_t *classes = json_object();

	for (unsigned i = 0; i < CLASS_COUNT; i++)
		json_object_set_new(classes,
			vocabulary_class((enum domain_class)i),
			integer(counts[i]));
	return classes;
}

static json_t *
passes(const struct scan_stats *stats)
{
	const struct passes_stats *passes = &stats->passes;

	return json_pack("{si so so so so so so}", "passes", (int)passes->most,
		"deferred", integer(passes->deferred), "mended",
		integer(passes->mended), "stayed", integer(passes->stayed),
		"waiting", integer(passes->waiting), "classes_first",
		report_classes(passes->first), "classes_final",
		report_classes(stats->classes));
}

json_t *
report_moment(int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;
	char text[32];

	if (wall_us == 0)
		return json_null();
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *
canary(const struct canaries_stats *stats)
{
	json_t *names = json_array(), *intervals = json_array();

	for (size_t i = 0; i < stats->name_count; i++)
		json_array_append_new(names, json_string(stats->names[i]));
	for (size_t i = 0; i < stats->law.interval_count; i++)
		json_array_append_new(intervals,
			json_pack("{so so}", "start",
				report_moment(stats->law.intervals[i].start_us),
				"end",
				report_moment(stats->law.intervals[i].end_us)));
	return json_pack("{so so so so}", "names", names, "asked",
		integer(stats->asked), "failed", integer(stats->failed),
		"intervals", intervals);
}

json_t *
report_json(const struct scan_stats *stats)
{
	return json_pack("{so so}", "passes", passes(stats), "canary",
		canary(&stats->canaries));
}

char *
report_text(const struct scan_stats *stats)
{
	json_t *report = report_json(stats);
	char *text = json_dumps(report, JSON_COMPACT);

	if (text == NULL)
		arena_out_of_memory();
	json_decref(report);
	return text;
}
