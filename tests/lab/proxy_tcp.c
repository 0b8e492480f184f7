/*
 * The TCP side of a misbehaving name server: questions one by one through the
 * rules, answers back as they come.
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tests/lab/proxy.h"

#define SEGMENT 65536
#define BACKLOG 128

/* One connection over TCP and, once a question came, its other half. */
struct stream {
	struct server *server;
	uv_tcp_t client;
	uv_tcp_t upstream;
	uv_timer_t timer;
	uv_connect_t connect;
	unsigned open;
	bool connected;
	size_t length;
	uint8_t input[2 + SEGMENT];
};

struct message {
	uv_write_t request;
	uint8_t data[];
};

static void
on_stream_closed(uv_handle_t *handle)
{
	struct stream *stream = handle->data;

	if (--stream->open == 0)
		free(stream);
}

static void
stream_close_one(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_stream_closed);
}

static void
stream_close(struct stream *stream)
{
	stream_close_one((uv_handle_t *)&stream->client);
	stream_close_one((uv_handle_t *)&stream->upstream);
	stream_close_one((uv_handle_t *)&stream->timer);
}

static void
on_written(uv_write_t *request, int status)
{
	struct message *message = request->data;

	(void)status;
	free(message);
}

static void
stream_write(uv_tcp_t *socket, const uint8_t *data, size_t length)
{
	struct message *message = proxy_allocate(sizeof(*message) + length);
	uv_buf_t buffer;

	memcpy(message->data, data, length);
	message->request.data = message;
	buffer = uv_buf_init((char *)message->data, (unsigned)length);
	if (uv_write(&message->request, (uv_stream_t *)socket, &buffer, 1,
		    on_written) != 0)
		free(message);
}

static void
stream_question(struct stream *stream, uint8_t *framed, size_t length)
{
	size_t question = proxy_question_length(framed + 2, length);
	struct action action;

	if (question == 0)
		return;
	action = proxy_action(stream->server, framed + 2, question);
	switch (action.kind) {
	case ACTION_DROP:
		break;
	case ACTION_RCODE:
		proxy_answer_empty(framed + 2, action.rcode, false);
		framed[0] = (uint8_t)(question >> 8);
		framed[1] = (uint8_t)question;
		stream_write(&stream->client, framed, 2 + question);
		break;
	case ACTION_FORWARD:
		stream_write(&stream->upstream, framed, 2 + length);
		break;
	}
}

/* Each question goes its own way; a part of one waits for the rest. */
static void
stream_questions(struct stream *stream)
{
	size_t at = 0;

	while (stream->connected && stream->length - at > 2) {
		uint8_t *framed = stream->input + at;
		size_t length = (size_t)(framed[0] << 8 | framed[1]);

		if (stream->length - at < 2 + length)
			break;
		at += 2 + length;
		stream_question(stream, framed, length);
	}
	stream->length -= at;
	memmove(stream->input, stream->input + at, stream->length);
}

static void
lend_input(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct stream *stream = handle->data;
	size_t room = sizeof(stream->input) - stream->length;

	(void)suggested;
	*buffer = uv_buf_init(
		(char *)stream->input + stream->length, (unsigned)room);
}

static void
on_stream_questions(uv_stream_t *socket, ssize_t length, const uv_buf_t *buffer)
{
	struct stream *stream = socket->data;

	(void)buffer;
	if (length < 0) {
		stream_close(stream);
		return;
	}
	stream->length += (size_t)length;
	stream_questions(stream);
}

static void
lend_stream_batch(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct stream *stream = handle->data;

	(void)suggested;
	*buffer = uv_buf_init((char *)stream->server->batch, SEGMENT);
}

static void
on_stream_answers(uv_stream_t *socket, ssize_t length, const uv_buf_t *buffer)
{
	struct stream *stream = socket->data;

	if (length < 0)
		stream_close(stream);
	else if (length > 0)
		stream_write(&stream->client, (uint8_t *)buffer->base,
			(size_t)length);
}

static void
on_upstream(uv_connect_t *connect, int status)
{
	struct stream *stream = connect->data;

	if (status == UV_ECANCELED)
		return;
	if (status < 0) {
		stream_close(stream);
		return;
	}
	stream->connected = true;
	uv_read_start((uv_stream_t *)&stream->upstream, lend_stream_batch,
		on_stream_answers);
	stream_questions(stream);
}

static void
on_stream_delay(uv_timer_t *timer)
{
	struct stream *stream = timer->data;

	if (uv_tcp_connect(&stream->connect, &stream->upstream,
		    (const struct sockaddr *)&stream->server->upstream,
		    on_upstream) != 0)
		stream_close(stream);
}

static void
on_client(uv_stream_t *listener, int status)
{
	struct server *server = listener->data;
	struct stream *stream;

	if (status < 0)
		return;
	stream = proxy_allocate(sizeof(*stream));
	stream->server = server;
	stream->open = 3;
	uv_tcp_init(listener->loop, &stream->client);
	uv_tcp_init(listener->loop, &stream->upstream);
	uv_timer_init(listener->loop, &stream->timer);
	stream->client.data = stream;
	stream->upstream.data = stream;
	stream->timer.data = stream;
	stream->connect.data = stream;
	if (uv_accept(listener, (uv_stream_t *)&stream->client) != 0) {
		stream_close(stream);
		return;
	}
	uv_read_start((uv_stream_t *)&stream->client, lend_input,
		on_stream_questions);
	uv_timer_start(&stream->timer, on_stream_delay, server->delay_ms, 0);
}

void
proxy_tcp_listen(
	uv_loop_t *loop, struct server *server, const struct sockaddr *address)
{
	server->listener.data = server;
	proxy_check(uv_tcp_init(loop, &server->listener), "tcp");
	proxy_check(uv_tcp_bind(&server->listener, address, 0), "bind tcp");
	proxy_check(
		uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_client),
		"listen tcp");
}
