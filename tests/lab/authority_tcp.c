/*
 * The TCP side of the authoritative server: two octets of length before each
 * message (RFC 1035 section 4.2.2), one answer after the other.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lab/authority.h"

#define BACKLOG 512
#define QUERY_MAX 1024
#define IDLE_MS 10000

struct connection {
	struct authority *authority;
	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_write_t write;
	unsigned open; /* handles */
	bool busy;     /* an answer is on its way */
	size_t length;
	uint8_t in[2 + QUERY_MAX];
	uint8_t out[2 + ANSWER_MAX];
};

static void read_more(struct connection *connection);

static void
on_closed(uv_handle_t *handle)
{
	struct connection *connection = handle->data;

	if (--connection->open == 0)
		free(connection);
}

static void
connection_close(struct connection *connection)
{
	if (!uv_is_closing((uv_handle_t *)&connection->tcp))
		uv_close((uv_handle_t *)&connection->tcp, on_closed);
	if (!uv_is_closing((uv_handle_t *)&connection->timer))
		uv_close((uv_handle_t *)&connection->timer, on_closed);
}

static void
on_idle(uv_timer_t *timer)
{
	connection_close(timer->data);
}

static void
on_written(uv_write_t *write, int status)
{
	struct connection *connection = write->data;

	connection->busy = false;
	if (status < 0)
		connection_close(connection);
	else
		read_more(connection);
}

/* Answer the first whole message; the rest waits for the next turn. */
static void
read_more(struct connection *connection)
{
	size_t size, length;
	uv_buf_t buffer;

	if (connection->busy || connection->length < 2)
		return;
	size = (size_t)(connection->in[0] << 8 | connection->in[1]);
	if (size > QUERY_MAX) {
		connection_close(connection);
		return;
	}
	if (connection->length < 2 + size)
		return;
	length = authority_reply(connection->authority, connection->in + 2,
		size, connection->out + 2, false);
	connection->length -= 2 + size;
	memmove(connection->in, connection->in + 2 + size, connection->length);
	if (length == 0)
		return;
	connection->out[0] = (uint8_t)(length >> 8);
	connection->out[1] = (uint8_t)length;
	connection->busy = true;
	buffer = uv_buf_init((char *)connection->out, (unsigned)(2 + length));
	if (uv_write(&connection->write, (uv_stream_t *)&connection->tcp,
		    &buffer, 1, on_written) != 0)
		connection_close(connection);
}

static void
lend_rest(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
	struct connection *connection = handle->data;
	size_t used = connection->length;

	(void)size;
	*buffer = uv_buf_init((char *)connection->in + used,
		(unsigned)(sizeof(connection->in) - used));
}

static void
on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct connection *connection = stream->data;

	(void)buffer;
	if (size < 0) {
		connection_close(connection);
		return;
	}
	connection->length += (size_t)size;
	uv_timer_start(&connection->timer, on_idle, IDLE_MS, 0);
	read_more(connection);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct connection *connection;

	if (status < 0 || (connection = calloc(1, sizeof(*connection))) == NULL)
		return;
	connection->authority = listener->data;
	connection->open = 2;
	uv_tcp_init(listener->loop, &connection->tcp);
	uv_timer_init(listener->loop, &connection->timer);
	connection->tcp.data = connection;
	connection->timer.data = connection;
	connection->write.data = connection;
	uv_timer_start(&connection->timer, on_idle, IDLE_MS, 0);
	if (uv_accept(listener, (uv_stream_t *)&connection->tcp) != 0 ||
		uv_read_start((uv_stream_t *)&connection->tcp, lend_rest,
			on_read) != 0)
		connection_close(connection);
}

void
authority_tcp_listen(uv_loop_t *loop, struct authority *authority,
	const struct sockaddr *address)
{
	uv_tcp_init(loop, &authority->tcp);
	authority->tcp.data = authority;
	authority_check(uv_tcp_bind(&authority->tcp, address, 0), "TCP");
	authority_check(uv_listen((uv_stream_t *)&authority->tcp, BACKLOG,
				on_connection),
		"TCP");
}
