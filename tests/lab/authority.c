/*
 * An authoritative name server for a million zones: serves the file that
 * compile made, on many addresses.
 *
 *   authority [--delay-ms D] [--loss PERCENT] [--seed S] FILE SERVERS
 *
 * A line of SERVERS: address, number of the server, and words which say how it
 * behaves: silent, truncate (UDP cut), no_tcp, rcode=TYPE:RCODE and drop=TYPE
 * (TYPE "*": all), delay_ms=D, loss=PERCENT. The options are those words for
 * all of them. What is lost (0.5 per cent will do) depends on the seed, the
 * question, and how often it was asked, not on the time. One line "ready" on
 * standard output tells that all addresses are served.
 */
#include <ldns/ldns.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/lab/authority.h"

#define PORT 53
#define BATCH (20 * 65536)
#define BUFFER_OCTETS (4 << 20)
#define ATTEMPTS (1u << 20)

struct late {
	struct late *next;
	uint64_t due_ms;
	struct sockaddr_storage peer;
	size_t length;
	uint8_t message[];
};

struct options {
	unsigned delay_ms;
	double loss_percent;
	uint64_t seed;
	const char *file;
	const char *servers;
};

static void
die(const char *what, const char *detail)
{
	fprintf(stderr, "authority: %s: %s\n", what, detail);
	exit(1);
}

void
authority_check(int status, const char *what)
{
	if (status < 0)
		die(what, uv_strerror(status));
}

static void *
allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		die("out of memory", "");
	return memory;
}

/* Does this one get lost? */
static bool
is_lost(struct authority *authority, const struct question *question)
{
	uint64_t hash = authority->seed + question->type;
	uint8_t *attempts;

	if (authority->loss_percent <= 0)
		return false;
	for (size_t i = 0; i < question->name_length; i++)
		hash = (hash ^ question->name[i]) * 1099511628211u;
	attempts = &authority->attempts[(hash >> 24) & (ATTEMPTS - 1)];
	hash = (hash ^ (*attempts)++) * 0x9e3779b97f4a7c15u;
	return (double)((hash >> 32) % 10000) < 100 * authority->loss_percent;
}

static const struct rule *
find_rule(const struct authority *authority, uint16_t type)
{
	for (size_t i = 0; i < authority->rule_count; i++)
		if (authority->rules[i].type == 0 ||
			authority->rules[i].type == type)
			return &authority->rules[i];
	return NULL;
}

size_t
authority_reply(struct authority *authority, const uint8_t *message,
	size_t length, uint8_t *out, bool udp)
{
	struct question question;
	const struct rule *rule;
	size_t room = ANSWER_MAX;

	if (!question_parse(&question, message, length) ||
		(udp && is_lost(authority, &question)))
		return 0;
	rule = find_rule(authority, question.type);
	if (rule != NULL && rule->kind == RULE_DROP)
		return 0;
	if (rule != NULL)
		return answer_empty(
			&question, message, out, rule->rcode, false);
	if (udp && authority->truncate)
		return answer_empty(
			&question, message, out, LDNS_RCODE_NOERROR, true);
	if (udp)
		room = question.udp_size < UDP_SIZE ? question.udp_size
						    : UDP_SIZE;
	return answer_make(authority->db, authority->number, &question, message,
		out, room);
}

/* A full socket loses what is sent, as a network does. */
static void
send_now(struct authority *authority, uint8_t *message, size_t length,
	const struct sockaddr *peer)
{
	uv_buf_t buffer = uv_buf_init((char *)message, (unsigned)length);

	uv_udp_try_send(&authority->udp, &buffer, 1, peer);
}

static void
on_late(uv_timer_t *timer)
{
	struct authority *authority = timer->data;
	uint64_t now = uv_now(timer->loop);

	while (authority->first != NULL && authority->first->due_ms <= now) {
		struct late *late = authority->first;

		send_now(authority, late->message, late->length,
			(const struct sockaddr *)&late->peer);
		authority->first = late->next;
		free(late);
	}
	if (authority->first == NULL)
		authority->last = &authority->first;
	else
		uv_timer_start(
			timer, on_late, authority->first->due_ms - now, 0);
}

