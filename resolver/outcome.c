/*
 * The words for what one authoritative server said. Pure.
 */
#include "resolver/outcome.h"

bool
outcome_is_answer(enum outcome outcome)
{
	return outcome != OUTCOME_NONE && outcome != OUTCOME_TIMEOUT &&
	       outcome != OUTCOME_SILENT;
}

const char *
outcome_label(enum outcome outcome)
{
	static const char *const labels[] = {
		[OUTCOME_NONE] = "not-asked",
		[OUTCOME_DATA] = "data",
		[OUTCOME_DATA_UNSIGNED] = "data-unsigned",
		[OUTCOME_ALIAS] = "alias",
		[OUTCOME_NODATA] = "nodata",
		[OUTCOME_NODATA_UNPROVED] = "nodata-unproved",
		[OUTCOME_NXDOMAIN] = "nxdomain",
		[OUTCOME_NXDOMAIN_UNPROVED] = "nxdomain-unproved",
		[OUTCOME_SERVFAIL] = "servfail",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_NOTIMP] = "notimp",
		[OUTCOME_FORMERR] = "formerr",
		[OUTCOME_TIMEOUT] = "timeout",
		[OUTCOME_SILENT] = "silent",
		[OUTCOME_TRUNCATED] = "truncated",
		[OUTCOME_LAME] = "lame",
		[OUTCOME_MALFORMED] = "malformed",
	};

	return labels[outcome];
}
