/*
 * One conversation over one TCP connection: octets go between the socket, TLS
 * and the dialogue, one timer holds the nearest of its time limits, and what
 * was learnt is written into the endpoint when the handles are closed.
 */
#include "scanner/probe/probe.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "scanner/core/smtp.h"
#include "scanner/probe/dial.h"
#include "scanner/probe/tls.h"

enum {
	READ_SIZE = 16384,
	OCTETS_MAX = 256 * 1024, /* read in one conversation */
	QUIT_TIMEOUT_MS = 2000,	 /* how long a 221 is waited for */
};

enum probe_state {
	PROBE_CONNECTING,
	PROBE_PLAIN,
	PROBE_HANDSHAKE,
	PROBE_TLS,
	PROBE_CLOSING, /* its handles are */
};

/*
 * Lives from probe_start() until both handles are closed, in an arena of its
 * own, together with what it has yet to send. endpoint and results belong to
 * the caller.
 */
struct probe {
	LIST_ENTRY(probe) entry;
	struct arena *memory;
	struct prober *prober; /* NULL once the prober is gone */
	struct fact_endpoint *endpoint;
	struct arena *results;
	struct probe_wish wish;
	probe_cb cb;
	void *arg;

	enum probe_state state;
	struct smtp smtp;
	struct tls *tls;
	const struct fact_tls *tls_facts;
	bool heard; /* anything from the server inside TLS */
	size_t octets;

	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_connect_t connect;
	uint64_t started_ms;
	uint64_t handshake_ms; /* when it began; then how long it took */
	unsigned open_handles;
};

LIST_HEAD(probe_list, probe);

/* Owns the context, its memory and, while they last, the probes. */
struct prober {
	struct arena *memory;
	uv_loop_t *loop;
	struct probe_config config;
	const struct fact_address *source[2]; /* IPv4, IPv6; or NULL */
	struct tls_context *tls;
	struct probe_list probes;
	unsigned open;
	/* One read at a time is under way in a loop. */
	char buffer[READ_SIZE];
};

/* Octets that the socket did not take at once. */
struct unsent {
	uv_write_t request;
	char data[];
};

static void
on_close(uv_handle_t *handle)
{
	struct probe *probe = handle->data;
	struct arena *memory = probe->memory;

	if (--probe->open_handles > 0)
		return;
	if (probe->prober) {
		LIST_REMOVE(probe, entry);
		probe->prober->open--;
		probe->cb(probe->arg, probe->endpoint);
	}
	arena_free(memory);
}

static void
close_handles(struct probe *probe)
{
	probe->state = PROBE_CLOSING;
	tls_free(probe->tls);
	probe->tls = NULL;
	uv_close((uv_handle_t *)&probe->tcp, on_close);
	uv_close((uv_handle_t *)&probe->timer, on_close);
}

static void
on_sent(uv_write_t *request, int status)
{
	/* The arena has the memory; a broken connection shows in reading. */
	(void)request;
	(void)status;
}

static void
send_octets(struct probe *probe, char *data, size_t len)
{
	uv_buf_t buf = uv_buf_init(data, (unsigned)len);
	int sent = uv_try_write((uv_stream_t *)&probe->tcp, &buf, 1);
	struct unsent *unsent;

	if (sent < 0 && sent != UV_EAGAIN)
		return;
	if (sent > 0) {
		data += sent;
		len -= (size_t)sent;
	}
	if (len == 0)
		return;
	unsent = arena_alloc(probe->memory, sizeof(*unsent) + len);
	memcpy(unsent->data, data, len);
	buf = uv_buf_init(unsent->data, (unsigned)len);
	uv_write(
		&unsent->request, (uv_stream_t *)&probe->tcp, &buf, 1, on_sent);
}

static void
send_tls_output(struct probe *probe)
{
	char *data;
	size_t len;

	while ((len = tls_output(probe->tls, &data)) > 0)
		send_octets(probe, data, len);
}

