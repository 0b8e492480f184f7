/*
 * A name server that misbehaves: a proxy before a name server that does not.
 *
 *   proxy < list
 *
 * A line of the list: listening address, address of the name server, rules:
 *   delay_ms=N      answers come N milliseconds later
 *   loss=N          N per cent of the questions over UDP are lost; 0.5 will do
 *   drop=TYPE       questions of this type are not answered; "*": of all types
 *   rcode=TYPE:NAME questions of this type get this return code and no data
 *   silent          nothing is ever answered
 *   truncate        over UDP all answers are truncated, and TCP is closed
 *   no_tcp          TCP is closed
 *   ad              over UDP all answers claim that they are authentic
 * All on port 53. One line "ready" on standard output tells that all listen.
 * The program ends with its standard input: it is the lab's child and dies with
 * the pipe.
 */
#include <ldns/ldns.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tests/lab/proxy.h"

#define PORT 53
#define HEADER 12
#define FLAG_AD 0x20 /* in the fourth octet, RFC 4035 section 3.1.6 */
#define MAX_SERVERS 256
#define SLOTS 65536u /* one for each message ID */
#define BATCH (64 * 65536)
#define SOCKET_BUFFER (4 << 20)

/* Who asked, and under which message ID. */
struct slot {
	struct sockaddr_storage peer;
	uint16_t id;
};

/* An answer that waits for its time. */
struct late {
	struct late *next;
	struct sockaddr_storage peer;
	uint64_t due_ms;
	size_t length;
	uint8_t data[];
};

static void
die(const char *what, const char *detail)
{
	fprintf(stderr, "proxy: %s: %s\n", what, detail);
	exit(1);
}

void
proxy_check(int status, const char *what)
{
	if (status < 0)
		die(what, uv_strerror(status));
}

void *
proxy_allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		die("allocate", "out of memory");
	return memory;
}

size_t
proxy_question_length(const uint8_t *message, size_t length)
{
	size_t at = HEADER;

	while (at < length && message[at] != 0)
		at += (size_t)message[at] + 1;
	at += 1 + 4;
	return at <= length ? at : 0;
}

struct action
proxy_action(
	const struct server *server, const uint8_t *message, size_t question)
{
	uint16_t qtype = (uint16_t)(message[question - 4] << 8 |
				    message[question - 3]);

	for (size_t i = 0; i < server->rule_count; i++)
		if (server->rules[i].qtype == 0 ||
			server->rules[i].qtype == qtype)
			return server->rules[i].action;
	return (struct action){.kind = ACTION_FORWARD};
}

void
proxy_answer_empty(uint8_t *message, uint8_t rcode, bool truncated)
{
	message[2] = (uint8_t)(0x80 | (message[2] & 0x79) |
			       (truncated ? 0x02 : 0));
	message[3] = rcode;
	memset(message + 6, 0, HEADER - 6);
}

static void
send_datagram(uv_udp_t *socket, const uint8_t *data, size_t length,
	const struct sockaddr *peer)
{
	union {
		const uint8_t *in;
		char *out;
	} base = {.in = data};
	uv_buf_t buffer = uv_buf_init(base.out, (unsigned)length);

	/* A full socket loses the datagram, as a network would. */
	(void)uv_udp_try_send(socket, &buffer, 1, peer);
}

static void
server_flush(uv_timer_t *timer)
{
	struct server *server = timer->data;
	uint64_t now_ms = uv_now(timer->loop);
	struct late *late;

	while ((late = server->late_head) != NULL && late->due_ms <= now_ms) {
		server->late_head = late->next;
		send_datagram(&server->front, late->data, late->length,
			(const struct sockaddr *)&late->peer);
		free(late);
	}
	if (late == NULL)
		server->late_tail = &server->late_head;
	else
		uv_timer_start(timer, server_flush, late->due_ms - now_ms, 0);
}

/* One delay for all: what comes first is due first. */
static void
server_answer_late(struct server *server, const uint8_t *data, size_t length,
	const struct sockaddr_storage *peer)
{
	struct late *late = proxy_allocate(sizeof(*late) + length);

	late->peer = *peer;
	late->length = length;
	late->due_ms = uv_now(server->timer.loop) + server->delay_ms;
	memcpy(late->data, data, length);
	*server->late_tail = late;
	server->late_tail = &late->next;
	if (!uv_is_active((uv_handle_t *)&server->timer))
		uv_timer_start(
			&server->timer, server_flush, server->delay_ms, 0);
}

