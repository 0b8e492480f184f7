/*
 * One address of the laboratory's authoritative server, and what UDP
 * (authority.c) and TCP (authority_tcp.c) share.
 */
#ifndef TESTS_LAB_AUTHORITY_H
#define TESTS_LAB_AUTHORITY_H

#include <uv.h>

#include "tests/lab/authority_answer.h"

#define MAX_RULES 4

enum rule_kind {
	RULE_RCODE,
	RULE_DROP
};

struct rule {
	enum rule_kind kind;
	uint16_t type; /* 0: all types */
	unsigned rcode;
};

struct late;

struct authority {
	const struct zonedb *db;
	uv_udp_t udp;
	uv_tcp_t tcp;
	uv_timer_t timer;
	uint16_t number; /* of the zones' servers */
	struct rule rules[MAX_RULES];
	size_t rule_count;
	bool silent;   /* over UDP; nobody is at home over TCP */
	bool truncate; /* over UDP */
	bool no_tcp;
	unsigned delay_ms;
	double loss_percent;
	uint64_t seed;
	struct late *first;
	struct late **last;
	uint8_t *batch;	   /* of the loop, lent to one reception at a time */
	uint8_t *attempts; /* of the loop: how often was it asked, by hash */
};

/* Dies with a line on standard error where status is an error of libuv. */
void authority_check(int status, const char *what);

/* What this server says to a message: the length of the answer, 0 for none.
 * udp: no more than the client takes. */
size_t authority_reply(struct authority *authority, const uint8_t *message,
	size_t length, uint8_t *out, bool udp);

/* Serve TCP at the address. */
void authority_tcp_listen(uv_loop_t *loop, struct authority *authority,
	const struct sockaddr *address);

#endif