/* What was learnt goes to the endpoint; the callback comes from on_close(). */
static void
finish(struct probe *probe)
{
	struct fact_endpoint *endpoint = probe->endpoint;
	const struct smtp *smtp = &probe->smtp;
	uint64_t now = uv_now(probe->prober->loop);

	if (probe->state == PROBE_TLS) {
		tls_shutdown(probe->tls);
		send_tls_output(probe);
	}
	endpoint->phase = probe->state == PROBE_CONNECTING ? FACT_PHASE_CONNECT
							   : smtp->phase;
	endpoint->failure = smtp->failure;
	endpoint->smtp_code = smtp->code;
	endpoint->flags |= smtp->flags;
	endpoint->tls = probe->tls_facts;
	endpoint->elapsed_ms = (uint32_t)(now - probe->started_ms);
	if (endpoint->phase != FACT_PHASE_DONE && smtp->text[0])
		endpoint->detail = arena_strdup(probe->results, smtp->text);
	if (probe->prober->config.observe)
		probe->prober->config.observe(probe->prober->config.observe_arg,
			endpoint, probe->handshake_ms);
	close_handles(probe);
}

static void
stop(struct probe *probe, enum reason reason, const char *text)
{
	smtp_abort(&probe->smtp, reason, text);
	finish(probe);
}

static void on_timer(uv_timer_t *timer);

/* The next thing is due within limit_ms, and the whole within its own limit. */
static void
set_limit(struct probe *probe, uint64_t limit_ms)
{
	const struct probe_config *config = &probe->prober->config;
	uint64_t spent = uv_now(probe->prober->loop) - probe->started_ms;
	uint64_t left = config->session_timeout_ms > spent
				? config->session_timeout_ms - spent
				: 0;

	uv_timer_start(
		&probe->timer, on_timer, limit_ms < left ? limit_ms : left, 0);
}

static void
set_reply_limit(struct probe *probe)
{
	uint64_t limit_ms = probe->prober->config.smtp_timeout_ms;

	if (probe->smtp.state == FACT_PHASE_QUIT && limit_ms > QUIT_TIMEOUT_MS)
		limit_ms = QUIT_TIMEOUT_MS;
	set_limit(probe, limit_ms);
}

static void
on_timer(uv_timer_t *timer)
{
	struct probe *probe = timer->data;
	uint64_t spent = uv_now(timer->loop) - probe->started_ms;

	if (probe->state == PROBE_CONNECTING) {
		stop(probe, REASON_TCP_TIMEOUT, NULL);
		return;
	}
	smtp_timeout(&probe->smtp,
		spent >= probe->prober->config.session_timeout_ms);
	finish(probe);
}

static void
send_command(struct probe *probe)
{
	char command[sizeof(probe->smtp.output)];
	const char *output;
	size_t len;

	output = smtp_output(&probe->smtp, &len);
	memcpy(command, output, len);
	smtp_sent(&probe->smtp);
	if (probe->state == PROBE_PLAIN)
		send_octets(probe, command, len);
	else
		tls_write(probe->tls, command, len);
}

static void
start_tls(struct probe *probe)
{
	probe->tls = tls_new(
		probe->prober->tls, probe->wish.sni, probe->wish.key);
	if (!probe->tls) {
		stop(probe, REASON_INTERNAL, "TLS: out of memory");
		return;
	}
	probe->state = PROBE_HANDSHAKE;
	probe->handshake_ms = uv_now(probe->prober->loop);
	set_reply_limit(probe);
}

/* Do what the dialogue wants, until it wants octets from the server. */
static void
advance(struct probe *probe)
{
	while (probe->state != PROBE_CLOSING) {
		switch (smtp_want(&probe->smtp)) {
		case SMTP_WANT_WRITE:
			send_command(probe);
			break;
		case SMTP_WANT_READ:
			set_reply_limit(probe);
			return;
		case SMTP_WANT_TLS:
			start_tls(probe);
			return;
		case SMTP_WANT_CLOSE:
			finish(probe);
			return;
		}
	}
}

static void
handshake_done(struct probe *probe)
{
	probe->state = PROBE_TLS;
	probe->handshake_ms = uv_now(probe->prober->loop) - probe->handshake_ms;
	probe->tls_facts = tls_facts(probe->tls, probe->results);
	if (!probe->tls_facts) {
		stop(probe, REASON_INTERNAL, "TLS: out of memory");
		return;
	}
	if (tls_is_legacy(probe->tls))
		probe->endpoint->flags |= FLAG_BIT(FLAG_TLS_LEGACY);
	if (tls_lacks_secure_renegotiation(probe->tls))
		probe->endpoint->flags |= FLAG_BIT(FLAG_NO_SECURE_RENEG);
	smtp_tls_done(&probe->smtp);
	advance(probe);
}