static void
send_late(struct authority *authority, const uint8_t *message, size_t length,
	const struct sockaddr *peer)
{
	struct late *late = allocate(sizeof(*late) + length);

	late->due_ms = uv_now(authority->timer.loop) + authority->delay_ms;
	memcpy(&late->peer, peer,
		peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					    : sizeof(struct sockaddr_in));
	late->length = length;
	memcpy(late->message, message, length);
	*authority->last = late;
	authority->last = &late->next;
	if (authority->first == late)
		uv_timer_start(
			&authority->timer, on_late, authority->delay_ms, 0);
}

static void
lend_batch(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
	struct authority *authority = handle->data;

	(void)size;
	*buffer = uv_buf_init((char *)authority->batch, BATCH);
}

static void
on_message(uv_udp_t *udp, ssize_t size, const uv_buf_t *buffer,
	const struct sockaddr *peer, unsigned flags)
{
	struct authority *authority = udp->data;
	uint8_t out[UDP_SIZE];
	size_t length;

	(void)flags;
	if (size <= 0 || peer == NULL)
		return;
	length = authority_reply(authority, (const uint8_t *)buffer->base,
		(size_t)size, out, true);
	if (length == 0)
		return;
	if (authority->delay_ms > 0)
		send_late(authority, out, length, peer);
	else
		send_now(authority, out, length, peer);
}

/* An address of SERVERS, or any: 0.0.0.0 or ::. */
static bool
read_address(const char *text, struct sockaddr_storage *address)
{
	return uv_ip4_addr(text, PORT, (struct sockaddr_in *)address) == 0 ||
	       uv_ip6_addr(text, PORT, (struct sockaddr_in6 *)address) == 0;
}

/*
 * What comes for an address without a socket of its own is dropped by the
 * kernel, without an error to who sent it: one socket for all that are silent.
 */
static void
be_silent_elsewhere(uv_loop_t *loop, const char *any)
{
	struct sock_filter drop = {BPF_RET | BPF_K, 0, 0, 0};
	struct sock_fprog program = {.len = 1, .filter = &drop};
	struct sockaddr_storage address = {0};
	uv_udp_t *udp = allocate(sizeof(*udp));
	unsigned flags = UV_UDP_REUSEADDR;
	int fd = -1;
	int status;

	read_address(any, &address);
	status = uv_udp_init_ex(loop, udp, address.ss_family);
	if (status == UV_EAFNOSUPPORT)
		return;
	authority_check(status, any);
	if (address.ss_family == AF_INET6)
		flags |= UV_UDP_IPV6ONLY;
	authority_check(uv_fileno((uv_handle_t *)udp, &fd), any);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		    sizeof(program)) != 0)
		die(any, "no socket filter");
	authority_check(
		uv_udp_bind(udp, (struct sockaddr *)&address, flags), any);
}

static void
serve(uv_loop_t *loop, struct authority *authority,
	const struct sockaddr *address, const char *text)
{
	int size = BUFFER_OCTETS;

	authority_check(uv_udp_init_ex(loop, &authority->udp,
				(unsigned)address->sa_family | UV_UDP_RECVMMSG),
		text);
	uv_timer_init(loop, &authority->timer);
	authority->udp.data = authority;
	authority->timer.data = authority;
	authority_check(
		uv_udp_bind(&authority->udp, address, UV_UDP_REUSEADDR), text);
	uv_recv_buffer_size((uv_handle_t *)&authority->udp, &size);
	uv_send_buffer_size((uv_handle_t *)&authority->udp, &size);
	authority_check(
		uv_udp_recv_start(&authority->udp, lend_batch, on_message),
		text);
	if (!authority->no_tcp)
		authority_tcp_listen(loop, authority, address);
}

static uint16_t
rule_type(const char *text)
{
	return strcmp(text, "*") == 0
		       ? 0
		       : (uint16_t)ldns_get_rr_type_by_name(text);
}

