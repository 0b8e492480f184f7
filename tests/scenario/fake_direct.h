/*
 * The part of the made-up world that answers direct questions to name servers;
 * its worlds are those of fake_shells.h.
 */
#ifndef TESTS_SCENARIO_FAKE_DIRECT_H
#define TESTS_SCENARIO_FAKE_DIRECT_H

#include <stdint.h>

#include "resolver/direct.h"
#include "tests/scenario/fake_shells.h"

struct direct *fake_direct_new(struct fake_world *world);
void fake_direct_step(struct direct *direct, uint64_t now_ms);
void fake_direct_free(struct direct *direct);

#endif
