/*
 * probe: whole conversations with scripted servers on a real loop, one
 * beside the other.
 */
#include "scanner/probe/probe.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "tests/unit/probe/conversations.h"
#include "tests/unit/probe/identity.h"
#include "tests/unit/probe/mailserver.h"

struct fixture {
	struct identity ca;
	struct identity leaf;
	SSL_CTX *contexts[CONTEXTS];
	struct probe_config config;
};

/* One conversation: the server's side and what the prober says of it. */
struct meeting {
	struct mailserver server;
	struct fact_endpoint endpoint;
	struct arena *arena;
	unsigned calls;
};

static int
set_up(void **state)
{
	static struct fixture f;
	int demand = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

	signal(SIGPIPE, SIG_IGN);
	f.ca = identity_new("EC", "Test CA", NULL);
	f.leaf = identity_new("EC", "mx.example.com", &f.ca);
	f.contexts[ANY] = identity_server(&f.leaf, &f.ca, 0, 0);
	f.contexts[TLS12] = identity_server(&f.leaf, &f.ca, 0, TLS1_2_VERSION);
	f.contexts[TLS10] = identity_server(
		&f.leaf, &f.ca, TLS1_VERSION, TLS1_VERSION);
	f.contexts[DEMANDING] = identity_server(&f.leaf, &f.ca, 0, 0);
	f.contexts[DEMANDING12] = identity_server(
		&f.leaf, &f.ca, 0, TLS1_2_VERSION);
	SSL_CTX_set_verify(f.contexts[DEMANDING], demand, NULL);
	SSL_CTX_set_verify(f.contexts[DEMANDING12], demand, NULL);
	f.config = (struct probe_config){.ehlo = "scanner.example",
		.connect_timeout_ms = 120000,
		.smtp_timeout_ms = 120000,
		.session_timeout_ms = 120000};
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	int i;

	for (i = 0; i < CONTEXTS; i++)
		SSL_CTX_free(f->contexts[i]);
	identity_free(&f->ca);
	identity_free(&f->leaf);
	return 0;
}

static void
on_probe(void *arg, struct fact_endpoint *endpoint)
{
	struct meeting *meeting = arg;

	assert_ptr_equal(endpoint, &meeting->endpoint);
	meeting->calls++;
}

/* Callbacks come later, not from inside probe_start(). */
static void
begin(struct meeting *meeting, struct prober *prober, const char *address,
	uint16_t port)
{
	static const struct probe_wish wish = {.sni = "mx.example.com"};

	memset(&meeting->endpoint, 0, sizeof(meeting->endpoint));
	assert_int_equal(
		fact_address_parse(address, &meeting->endpoint.address), 0);
	meeting->endpoint.port = port;
	meeting->arena = arena_new();
	meeting->calls = 0;
	probe_start(prober, &meeting->endpoint, &wish, meeting->arena, on_probe,
		meeting);
	assert_int_equal(meeting->calls, 0);
}

static struct prober *
new_prober(uv_loop_t *loop, const struct probe_config *config)
{
	struct prober *prober;
	char err[100] = "";

	assert_int_equal(uv_loop_init(loop), 0);
	prober = prober_new(loop, config, err, sizeof(err));
	assert_string_equal(err, "");
	assert_non_null(prober);
	return prober;
}

