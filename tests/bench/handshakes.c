/*
 * The floor for probing mail servers: OpenSSL and blocking sockets, nothing
 * else. One conversation after the other, as the scanner holds them: banner,
 * EHLO, STARTTLS, handshake, EHLO inside TLS, QUIT.
 *
 *   handshakes [--plain] < list      lines: address, name for SNI
 *
 * --plain: QUIT in place of STARTTLS, so that the part of TLS can be told.
 * Prints the number of conversations, and of seconds of user and system time.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 25
#define EHLO "EHLO scanner.example\r\n"

struct client {
	int fd;
	SSL *ssl; /* NULL before the handshake */
};

static int
connect_to(const char *address)
{
	struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
	int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	int at_once = 1; /* no waiting for acknowledgements */
	int status;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
	if (!is_six)
		inet_pton(AF_INET, address, &four.sin_addr);
	status = is_six ? connect(fd, (struct sockaddr *)&six, sizeof(six))
			: connect(fd, (struct sockaddr *)&four, sizeof(four));
	if (status == 0)
		return fd;
	close(fd);
	return -1;
}

/* Read up to the last line of a reply; is its code this digit? */
static bool
expect(struct client *client, char digit)
{
	char text[4096];
	size_t length = 0;

	while (length < sizeof(text) - 1) {
		size_t room = sizeof(text) - 1 - length;
		ssize_t got = client->ssl != NULL
				      ? SSL_read(client->ssl, text + length,
						(int)room)
				      : read(client->fd, text + length, room);
		char *last;

		if (got <= 0)
			return false;
		length += (size_t)got;
		text[length] = '\0';
		if (text[length - 1] != '\n')
			continue;
		text[length - 1] = '\0';
		last = strrchr(text, '\n');
		last = last != NULL ? last + 1 : text;
		if (strlen(last) > 3 && last[3] == ' ')
			return last[0] == digit;
		text[length - 1] = '\n';
	}
	return false;
}

static bool
say(struct client *client, const char *text, char digit)
{
	size_t length = strlen(text);

	if (client->ssl != NULL)
		return SSL_write(client->ssl, text, (int)length) > 0 &&
		       expect(client, digit);
	return write(client->fd, text, length) == (ssize_t)length &&
	       expect(client, digit);
}

static bool
begin_tls(struct client *client, SSL_CTX *context, const char *name)
{
	char own[256]; /* OpenSSL wants it writable */

	snprintf(own, sizeof(own), "%s", name);
	client->ssl = SSL_new(context);
	return client->ssl != NULL &&
	       SSL_set_tlsext_host_name(client->ssl, own) == 1 &&
	       SSL_set_fd(client->ssl, client->fd) == 1 &&
	       SSL_connect(client->ssl) == 1;
}

static bool
converse(SSL_CTX *context, const char *address, const char *name, bool plain)
{
	struct client client = {.fd = connect_to(address)};
	bool good;

	if (client.fd < 0)
		return false;
	good = expect(&client, '2') && say(&client, EHLO, '2');
	if (good && !plain)
		good = say(&client, "STARTTLS\r\n", '2') &&
		       begin_tls(&client, context, name) &&
		       say(&client, EHLO, '2');
	good = good && say(&client, "QUIT\r\n", '2');
	SSL_free(client.ssl);
	close(client.fd);
	ERR_clear_error();
	return good;
}

static double
seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	bool plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
	bool both = argc > 1 && strcmp(argv[1], "--both") == 0;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL_CTX *rsa = SSL_CTX_new(TLS_client_method());
	/* The library's macro wants it writable. */
	char algorithms[] = "rsa_pss_rsae_sha256:RSA+SHA256";
	char address[64], name[256];
	struct rusage usage;
	unsigned long done = 0, failed = 0;

	if (context == NULL || rsa == NULL)
		return 1;
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_cache_mode(rsa, SSL_SESS_CACHE_OFF);
	SSL_CTX_set1_sigalgs_list(rsa, algorithms);
	SSL_CTX_set_cipher_list(rsa, "aRSA");
	while (scanf("%63s %255s", address, name) == 2) {
		if (converse(context, address, name, plain))
			done++;
		else
			failed++;
		if (both)
			converse(rsa, address, name, false);
	}
	SSL_CTX_free(context);
	SSL_CTX_free(rsa);
	getrusage(RUSAGE_SELF, &usage);
	printf("%lu %lu %.3f %.3f\n", done, failed, seconds(usage.ru_utime),
		seconds(usage.ru_stime));
	return failed > 0;
}
