/*
 * What a run of a scan has to say about itself.
 */
#include "scanner/report.h"

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

	return json_pack("{si so so so so so so}", "passes", (int)passes->pass,
		"deferred", integer(passes->deferred), "mended",
		integer(passes->mended), "stayed", integer(passes->stayed),
		"waiting", integer(passes->waiting), "classes_first",
		report_classes(passes->first), "classes_final",
		report_classes(stats->classes));
}

json_t *
report_json(const struct scan_stats *stats)
{
	return json_pack("{so}", "passes", passes(stats));
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