static void
run_out(uv_loop_t *loop, struct prober *prober)
{
	assert_int_equal(uv_run(loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(prober_open(prober), 0);
	prober_free(prober);
	assert_int_equal(uv_loop_close(loop), 0);
}

static void
assert_chain(const struct fixture *f, const struct fact_tls *tls)
{
	unsigned char *der = NULL;
	int len = i2d_X509(f->leaf.cert, &der);

	assert_int_equal(tls->chain_len, 2);
	assert_int_equal(tls->chain[0].len, len);
	assert_memory_equal(tls->chain[0].der, der, tls->chain[0].len);
	OPENSSL_free(der);
}

static void
assert_outcome(const struct fixture *f, const struct conversation *c,
	const struct meeting *meeting)
{
	const struct fact_endpoint *e = &meeting->endpoint;

	print_message("%s: %s\n", c->name, e->detail ? e->detail : "-");
	assert_string_equal(meeting->server.error, "");
	assert_int_equal(meeting->calls, 1);
	assert_int_equal(e->failure, c->failure);
	assert_int_equal(e->phase, c->phase);
	assert_int_equal(e->smtp_code, c->code);
	assert_int_equal(e->flags, c->flags);
	if (c->detail)
		assert_non_null(strstr(e->detail, c->detail));
	else
		assert_null(e->detail);
	if (!c->version) {
		assert_null(e->tls);
		return;
	}
	assert_non_null(e->tls);
	assert_string_equal(e->tls->version, c->version);
	assert_string_equal(e->tls->key, "EC-256");
	assert_chain(f, e->tls);
}

/* All at once, one server each. */
static void
meet(const struct fixture *f, const struct probe_config *config,
	const struct conversation *list, size_t count)
{
	static struct meeting meetings[CONVERSATIONS];
	struct prober *prober;
	uv_loop_t loop;
	char address[20];
	size_t i;

	assert_in_range(count, 1, CONVERSATIONS);
	prober = new_prober(&loop, config);
	for (i = 0; i < count; i++) {
		snprintf(address, sizeof(address), "127.0.0.%zu", i + 2);
		assert_int_equal(
			mailserver_start(&meetings[i].server, address,
				list[i].steps, f->contexts[list[i].context]),
			0);
		begin(&meetings[i], prober, address, meetings[i].server.port);
	}
	assert_int_equal(prober_open(prober), count);
	run_out(&loop, prober);
	for (i = 0; i < count; i++)
		mailserver_join(&meetings[i].server);
	for (i = 0; i < count; i++) {
		assert_outcome(f, &list[i], &meetings[i]);
		arena_free(meetings[i].arena);
	}
}

/* What an observer has heard. */
struct observed {
	size_t calls;
	size_t handshakes;
};

static void
on_observed(
	void *arg, const struct fact_endpoint *endpoint, uint64_t handshake_ms)
{
	struct observed *observed = arg;

	observed->calls++;
	observed->handshakes += endpoint->tls != NULL;
	assert_true(endpoint->phase != FACT_PHASE_NONE);
	if (endpoint->tls != NULL)
		assert_true(handshake_ms <= endpoint->elapsed_ms);
}

static void
test_conversations(void **state)
{
	struct fixture *f = *state;
	struct observed observed = {0};
	struct probe_config config = f->config;
	size_t handshakes = 0;

	config.observe = on_observed;
	config.observe_arg = &observed;
	meet(f, &config, conversations, CONVERSATIONS);
	for (size_t i = 0; i < CONVERSATIONS; i++)
		handshakes += conversations[i].version != NULL;
	assert_int_equal(observed.calls, CONVERSATIONS);
	assert_int_equal(observed.handshakes, handshakes);
}

static void
test_silences(void **state)
{
	struct fixture *f = *state;
	struct probe_config config = f->config;

	config.smtp_timeout_ms = 4000;
	config.session_timeout_ms = 8000;
	meet(f, &config, silences, SILENCES);
}

/* One conversation, whose arena the caller frees. */
static void
meet_one(const struct probe_config *config, struct meeting *meeting,
	const char *address, uint16_t port)
{
	struct prober *prober;
	uv_loop_t loop;

	prober = new_prober(&loop, config);
	begin(meeting, prober, address, port);
	run_out(&loop, prober);
	assert_int_equal(meeting->calls, 1);
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;
	struct meeting meeting;
	uint16_t port = 0;

	close(mailserver_listen("127.0.0.2", 1, &port));
	meet_one(&f->config, &meeting, "127.0.0.2", port);
	assert_int_equal(meeting.endpoint.failure, REASON_TCP_REFUSED);
	assert_int_equal(meeting.endpoint.phase, FACT_PHASE_CONNECT);
	assert_non_null(strstr(meeting.endpoint.detail, "refused"));
	arena_free(meeting.arena);
}

/* connect() itself refuses a broadcast address. */
static void
test_unreachable(void **state)
{
	struct fixture *f = *state;
	struct meeting meeting;

	meet_one(&f->config, &meeting, "127.255.255.255", 25);
	assert_int_equal(meeting.endpoint.failure, REASON_TCP_UNREACHABLE);
	assert_int_equal(meeting.endpoint.phase, FACT_PHASE_CONNECT);
	arena_free(meeting.arena);
}

/* A listener whose queue is full does not answer. */
static void
test_connect_timeout(void **state)
{
	struct fixture *f = *state;
	struct probe_config config = f->config;
	struct meeting fillers[2], meeting;
	struct prober *prober;
	uv_loop_t loop;
	uint16_t port = 0;
	int listener = mailserver_listen("127.0.0.2", 0, &port), i;

	config.connect_timeout_ms = config.smtp_timeout_ms = 500;
	prober = new_prober(&loop, &config);
	for (i = 0; i < 2; i++)
		begin(&fillers[i], prober, "127.0.0.2", port);
	begin(&meeting, prober, "127.0.0.2", port);
	run_out(&loop, prober);
	assert_int_equal(meeting.calls, 1);
	assert_int_equal(meeting.endpoint.failure, REASON_TCP_TIMEOUT);
	assert_int_equal(meeting.endpoint.phase, FACT_PHASE_CONNECT);
	for (i = 0; i < 2; i++)
		arena_free(fillers[i].arena);
	arena_free(meeting.arena);
	close(listener);
}

static void
test_no_descriptor(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;
	struct meeting meeting;
	struct prober *prober;
	uv_loop_t loop;

	prober = new_prober(&loop, &f->config);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	begin(&meeting, prober, "127.0.0.2", 25);
	setrlimit(RLIMIT_NOFILE, &before);
	run_out(&loop, prober);
	assert_int_equal(meeting.calls, 1);
	assert_int_equal(meeting.endpoint.failure, REASON_INTERNAL);
	assert_non_null(strstr(meeting.endpoint.detail, "open files"));
	arena_free(meeting.arena);
}

static void
test_source(void **state)
{
	static const struct {
		const char *server;
		const char *peer;
	} cases[] = {{"127.0.0.2", "127.0.0.77"}, {"::1", "::1"}};
	static const struct mailserver_step steps[] = {
		{SAY, "421 no\r\n", 0}, {END, NULL, 0}};
	struct fixture *f = *state;
	struct probe_config config = f->config;
	struct meeting meeting;
	size_t i;

	config.source_ipv4 = "127.0.0.77";
	config.source_ipv6 = "::1";
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (mailserver_start(
			    &meeting.server, cases[i].server, steps, NULL) < 0)
			continue; /* a machine without IPv6 */
		/* Port 0 stands for the configured one. */
		config.port = meeting.server.port;
		meet_one(&config, &meeting, cases[i].server, 0);
		mailserver_join(&meeting.server);
		assert_int_equal(meeting.endpoint.port, meeting.server.port);
		assert_int_equal(meeting.endpoint.failure, REASON_BANNER_4XX);
		assert_string_equal(meeting.server.peer, cases[i].peer);
		arena_free(meeting.arena);
	}
}

/* The prober goes at whatever point the conversations are. */
static void
test_early_end(void **state)
{
	static const struct mailserver_step steps[] = {
		UP_TO_TLS, {GONE, NULL, 0}, {END, NULL, 0}};
	struct fixture *f = *state;
	struct meeting meeting, refused;
	struct prober *prober;
	uv_loop_t loop;
	uint16_t port = 0;
	int turns, i;

	close(mailserver_listen("127.0.0.3", 1, &port));
	/* Connection, banner, EHLO, STARTTLS, handshake: a turn each, or more.
	 */
	for (turns = 0; turns <= 5; turns++) {
		assert_int_equal(mailserver_start(&meeting.server, "127.0.0.2",
					 steps, f->contexts[ANY]),
			0);
		prober = new_prober(&loop, &f->config);
		begin(&meeting, prober, "127.0.0.2", meeting.server.port);
		begin(&refused, prober, "127.0.0.3", port);
		for (i = 0; i < turns; i++)
			uv_run(&loop, UV_RUN_ONCE);
		prober_free(prober);
		arena_free(meeting.arena);
		arena_free(refused.arena);
		assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
		assert_int_equal(uv_loop_close(&loop), 0);
		assert_int_equal(meeting.calls, 0);
		/* It may have broken off before the script was played. */
		mailserver_join(&meeting.server);
	}
}

static void
test_configuration(void **state)
{
	struct fixture *f = *state;
	struct probe_config bad[5];
	char name[300], err[100];
	struct prober *prober;
	uv_loop_t loop;
	size_t i;

	for (i = 0; i < 5; i++)
		bad[i] = f->config;
	memset(name, 'a', sizeof(name));
	name[254] = '\0';
	bad[0].ehlo = "two\r\nlines";
	bad[1].ehlo = name;
	bad[2].source_ipv4 = "::1";
	bad[3].source_ipv6 = "mx.example.com";
	/* Of no machine: RFC 5737. */
	bad[4].source_ipv4 = "203.0.113.9";
	assert_int_equal(uv_loop_init(&loop), 0);
	for (i = 0; i < 5; i++) {
		err[0] = '\0';
		prober = prober_new(&loop, &bad[i], err, sizeof(err));
		assert_null(prober);
		assert_true(strlen(err) > 0);
	}
	prober_free(NULL);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
		cmocka_unit_test(test_silences),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_connect_timeout),
		cmocka_unit_test(test_no_descriptor),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_early_end),
		cmocka_unit_test(test_configuration),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
