/*
 * A host that is stored.
 */
#include "scanner/stored.h"

#include <string.h>

/* What find_certificate() looks in. */
struct bundle {
	const struct fleet_facts *facts;
};

static bool
find_certificate(
	void *arg, const uint8_t sha256[32], struct fact_certificate *out)
{
	const struct bundle *bundle = arg;
	const struct fleet_facts *facts = bundle->facts;

	for (size_t i = 0; i < facts->certificate_count; i++) {
		const struct fleet_certificate *one = &facts->certificates[i];

		if (memcmp(one->sha256, sha256, sizeof(out->sha256)) != 0)
			continue;
		*out = (struct fact_certificate){
			.der = one->der, .len = one->len};
		memcpy(out->sha256, sha256, sizeof(out->sha256));
		return true;
	}
	return false;
}

void
stored_judge(struct judge *judge, const struct fleet_facts *facts,
	struct arena *arena, struct judge_host *judged)
{
	struct bundle bundle = {facts};

	judge_stored(
		judge, facts->row, find_certificate, &bundle, arena, judged);
}
