/*
 * The answer that a record of the made-up world stands for.
 */
#ifndef TESTS_SCENARIO_FAKE_ANSWERS_H
#define TESTS_SCENARIO_FAKE_ANSWERS_H

#include "tests/scenario/fake_shells.h"
#include "tests/unit/core/answers.h"

/* To be freed with answers_free(). */
struct answers *fake_answers_from(const struct fake_record *record);

#endif