static void
server_answer(struct server *server, const uint8_t *data, size_t length,
	const struct sockaddr_storage *peer)
{
	if (server->delay_ms > 0)
		server_answer_late(server, data, length, peer);
	else
		send_datagram(&server->front, data, length,
			(const struct sockaddr *)peer);
}

static void
server_forward(struct server *server, uint8_t *data, size_t length,
	const struct sockaddr_storage *peer)
{
	uint16_t id = server->next_slot++;
	struct slot *slot = &server->slots[id];

	slot->peer = *peer;
	memcpy(&slot->id, data, sizeof(slot->id));
	memcpy(data, &id, sizeof(id));
	send_datagram(&server->back, data, length, NULL);
}

static void
server_question(struct server *server, uint8_t *data, size_t length,
	const struct sockaddr_storage *peer)
{
	size_t question = proxy_question_length(data, length);
	struct action action;

	if (question == 0)
		return;
	action = proxy_action(server, data, question);
	if ((double)(random() % 10000) < 100 * server->loss_percent)
		action.kind = ACTION_DROP;
	switch (action.kind) {
	case ACTION_DROP:
		return;
	case ACTION_RCODE:
		proxy_answer_empty(data, action.rcode, false);
		server_answer(server, data, question, peer);
		return;
	case ACTION_FORWARD:
		break;
	}
	if (server->truncate) {
		proxy_answer_empty(data, LDNS_RCODE_NOERROR, true);
		server_answer(server, data, question, peer);
	} else {
		server_forward(server, data, length, peer);
	}
}

static void
lend_batch(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct server *server = handle->data;

	(void)suggested;
	*buffer = uv_buf_init((char *)server->batch, BATCH);
}

static void
on_question(uv_udp_t *socket, ssize_t length, const uv_buf_t *buffer,
	const struct sockaddr *peer, unsigned flags)
{
	struct server *server = socket->data;
	struct sockaddr_storage from = {0};

	(void)flags;
	if (length < HEADER || peer == NULL)
		return;
	memcpy(&from, peer,
		peer->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					   : sizeof(struct sockaddr_in6));
	server_question(server, (uint8_t *)buffer->base, (size_t)length, &from);
}

static void
on_answer(uv_udp_t *socket, ssize_t length, const uv_buf_t *buffer,
	const struct sockaddr *peer, unsigned flags)
{
	struct server *server = socket->data;
	struct slot *slot;
	uint16_t id;

	(void)flags;
	if (length < HEADER || peer == NULL)
		return;
	memcpy(&id, buffer->base, sizeof(id));
	slot = &server->slots[id];
	if (slot->peer.ss_family == 0)
		return;
	memcpy(buffer->base, &slot->id, sizeof(slot->id));
	if (server->ad)
		buffer->base[3] |= FLAG_AD;
	server_answer(
		server, (uint8_t *)buffer->base, (size_t)length, &slot->peer);
	slot->peer.ss_family = 0;
}

static void
parse_address(const char *text, struct sockaddr_storage *address)
{
	union {
		struct sockaddr_storage *storage;
		struct sockaddr_in *ipv4;
		struct sockaddr_in6 *ipv6;
	} at = {.storage = address};

	if (strchr(text, ':') != NULL)
		proxy_check(uv_ip6_addr(text, PORT, at.ipv6), text);
	else
		proxy_check(uv_ip4_addr(text, PORT, at.ipv4), text);
}

static uint16_t
parse_type(const char *name)
{
	ldns_rr_type type;

	if (strcmp(name, "*") == 0)
		return 0;
	type = ldns_get_rr_type_by_name(name);
	if (type == 0)
		die("unknown type", name);
	return (uint16_t)type;
}

static void
server_rule(struct server *server, const char *type, struct action action)
{
	if (server->rule_count == MAX_RULES)
		die("too many rules", type);
	server->rules[server->rule_count++] = (struct rule){
		.qtype = parse_type(type), .action = action};
}

static void
parse_rcode(struct server *server, char *value)
{
	char *type = strsep(&value, ":");
	ldns_lookup_table *rcode =
		value != NULL ? ldns_lookup_by_name(ldns_rcodes, value) : NULL;

	if (rcode == NULL)
		die("unknown return code", value != NULL ? value : type);
	server_rule(server, type,
		(struct action){
			.kind = ACTION_RCODE, .rcode = (uint8_t)rcode->id});
}