/*
 * TLS is over. A client of TLS 1.3 is done with the handshake before the
 * server has judged it: an alert instead of a first octet belongs to the
 * handshake (CONFORMANCE D36). What comes later only flags.
 */
static void
tls_broke(struct probe *probe)
{
	const struct tls_error *error = tls_error(probe->tls);

	send_tls_output(probe);
	if (probe->state == PROBE_HANDSHAKE ||
		(error->alert && !probe->heard && tls_is_13(probe->tls)))
		smtp_abort(&probe->smtp, error->reason, error->text);
	else
		smtp_closed(&probe->smtp, false);
	finish(probe);
}

/* Handshake, or read; false when there is nothing more to do just now. */
static bool
step_tls(struct probe *probe)
{
	char data[4096];
	size_t len = 0;
	bool shaking = probe->state == PROBE_HANDSHAKE;
	enum tls_result result = shaking ? tls_handshake(probe->tls)
					 : tls_read(probe->tls, data,
						   sizeof(data), &len);

	switch (result) {
	case TLS_OK:
		if (shaking) {
			handshake_done(probe);
		} else {
			probe->heard = true;
			smtp_input(&probe->smtp, data, len);
			advance(probe);
		}
		return probe->state == PROBE_TLS;
	case TLS_FULL:
		send_tls_output(probe);
		return true;
	case TLS_WAIT:
		send_tls_output(probe);
		return false;
	case TLS_CLOSED:
		smtp_closed(&probe->smtp, false);
		finish(probe);
		return false;
	case TLS_FAILED:
		tls_broke(probe);
		return false;
	}
	return false;
}

static void
pump_tls(struct probe *probe)
{
	while (step_tls(probe))
		;
}

static void
take_plain(struct probe *probe, const char *data, size_t len)
{
	smtp_input(&probe->smtp, data, len);
	advance(probe);
	if (probe->state == PROBE_HANDSHAKE)
		pump_tls(probe);
}

static void
take_tls(struct probe *probe, const char *data, size_t len)
{
	size_t taken;

	while (len > 0 && probe->state != PROBE_CLOSING) {
		taken = tls_input(probe->tls, data, len);
		data += taken;
		len -= taken;
		pump_tls(probe);
		/* The pair is as large as a record, so it never stays full. */
		assert(taken > 0 || probe->state == PROBE_CLOSING);
	}
}

/* More than any server has to say. */
static void
too_much(struct probe *probe)
{
	if (probe->state == PROBE_TLS) {
		smtp_closed(&probe->smtp, false);
		finish(probe);
		return;
	}
	stop(probe,
		probe->state == PROBE_HANDSHAKE ? REASON_TLS_HANDSHAKE
						: REASON_PROTOCOL,
		"too many octets");
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct probe *probe = handle->data;

	(void)suggested;
	*buf = uv_buf_init(probe->prober->buffer, READ_SIZE);
}

static void
on_read(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
	struct probe *probe = stream->data;

	if (nread == 0)
		return;
	if (nread < 0) {
		smtp_closed(&probe->smtp,
			nread != UV_EOF || dial_was_reset(&probe->tcp));
		finish(probe);
		return;
	}
	probe->octets += (size_t)nread;
	if (probe->octets > OCTETS_MAX)
		too_much(probe);
	else if (probe->state == PROBE_PLAIN)
		take_plain(probe, buf->base, (size_t)nread);
	else
		take_tls(probe, buf->base, (size_t)nread);
}

static void
on_connect(uv_connect_t *request, int status)
{
	struct probe *probe = request->data;
	char text[128];

	/* Closing has an end of its own. */
	if (probe->state == PROBE_CLOSING)
		return;
	if (status == UV_ECONNRESET || status == UV_EPIPE) {
		/* A SYN that is reset was refused (RFC 9293 section 3.10.7.3);
		   this connection stood, if not for long. */
		probe->state = PROBE_PLAIN;
		smtp_closed(&probe->smtp, true);
		finish(probe);
		return;
	}
	if (status < 0) {
		uv_strerror_r(status, text, sizeof(text));
		stop(probe, dial_reason(status), text);
		return;
	}
	probe->state = PROBE_PLAIN;
	advance(probe);
	uv_read_start((uv_stream_t *)&probe->tcp, on_alloc, on_read);
}

