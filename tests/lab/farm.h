/*
 * One address of the mail farm, its certificates, and what happens on it.
 */
#ifndef TESTS_LAB_FARM_H
#define TESTS_LAB_FARM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <uv.h>

#define MAX_CERTIFICATES 2
#define REPLY_MAX 512

/* Where a script leaves the usual way. */
enum stage {
	STAGE_NONE,
	STAGE_CONNECT,
	STAGE_BANNER,
	STAGE_EHLO,
	STAGE_STARTTLS,
	STAGE_HANDSHAKE,
	STAGE_EHLO_TLS
};

struct certificate {
	char *name;
	char *pem; /* key, leaf, chain */
	size_t size;
	X509 *leaf; /* NULL until it is used */
	EVP_PKEY *key;
	STACK_OF(X509) * chain;
};

/* The certificates of a file, sorted by name. */
struct certificates {
	struct certificate *list;
	size_t count;
};

struct mail_server {
	struct farm *farm;
	uv_tcp_t listener;
	char address[64];
	struct certificate *certificates[MAX_CERTIFICATES];
	size_t certificate_count;
	enum stage never; /* nothing more comes */
	enum stage close;
	enum stage reset;
	const char *banner;   /* NULL: 220 */
	const char *starttls; /* NULL: yes; "no": not offered; else the reply */
	bool blackhole;
};

struct farm {
	uv_loop_t loop;
	SSL_CTX *context;
	struct certificates certificates;
	FILE *log;
};

/* End the program with a line on standard error. */
_Noreturn void farm_die(const char *what, const char *detail);

/* Read the file that mint.py describes. */
void certificates_read(struct certificates *certificates, const char *path);

/* The certificate of a name, which has to be there. */
struct certificate *certificates_find(
	const struct certificates *certificates, char *name);

/* Let a server's connection show it, beside those of other kinds of key. */
void certificate_use(struct certificate *certificate, SSL *ssl);

/* Begin a conversation with the client that waits at the server's door. */
void session_accept(struct mail_server *server);

#endif
