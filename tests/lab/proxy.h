/*
 * One misbehaving name server: its rules and its sockets, and what UDP
 * (proxy.c) and TCP (proxy_tcp.c) share.
 */
#ifndef TESTS_LAB_PROXY_H
#define TESTS_LAB_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define MAX_RULES 16

struct slot;
struct late;

enum action_kind {
	ACTION_FORWARD,
	ACTION_DROP,
	ACTION_RCODE
};

struct action {
	enum action_kind kind;
	uint8_t rcode;
};

struct rule {
	uint16_t qtype; /* 0: all types */
	struct action action;
};

struct server {
	uv_udp_t front;
	uv_udp_t back;
	uv_tcp_t listener;
	uv_timer_t timer;
	struct sockaddr_storage upstream;
	struct rule rules[MAX_RULES];
	size_t rule_count;
	uint64_t delay_ms;
	double loss_percent;
	bool truncate;
	bool no_tcp;
	bool ad;
	struct slot *slots;
	uint16_t next_slot;
	struct late *late_head;
	struct late **late_tail;
	uint8_t *batch; /* of the loop, lent to one reception at a time */
};

/* Dies with a line on standard error where status is an error of libuv. */
void proxy_check(int status, const char *what);

/* Zeroed memory, always. */
void *proxy_allocate(size_t size);

/* Length of header and question, 0 where the message has no whole question. */
size_t proxy_question_length(const uint8_t *message, size_t length);

/* What the rules say to this question. */
struct action proxy_action(
	const struct server *server, const uint8_t *message, size_t question);

/* Turn a question into an answer without data. */
void proxy_answer_empty(uint8_t *message, uint8_t rcode, bool truncated);

/* Serve TCP at address. */
void proxy_tcp_listen(
	uv_loop_t *loop, struct server *server, const struct sockaddr *address);

#endif
