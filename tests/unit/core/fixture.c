/* What tests of the matching and of the verdict begin with, once a program. */
#include "tests/unit/core/fixture.h"

int
fixture_set_up(void **state)
{
	static struct fixture fixture;

	fixture.world = world_new();
	fixture.dane = dane_new();
	fixture.arena = arena_new();
	*state = &fixture;
	return fixture.dane == NULL ? -1 : 0;
}

int
fixture_tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	dane_free(f->dane);
	world_free(f->world);
	return 0;
}
