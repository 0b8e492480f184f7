/*
 * One conversation of the mail farm.
 */
#include <ctype.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/lab/farm.h"

#define LINE_MAX_OCTETS 1024
#define CHUNK 16384

struct session {
	struct mail_server *server;
	uv_tcp_t tcp;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t length_in; /* octets of the client */
	SSL *ssl;	    /* NULL before STARTTLS */
	BIO *in;	    /* of ssl */
	BIO *out;
	size_t writes; /* under way */
	bool leaving;  /* to be closed when all is written */
	bool mute;     /* the script says that nothing more comes */
	bool left;     /* the script or TLS ended the usual way */
	bool said_starttls;
	bool handshaken;
	bool said_quit;
	bool said_mail;
	char ehlo[256];
	char line[LINE_MAX_OCTETS];
	size_t length; /* of the line so far */
	char chunk[CHUNK];
};

struct reply {
	uv_write_t write;
	struct session *session;
	char data[];
};

static void
on_closed(uv_handle_t *handle)
{
	struct session *session = handle->data;

	fprintf(session->server->farm->log, "%s %llu %llu %d %d %d %d %d %s\n",
		session->server->address, (unsigned long long)session->start_ns,
		(unsigned long long)session->end_ns, session->said_starttls,
		session->handshaken, session->said_quit, session->said_mail,
		session->left, session->ehlo[0] != '\0' ? session->ehlo : "-");
	SSL_free(session->ssl);
	free(session);
}

/* When the client had done its part: a busy farm sees that later than it was.
 * Its last octets end the conversation where they are QUIT, or TLS that failed;
 * else the end is now. */
static void
note_end(struct session *session)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);
	int fd = -1;

	session->end_ns = uv_hrtime();
	if ((session->said_quit || session->left) && !session->mute &&
		uv_fileno((uv_handle_t *)&session->tcp, &fd) == 0 &&
		session->length_in > 0 &&
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
		session->end_ns -= info.tcpi_last_data_recv * 1000000ull;
}

static void
session_close(struct session *session)
{
	if (uv_is_closing((uv_handle_t *)&session->tcp))
		return;
	note_end(session);
	uv_close((uv_handle_t *)&session->tcp, on_closed);
}

static void
session_reset(struct session *session)
{
	if (uv_is_closing((uv_handle_t *)&session->tcp))
		return;
	note_end(session);
	if (uv_tcp_close_reset(&session->tcp, on_closed) != 0)
		session_close(session);
}

static void
on_written(uv_write_t *write, int status)
{
	struct reply *reply = (struct reply *)write;
	struct session *session = reply->session;

	free(reply);
	session->writes--;
	if (status < 0 || (session->leaving && session->writes == 0))
		session_close(session);
}

static void
send_octets(struct session *session, const void *data, size_t size)
{
	struct reply *reply = malloc(sizeof(*reply) + size);
	uv_buf_t buffer;

	if (reply == NULL)
		farm_die("out of memory", "");
	reply->session = session;
	memcpy(reply->data, data, size);
	buffer = uv_buf_init(reply->data, (unsigned)size);
	session->writes++;
	if (uv_write(&reply->write, (uv_stream_t *)&session->tcp, &buffer, 1,
		    on_written) != 0) {
		free(reply);
		session->writes--;
		session_close(session);
	}
}

/* What TLS has to send. */
static void
flush_tls(struct session *session)
{
	char *data;
	long size = BIO_get_mem_data(session->out, &data);

	if (size > 0)
		send_octets(session, data, (size_t)size);
	(void)BIO_reset(session->out);
}

static void
say(struct session *session, const char *text)
{
	char line[REPLY_MAX + 3];
	int length = snprintf(line, sizeof(line), "%s\r\n", text);

	if (session->ssl == NULL) {
		send_octets(session, line, (size_t)length);
		return;
	}
	SSL_write(session->ssl, line, length);
	flush_tls(session);
}

/* Does the script leave the usual way here? */
static bool
leaves(struct session *session, enum stage stage)
{
	const struct mail_server *server = session->server;

	if (server->never == stage)
		session->mute = true;
	else if (server->close == stage)
		session_close(session);
	else if (server->reset == stage)
		session_reset(session);
	else
		return false;
	session->left = true;
	return true;
}

static void
begin_tls(struct session *session)
{
	const struct mail_server *server = session->server;

	session->ssl = SSL_new(server->farm->context);
	session->in = BIO_new(BIO_s_mem());
	session->out = BIO_new(BIO_s_mem());
	if (session->ssl == NULL || session->in == NULL || session->out == NULL)
		farm_die("out of memory", "");
	SSL_set_bio(session->ssl, session->in, session->out);
	for (size_t i = 0; i < server->certificate_count; i++)
		certificate_use(server->certificates[i], session->ssl);
	SSL_set_accept_state(session->ssl);
}