static void
add_rule(struct authority *authority, enum rule_kind kind, char *text)
{
	struct rule *rule = &authority->rules[authority->rule_count];
	char *rcode = strchr(text, ':');
	ldns_lookup_table *entry;

	if (authority->rule_count++ == MAX_RULES)
		die("too many rules", text);
	*rule = (struct rule){.kind = kind};
	if (kind == RULE_RCODE) {
		if (rcode == NULL)
			die("no rcode", text);
		*rcode++ = '\0';
		entry = ldns_lookup_by_name(ldns_rcodes, rcode);
		if (entry == NULL)
			die("unknown rcode", rcode);
		rule->rcode = (unsigned)entry->id;
	}
	rule->type = rule_type(text);
}

static void
add_word(struct authority *authority, char *word)
{
	if (strcmp(word, "silent") == 0)
		authority->silent = true;
	else if (strcmp(word, "truncate") == 0)
		authority->truncate = true;
	else if (strcmp(word, "no_tcp") == 0)
		authority->no_tcp = true;
	else if (strncmp(word, "rcode=", 6) == 0)
		add_rule(authority, RULE_RCODE, word + 6);
	else if (strncmp(word, "drop=", 5) == 0)
		add_rule(authority, RULE_DROP, word + 5);
	else if (strncmp(word, "delay_ms=", 9) == 0)
		authority->delay_ms = (unsigned)strtoul(word + 9, NULL, 10);
	else if (strncmp(word, "loss=", 5) == 0)
		authority->loss_percent = strtod(word + 5, NULL);
	else
		die("unknown word", word);
}

/* Start the server of one line. */
static void
add_server(uv_loop_t *loop, const struct authority *common, char *line)
{
	struct authority *authority = allocate(sizeof(*authority));
	struct sockaddr_storage address = {0};
	char *text = strsep(&line, " \n");
	char *number = strsep(&line, " \n");
	char *word;

	*authority = *common;
	authority->last = &authority->first;
	if (number == NULL || !read_address(text, &address))
		die("bad line", text);
	authority->number = (uint16_t)strtoul(number, NULL, 10);
	while ((word = strsep(&line, " \n")) != NULL)
		if (*word != '\0')
			add_word(authority, word);
	if (authority->silent)
		free(authority);
	else
		serve(loop, authority, (const struct sockaddr *)&address, text);
}

static void
start(uv_loop_t *loop, const struct authority *common, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL)
		die("cannot read", path);
	while (getline(&line, &size, file) > 0)
		add_server(loop, common, line);
	free(line);
	fclose(file);
}

static void
read_options(struct options *options, int argc, char **argv)
{
	int i;

	for (i = 1; i + 3 < argc && argv[i][0] == '-'; i += 2) {
		unsigned long number = strtoul(argv[i + 1], NULL, 10);

		if (strcmp(argv[i], "--delay-ms") == 0)
			options->delay_ms = (unsigned)number;
		else if (strcmp(argv[i], "--loss") == 0)
			options->loss_percent = strtod(argv[i + 1], NULL);
		else if (strcmp(argv[i], "--seed") == 0)
			options->seed = number;
		else
			die("unknown option", argv[i]);
	}
	if (argc - i != 2)
		die("usage", "authority [OPTIONS] FILE SERVERS");
	options->file = argv[i];
	options->servers = argv[i + 1];
}

int
main(int argc, char **argv)
{
	struct options options = {.seed = 1};
	struct rlimit files;
	struct zonedb db;
	struct authority common = {.db = &db};
	uv_loop_t loop;

	read_options(&options, argc, argv);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (zonedb_open(&db, options.file) != 0)
		die("not a file of compile", options.file);
	common.delay_ms = options.delay_ms;
	common.loss_percent = options.loss_percent;
	common.seed = options.seed;
	common.batch = allocate(BATCH);
	common.attempts = allocate(ATTEMPTS);
	authority_check(uv_loop_init(&loop), "loop");
	be_silent_elsewhere(&loop, "0.0.0.0");
	be_silent_elsewhere(&loop, "::");
	start(&loop, &common, options.servers);
	puts("ready");
	fflush(stdout);
	return uv_run(&loop, UV_RUN_DEFAULT);
}
