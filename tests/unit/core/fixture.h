/* What tests of the matching and of the verdict begin with, once a program. */
#ifndef TESTS_UNIT_CORE_FIXTURE_H
#define TESTS_UNIT_CORE_FIXTURE_H

#include "scanner/core/arena.h"
#include "scanner/core/dane.h"
#include "tests/unit/core/world.h"

struct fixture {
	struct world *world;
	struct dane *dane;
	struct arena *arena;
};

/* For cmocka_run_group_tests(); *state is a struct fixture. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

#endif