static void
open_connection(struct probe *probe)
{
	const struct prober *prober = probe->prober;
	const struct fact_endpoint *endpoint = probe->endpoint;
	enum reason reason;
	char text[128];

	probe->connect.data = probe;
	reason = dial_start(&probe->connect, &probe->tcp, &endpoint->address,
		endpoint->port, prober->source[endpoint->address.ipv6],
		on_connect, text, sizeof(text));
	if (reason != REASON_NONE)
		stop(probe, reason, text);
	else
		set_limit(probe, prober->config.connect_timeout_ms);
}

static void
clear_results(struct fact_endpoint *endpoint)
{
	endpoint->phase = FACT_PHASE_NONE;
	endpoint->failure = REASON_NONE;
	endpoint->smtp_code = 0;
	endpoint->detail = NULL;
	endpoint->tls = NULL;
	endpoint->flags = 0;
	endpoint->elapsed_ms = 0;
}

void
probe_start(struct prober *prober, struct fact_endpoint *endpoint,
	const struct probe_wish *wish, struct arena *arena, probe_cb cb,
	void *arg)
{
	struct arena *memory = arena_new();
	struct probe *probe = arena_alloc(memory, sizeof(*probe));

	probe->memory = memory;
	probe->prober = prober;
	probe->endpoint = endpoint;
	probe->results = arena;
	probe->wish.sni = arena_strdup(memory, wish->sni);
	probe->wish.key = wish->key;
	probe->cb = cb;
	probe->arg = arg;
	probe->state = PROBE_CONNECTING;
	probe->started_ms = uv_now(prober->loop);
	smtp_init(&probe->smtp, prober->config.ehlo);
	clear_results(endpoint);
	if (endpoint->port == 0)
		endpoint->port = prober->config.port;
	uv_tcp_init(prober->loop, &probe->tcp);
	uv_timer_init(prober->loop, &probe->timer);
	probe->tcp.data = probe->timer.data = probe;
	probe->open_handles = 2;
	LIST_INSERT_HEAD(&prober->probes, probe, entry);
	prober->open++;
	open_connection(probe);
}

static int
read_source(struct prober *prober, bool ipv6, const char *text, char *err,
	size_t errsize)
{
	struct fact_address address;

	if (!text)
		return 0;
	if (dial_source(text, ipv6, &address, err, errsize) < 0)
		return -1;
	prober->source[ipv6] = arena_copy(
		prober->memory, &address, sizeof(address));
	return 0;
}

/* One word that cannot break the command it stands in. */
static bool
is_ehlo_name(const char *name)
{
	size_t len = strlen(name), i;

	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return len > 0 && len <= SMTP_EHLO_MAX;
}

struct prober *
prober_new(uv_loop_t *loop, const struct probe_config *config, char *err,
	size_t errsize)
{
	struct arena *memory = arena_new();
	struct prober *prober = arena_alloc(memory, sizeof(*prober));

	prober->memory = memory;
	prober->loop = loop;
	prober->config = *config;
	prober->config.ehlo = arena_strdup(memory, config->ehlo);
	LIST_INIT(&prober->probes);
	if (!config->ehlo || !is_ehlo_name(config->ehlo)) {
		snprintf(err, errsize, "EHLO name: not a host name");
		goto fail;
	}
	if (read_source(prober, false, config->source_ipv4, err, errsize) < 0 ||
		read_source(prober, true, config->source_ipv6, err, errsize) <
			0)
		goto fail;
	prober->tls = tls_context_new(err, errsize);
	if (prober->tls)
		return prober;
fail:
	arena_free(memory);
	return NULL;
}

void
prober_free(struct prober *prober)
{
	struct probe *probe, *next;

	if (!prober)
		return;
	for (probe = LIST_FIRST(&prober->probes); probe; probe = next) {
		next = LIST_NEXT(probe, entry);
		probe->prober = NULL;
		if (probe->state != PROBE_CLOSING)
			close_handles(probe);
	}
	tls_context_free(prober->tls);
	arena_free(prober->memory);
}

unsigned
prober_open(const struct prober *prober)
{
	return prober->open;
}
