/*
 * What the tests of the embedded validator share: a resolver against the signed
 * root of with_root.sh, a clock that can be moved, and the replies.
 */
#ifndef TESTS_RESOLVER_LABORATORY_H
#define TESTS_RESOLVER_LABORATORY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"

enum {
	LABORATORY_PROCESSES = 2,
	LABORATORY_TIMEOUT_MS = 60000,
	LABORATORY_PATIENCE_MS = 300000, /* for what must come at last */
};

/* One resolver, the descriptors that it wants watched, and a clock. */
struct laboratory {
	struct resolver *resolver;
	struct pollfd fds[8];
	nfds_t nfds;
	uint64_t skew_ms; /* added to the real time */
};

/* What came for one question. */
struct reply {
	unsigned calls;
	enum answer_status status;
	enum answer_trust trust;
	char why[512];
	char alias[256];
	size_t count;
	uint32_t ttl_s;
};

/*
 * In a main(): returns when the program runs under with_root.sh, and runs it
 * again under it otherwise. Ends the program, with a word, where the system
 * allows no network namespace.
 */
void laboratory_enter(char **argv);

/* Path of a file of with_root.sh. */
const char *laboratory_file(const char *name, char out[256]);
struct resolver_config laboratory_config(void);

/* A started resolver; the test frees it. */
void laboratory_begin(
	struct laboratory *w, const struct resolver_config *config);
uint64_t laboratory_now(const struct laboratory *w);

/* One turn of a loop; and as many as it takes to answer every question. */
void laboratory_turn(struct laboratory *w);
void laboratory_drain(struct laboratory *w);
unsigned laboratory_open(const struct laboratory *w);

void laboratory_ask(struct laboratory *w, const char *name,
	enum answer_type type, struct reply *reply);
/* n questions for names that a wildcard answers. */
void laboratory_ask_many(struct laboratory *w, struct reply *replies,
	unsigned n, const char *label);
/* Each was called back once, with secure data. */
void laboratory_expect_data(const struct reply *replies, unsigned n);

/* Socket of a name server that takes questions and never answers. */
int laboratory_silent_server(void);

#endif