static void
on_ehlo(struct session *session, const char *name)
{
	const char *starttls = session->server->starttls;

	snprintf(session->ehlo, sizeof(session->ehlo), "%s", name);
	for (char *at = session->ehlo; *at != '\0'; at++)
		if (!isgraph((unsigned char)*at))
			*at = '?';
	if (leaves(session, session->ssl != NULL ? STAGE_EHLO_TLS : STAGE_EHLO))
		return;
	if (session->ssl != NULL ||
		(starttls != NULL && strcmp(starttls, "no") == 0))
		say(session, "250-farm.example\r\n250 8BITMIME");
	else
		say(session,
			"250-farm.example\r\n250-8BITMIME\r\n250 STARTTLS");
}

static void
on_starttls(struct session *session)
{
	const char *starttls = session->server->starttls;

	session->said_starttls = true;
	if (leaves(session, STAGE_STARTTLS))
		return;
	if (starttls != NULL) {
		char text[REPLY_MAX];

		snprintf(text, sizeof(text), "%s TLS not available",
			strcmp(starttls, "no") == 0 ? "502 5.5.1" : starttls);
		say(session, text);
		return;
	}
	say(session, "220 2.0.0 Ready");
	begin_tls(session);
}

static void
on_line(struct session *session, char *line)
{
	if (strncasecmp(line, "EHLO ", 5) == 0) {
		on_ehlo(session, line + 5);
	} else if (strcasecmp(line, "STARTTLS") == 0 && session->ssl == NULL) {
		on_starttls(session);
	} else if (strcasecmp(line, "QUIT") == 0) {
		session->said_quit = true;
		session->leaving = true;
		say(session, "221 2.0.0 Bye");
	} else if (strncasecmp(line, "MAIL", 4) == 0) {
		session->said_mail = true;
		say(session, "250 2.1.0 Ok");
	} else {
		say(session, "502 5.5.1 Not here");
	}
}

/* Plain text of the client, line by line; what comes after STARTTLS in one
 * piece with it is not for us. */
static void
on_text(struct session *session, const char *data, size_t size)
{
	const SSL *before = session->ssl;

	for (size_t i = 0; i < size && before == session->ssl &&
			   !session->mute && !session->leaving;
		i++) {
		if (session->length == sizeof(session->line)) {
			session_close(session);
			return;
		}
		session->line[session->length++] = data[i];
		if (data[i] != '\n')
			continue;
		session->line[session->length - 1] = '\0';
		session->line[strcspn(session->line, "\r")] = '\0';
		session->length = 0;
		on_line(session, session->line);
	}
}

static void
on_tls(struct session *session, const char *data, size_t size)
{
	char text[CHUNK];
	int got;

	if (!session->handshaken && leaves(session, STAGE_HANDSHAKE))
		return;
	BIO_write(session->in, data, (int)size);
	while ((got = SSL_read(session->ssl, text, sizeof(text))) > 0) {
		session->handshaken = true;
		on_text(session, text, (size_t)got);
		if (uv_is_closing((uv_handle_t *)&session->tcp))
			return;
	}
	session->handshaken = SSL_is_init_finished(session->ssl);
	got = SSL_get_error(session->ssl, got);
	ERR_clear_error();
	flush_tls(session);
	if (got != SSL_ERROR_WANT_READ && !session->leaving) {
		session->left = !session->handshaken;
		session->leaving = true;
		if (session->writes == 0)
			session_close(session);
	}
}

static void
lend_chunk(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
	struct session *session = handle->data;

	(void)size;
	*buffer = uv_buf_init(session->chunk, sizeof(session->chunk));
}

static void
on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct session *session = stream->data;

	session->length_in += size > 0 ? (uint64_t)size : 0;
	if (size < 0)
		session_close(session);
	else if (session->mute || session->leaving)
		return;
	else if (session->ssl != NULL)
		on_tls(session, buffer->base, (size_t)size);
	else
		on_text(session, buffer->base, (size_t)size);
}

void
session_accept(struct mail_server *server)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		farm_die("out of memory", "");
	session->server = server;
	session->start_ns = uv_hrtime();
	uv_tcp_init(&server->farm->loop, &session->tcp);
	session->tcp.data = session;
	if (uv_accept((uv_stream_t *)&server->listener,
		    (uv_stream_t *)&session->tcp) != 0) {
		session_close(session);
		return;
	}
	uv_tcp_nodelay(&session->tcp, 1);
	uv_read_start((uv_stream_t *)&session->tcp, lend_chunk, on_read);
	if (leaves(session, STAGE_CONNECT) || leaves(session, STAGE_BANNER))
		return;
	if (server->banner != NULL && strncmp(server->banner, "421", 3) == 0)
		session->left = session->leaving = true;
	say(session, server->banner != NULL ? server->banner
					    : "220 farm.example ESMTP");
}