static void
parse_word(struct server *server, char *word)
{
	const struct action drop = {.kind = ACTION_DROP};
	char *value = word;
	const char *key = strsep(&value, "=");

	if (strcmp(key, "silent") == 0)
		server_rule(server, "*", drop);
	else if (strcmp(key, "truncate") == 0)
		server->truncate = server->no_tcp = true;
	else if (strcmp(key, "no_tcp") == 0)
		server->no_tcp = true;
	else if (strcmp(key, "ad") == 0)
		server->ad = true;
	else if (value == NULL)
		die("unknown word", key);
	else if (strcmp(key, "delay_ms") == 0)
		server->delay_ms = strtoul(value, NULL, 10);
	else if (strcmp(key, "loss") == 0)
		server->loss_percent = strtod(value, NULL);
	else if (strcmp(key, "drop") == 0)
		server_rule(server, value, drop);
	else if (strcmp(key, "rcode") == 0)
		parse_rcode(server, value);
	else
		die("unknown word", key);
}

static void
server_listen(
	uv_loop_t *loop, struct server *server, const struct sockaddr *address)
{
	int size = SOCKET_BUFFER;

	server->front.data = server;
	server->back.data = server;
	server->timer.data = server;
	proxy_check(uv_timer_init(loop, &server->timer), "timer");
	proxy_check(uv_udp_init_ex(
			    loop, &server->front, AF_UNSPEC | UV_UDP_RECVMMSG),
		"udp");
	proxy_check(uv_udp_init_ex(
			    loop, &server->back, AF_UNSPEC | UV_UDP_RECVMMSG),
		"udp");
	proxy_check(uv_udp_bind(&server->front, address, 0), "bind udp");
	proxy_check(uv_udp_connect(&server->back,
			    (const struct sockaddr *)&server->upstream),
		"connect udp");
	uv_recv_buffer_size((uv_handle_t *)&server->front, &size);
	uv_recv_buffer_size((uv_handle_t *)&server->back, &size);
	proxy_check(uv_udp_recv_start(&server->front, lend_batch, on_question),
		"receive");
	proxy_check(uv_udp_recv_start(&server->back, lend_batch, on_answer),
		"receive");
	if (!server->no_tcp)
		proxy_tcp_listen(loop, server, address);
}

static struct server *
server_new(uv_loop_t *loop, char *line, uint8_t *batch)
{
	struct server *server = proxy_allocate(sizeof(*server));
	struct sockaddr_storage address = {0};
	char *listen_text = strsep(&line, " ");
	char *upstream_text = strsep(&line, " ");
	char *word;

	if (upstream_text == NULL)
		die("short line", listen_text);
	parse_address(listen_text, &address);
	parse_address(upstream_text, &server->upstream);
	while ((word = strsep(&line, " ")) != NULL)
		if (word[0] != '\0')
			parse_word(server, word);
	server->batch = batch;
	server->late_tail = &server->late_head;
	server->slots = proxy_allocate(SLOTS * sizeof(*server->slots));
	server_listen(loop, server, (const struct sockaddr *)&address);
	return server;
}

static void
lend_nothing(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	static char scratch[64];

	(void)handle;
	(void)suggested;
	*buffer = uv_buf_init(scratch, sizeof(scratch));
}

static void
on_parent(uv_stream_t *pipe, ssize_t length, const uv_buf_t *buffer)
{
	(void)buffer;
	if (length < 0)
		uv_stop(pipe->loop);
}

/* The list ends with an empty line; then the pipe only tells that we live. */
static size_t
read_list(uv_loop_t *loop, struct server **servers, uint8_t *batch)
{
	char *line = NULL;
	size_t size = 0;
	size_t count = 0;

	setvbuf(stdin, NULL, _IONBF, 0);
	while (getline(&line, &size, stdin) > 1) {
		line[strcspn(line, "\n")] = '\0';
		if (count == MAX_SERVERS)
			die("too many servers", line);
		servers[count++] = server_new(loop, line, batch);
	}
	free(line);
	return count;
}

int
main(void)
{
	struct server *servers[MAX_SERVERS];
	uint8_t *batch = proxy_allocate(BATCH);
	uv_loop_t loop;
	uv_pipe_t parent;
	size_t count;

	proxy_check(uv_loop_init(&loop), "loop");
	count = read_list(&loop, servers, batch);
	proxy_check(uv_pipe_init(&loop, &parent, 0), "pipe");
	proxy_check(uv_pipe_open(&parent, 0), "standard input");
	uv_read_start((uv_stream_t *)&parent, lend_nothing, on_parent);
	puts("ready");
	fflush(stdout);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < count; i++) {
		free(servers[i]->slots);
		free(servers[i]);
	}
	free(batch);
	return 0;
}
