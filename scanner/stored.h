/*
 * A host that another member of the fleet, or an earlier run, has examined: its
 * stored facts are judged again.
 */
#ifndef SCANNER_STORED_H
#define SCANNER_STORED_H

#include "scanner/core/arena.h"
#include "scanner/judge.h"
#include "store/fleet.h"

/* What judged points to is in arena, or belongs to facts. */
void stored_judge(struct judge *judge, const struct fleet_facts *facts,
	struct arena *arena, struct judge_host *judged);

#endif
