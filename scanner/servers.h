/*
 * Questions to authoritative servers, each server at a slow pace, and none to
 * those that are known to leave them unanswered. The servers of a zone above
 * those that fail, a registry's as a rule, have just been asked by the
 * validator for each of these names, at its own pace: one question more does
 * not wait for the answers to others, but for its place in a steady row.
 */
#ifndef SCANNER_SERVERS_H
#define SCANNER_SERVERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "resolver/direct.h"
#include "scanner/core/blocklist.h"
#include "scanner/core/fact.h"
#include "scanner/core/pace.h"

struct servers;

/* One question to one server; its memory is the caller's until the callback. */
struct servers_question {
	const struct fact_server *server;
	const char *name;
	enum answer_type type;
	/* Asked for its SOA where the question finds no answer, since every
	   server that is there at all has one; NULL: not asked. */
	const char *zone;
	bool unanswered; /* by the validator's account: the SOA goes first */
	bool above;	 /* to a server of a zone above */
	direct_cb cb;
	void *arg;

	/* Private to servers.c. */
	struct servers *servers;
	struct pace_ticket ticket;
	bool control;	      /* the SOA is being asked for */
	bool there;	      /* … and was answered */
	bool missed;	      /* the question was not */
	enum outcome outcome; /* known without asking */
	STAILQ_ENTRY(servers_question) queue;
};

struct servers_config {
	struct direct *direct;
	bool allow_reserved; /* special-purpose addresses are asked too */
	const struct blocklist *blocklist; /* or NULL */
};

struct servers *servers_new(const struct servers_config *config);
/* Open questions get no callback any more. */
void servers_free(struct servers *servers);

/* One callback, never inside this call: an outcome as direct_ask() has it;
   OUTCOME_SILENT where there was no answer for the SOA either, or for the SOA
   alone where the question was the validator's before; OUTCOME_NONE
   where the server must not be asked, or the question cannot be. */
void servers_ask(struct servers *servers, struct servers_question *question);

/* Forget which servers were silent. */
void servers_renew(struct servers *servers);

/* Ask the servers whose turn it is. */
void servers_turn(struct servers *servers, uint64_t now_ms);

#endif
