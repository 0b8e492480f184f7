/*
 * tls: handshakes with OpenSSL's server and with crafted octets, all in
 * memory.
 */
#include "scanner/probe/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <cmocka.h>

#include "tests/unit/probe/identity.h"

struct fixture {
	struct tls_context *context;
	struct arena *arena;
	struct identity ca;
	struct identity ec;
	struct identity rsa;
	struct identity ed25519;
};

/* The server's side, with the wire between. */
struct peer {
	SSL *ssl;
	BIO *in;  /* from the client */
	BIO *out; /* to the client */
};

static int
set_up(void **state)
{
	static struct fixture fixture;
	char err[100];

	fixture.context = tls_context_new(err, sizeof(err));
	fixture.arena = arena_new();
	fixture.ca = identity_new("EC", "Test CA", NULL);
	fixture.ec = identity_new("EC", "mx.example.com", &fixture.ca);
	fixture.rsa = identity_new("RSA", "mx.example.com", &fixture.ca);
	fixture.ed25519 = identity_new("ED25519", "mx.example.com", NULL);
	*state = &fixture;
	return fixture.context ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	tls_context_free(fixture->context);
	tls_context_free(NULL);
	tls_free(NULL);
	arena_free(fixture->arena);
	identity_free(&fixture->ca);
	identity_free(&fixture->ec);
	identity_free(&fixture->rsa);
	identity_free(&fixture->ed25519);
	return 0;
}

static void
peer_open(struct peer *peer, SSL_CTX *ctx)
{
	peer->ssl = SSL_new(ctx);
	peer->in = BIO_new(BIO_s_mem());
	peer->out = BIO_new(BIO_s_mem());
	SSL_set_bio(peer->ssl, peer->in, peer->out);
	SSL_set_accept_state(peer->ssl);
}

/* Client's octets to the server. */
static void
carry_out(struct tls *tls, struct peer *peer)
{
	char *data;
	size_t len;

	while ((len = tls_output(tls, &data)) > 0)
		BIO_write(peer->in, data, (int)len);
}

/* Up to piece octets from the server to the client: how many. */
static int
carry_in(struct tls *tls, struct peer *peer, int piece)
{
	char data[20000];
	int len = BIO_read(peer->out, data, piece);

	if (len > 0)
		assert_int_equal(tls_input(tls, data, (size_t)len), len);
	return len > 0 ? len : 0;
}

/* The client's result; its input comes in pieces of that many octets. */
static enum tls_result
shake(struct tls *tls, struct peer *peer, int piece)
{
	enum tls_result result = TLS_WAIT;
	int rounds, moved;

	for (rounds = 0; rounds < 10; rounds++) {
		do {
			result = tls_handshake(tls);
			carry_out(tls, peer);
			moved = carry_in(tls, peer, piece);
		} while (moved > 0 && result == TLS_WAIT);
		SSL_do_handshake(peer->ssl);
		if (result == TLS_FAILED ||
			(result == TLS_OK && SSL_is_init_finished(peer->ssl)))
			break;
	}
	return result;
}

static void
assert_certificate(const struct fact_certificate *got, X509 *expected)
{
	unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH];
	int len = i2d_X509(expected, &der);

	assert_int_equal(got->len, len);
	assert_memory_equal(got->der, der, got->len);
	SHA256(der, (size_t)len, digest);
	assert_memory_equal(got->sha256, digest, sizeof(digest));
	OPENSSL_free(der);
}

struct negotiation {
	const char *name;
	char leaf; /* e: EC, r: RSA, d: Ed25519 */
	int min, max;
	const char *ciphers; /* up to TLS 1.2, or NULL */
	const char *groups;
	const char *version;
	const char *cipher;
	const char *group;
	const char *key;
	bool legacy;
};

static const struct negotiation negotiations[] = {
	{"1.3", 'e', 0, 0, NULL, NULL, "TLSv1.3", "TLS_AES_256_GCM_SHA384",
		"X25519", "EC-256", false},
	{"1.3 P-256", 'e', 0, 0, NULL, "P-256", "TLSv1.3",
		"TLS_AES_256_GCM_SHA384", "P-256", "EC-256", false},
	{"1.3 only", 'r', TLS1_3_VERSION, 0, NULL, NULL, "TLSv1.3",
		"TLS_AES_256_GCM_SHA384", "X25519", "RSA-1024", false},
	{"1.3 ffdhe", 'e', 0, 0, NULL, "ffdhe2048", "TLSv1.3",
		"TLS_AES_256_GCM_SHA384", "DH-2048", "EC-256", false},
	{"1.3 X448", 'd', 0, 0, NULL, "X448", "TLSv1.3",
		"TLS_AES_256_GCM_SHA384", "X448", "Ed25519", false},
	{"1.2", 'e', 0, TLS1_2_VERSION, NULL, "P-384", "TLSv1.2",
		"ECDHE-ECDSA-AES256-GCM-SHA384", "P-384", "EC-256", false},
	{"1.2 X25519", 'r', 0, TLS1_2_VERSION, NULL, "X25519", "TLSv1.2",
		"ECDHE-RSA-AES256-GCM-SHA384", "X25519", "RSA-1024", false},
	{"D39 1.2 DHE", 'r', 0, TLS1_2_VERSION, "DHE-RSA-AES128-SHA", NULL,
		"TLSv1.2", "DHE-RSA-AES128-SHA", "DH-1024", "RSA-1024", false},
	{"D39 1.2 RSA key exchange", 'r', 0, TLS1_2_VERSION, "AES128-SHA", NULL,
		"TLSv1.2", "AES128-SHA", NULL, "RSA-1024", false},
	{"1.1", 'r', TLS1_VERSION, TLS1_1_VERSION, NULL, NULL, "TLSv1.1",
		"ECDHE-RSA-AES256-SHA", "X25519", "RSA-1024", true},
	{"1.0", 'r', TLS1_VERSION, TLS1_VERSION, NULL, NULL, "TLSv1",
		"ECDHE-RSA-AES256-SHA", "X25519", "RSA-1024", true},
	{"1.0 EC", 'e', TLS1_VERSION, TLS1_VERSION, NULL, "P-256", "TLSv1",
		"ECDHE-ECDSA-AES256-SHA", "P-256", "EC-256", true},
};

static void
negotiate(struct fixture *fixture, const struct negotiation *n, int piece)
{
	const struct identity *leaf = n->leaf == 'e'   ? &fixture->ec
				      : n->leaf == 'r' ? &fixture->rsa
						       : &fixture->ed25519;
	SSL_CTX *ctx = identity_server(leaf, &fixture->ca, n->min, n->max);
	struct tls *tls = tls_new(
		fixture->context, "mx.example.com", FACT_KEY_ANY);
	const struct fact_tls *facts;
	const char *name;
	char groups[20]; /* OpenSSL wants it writable */
	struct peer peer;

	print_message("%s, %d octets at once\n", n->name, piece);
	if (n->ciphers)
		SSL_CTX_set_cipher_list(ctx, n->ciphers);
	snprintf(groups, sizeof(groups), "%s", n->groups ? n->groups : "");
	if (n->groups)
		SSL_CTX_set1_groups_list(ctx, groups);
	peer_open(&peer, ctx);
	assert_int_equal(shake(tls, &peer, piece), TLS_OK);
	name = SSL_get_servername(peer.ssl, TLSEXT_NAMETYPE_host_name);
	assert_string_equal(name, "mx.example.com");
	facts = tls_facts(tls, fixture->arena);
	assert_non_null(facts);
	assert_string_equal(facts->version, n->version);
	assert_string_equal(facts->cipher, n->cipher);
	if (n->group)
		assert_string_equal(facts->group, n->group);
	else
		assert_null(facts->group);
	assert_string_equal(facts->key, n->key);
	assert_int_equal(facts->chain_len, 2);
	assert_certificate(&facts->chain[0], leaf->cert);
	assert_certificate(&facts->chain[1], fixture->ca.cert);
	for (size_t i = 0; i < facts->chain_len; i++)
		assert_non_null(facts->chain[i].parsed);
	assert_int_equal(tls_is_legacy(tls), n->legacy);
	assert_false(tls_lacks_secure_renegotiation(tls)); /* D38 */
	assert_int_equal(tls_is_13(tls), strcmp(n->version, "TLSv1.3") == 0);
	tls_free(tls);
	SSL_free(peer.ssl);
	SSL_CTX_free(ctx);
}

static void
test_negotiations(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(negotiations) / sizeof(negotiations[0]); i++) {
		negotiate(*state, &negotiations[i], 16384);
		negotiate(*state, &negotiations[i], 1);
	}
}

/* A server with two certificates, or one, and a client that wants one kind of
   key; NULL: the handshake fails. */
static const struct {
	const char *name;
	bool ec, rsa;
	int max;
	enum fact_key wanted;
	const char *key;
} choices[] = {
	{"1.3 both", true, true, 0, FACT_KEY_ANY, "EC-256"},
	{"1.3 both, RSA", true, true, 0, FACT_KEY_RSA, "RSA-1024"},
	{"1.3 both, ECDSA", true, true, 0, FACT_KEY_ECDSA, "EC-256"},
	{"1.2 both, RSA", true, true, TLS1_2_VERSION, FACT_KEY_RSA, "RSA-1024"},
	{"1.2 both, ECDSA", true, true, TLS1_2_VERSION, FACT_KEY_ECDSA,
		"EC-256"},
	{"1.0 both, RSA", true, true, TLS1_VERSION, FACT_KEY_RSA, "RSA-1024"},
	{"1.0 both, ECDSA", true, true, TLS1_VERSION, FACT_KEY_ECDSA, "EC-256"},
	{"1.3 EC, RSA", true, false, 0, FACT_KEY_RSA, NULL},
	{"1.3 RSA, ECDSA", false, true, 0, FACT_KEY_ECDSA, NULL},
	{"1.2 EC, RSA", true, false, TLS1_2_VERSION, FACT_KEY_RSA, NULL},
	{"1.2 RSA, ECDSA", false, true, TLS1_2_VERSION, FACT_KEY_ECDSA, NULL},
	{"1.0 RSA, ECDSA", false, true, TLS1_VERSION, FACT_KEY_ECDSA, NULL},
};

/* The issuer of all is one key, so the chain does not stand in the way. */
static void
test_kinds_of_key(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		const struct identity *leaf = choices[i].ec ? &f->ec : &f->rsa;
		SSL_CTX *ctx = identity_server(leaf, NULL,
			choices[i].max == TLS1_VERSION ? TLS1_VERSION : 0,
			choices[i].max);
		struct tls *tls = tls_new(f->context, NULL, choices[i].wanted);
		struct peer peer;

		print_message("%s\n", choices[i].name);
		if (choices[i].ec && choices[i].rsa) {
			SSL_CTX_use_certificate(ctx, f->rsa.cert);
			SSL_CTX_use_PrivateKey(ctx, f->rsa.key);
		}
		peer_open(&peer, ctx);
		if (choices[i].key != NULL) {
			assert_int_equal(shake(tls, &peer, 16384), TLS_OK);
			assert_string_equal(
				tls_facts(tls, f->arena)->key, choices[i].key);
		} else {
			assert_int_equal(shake(tls, &peer, 16384), TLS_FAILED);
			assert_int_equal(
				tls_error(tls)->reason, REASON_TLS_ALERT_40);
		}
		tls_free(tls);
		SSL_free(peer.ssl);
		SSL_CTX_free(ctx);
	}
}

/* Plaintext both ways, then close_notify both ways. */
static void
test_talk(void **state)
{
	struct fixture *fixture = *state;
	SSL_CTX *ctx = identity_server(&fixture->ec, NULL, 0, 0);
	struct tls *tls = tls_new(fixture->context, NULL, FACT_KEY_ANY);
	struct peer peer;
	char data[100];
	size_t len;

	peer_open(&peer, ctx);
	assert_int_equal(shake(tls, &peer, 16384), TLS_OK);
	assert_null(SSL_get_servername(peer.ssl, TLSEXT_NAMETYPE_host_name));
	tls_write(tls, "EHLO x\r\n", 8);
	carry_out(tls, &peer);
	assert_int_equal(SSL_read(peer.ssl, data, sizeof(data)), 8);
	assert_memory_equal(data, "EHLO x\r\n", 8);
	SSL_write(peer.ssl, "250 y\r\n", 7);
	SSL_shutdown(peer.ssl);
	while (carry_in(tls, &peer, 16384) > 0)
		;
	assert_int_equal(tls_read(tls, data, 4, &len), TLS_OK);
	assert_int_equal(len, 4);
	assert_int_equal(tls_read(tls, data, sizeof(data), &len), TLS_OK);
	assert_int_equal(len, 3);
	assert_int_equal(tls_read(tls, data, sizeof(data), &len), TLS_CLOSED);
	tls_shutdown(tls);
	carry_out(tls, &peer);
	assert_int_equal(SSL_read(peer.ssl, data, sizeof(data)), 0);
	assert_int_equal(SSL_get_error(peer.ssl, 0), SSL_ERROR_ZERO_RETURN);
	tls_free(tls);
	SSL_free(peer.ssl);
	SSL_CTX_free(ctx);
}

static int
warn(SSL *ssl, int *alert, void *arg)
{
	(void)ssl;
	(void)arg;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_WARNING;
}

/* D31 D51: a server may say that it does not know the name, and go on; every
   conversation sees a chain, whatever the server remembers. */
static void
test_warning_and_resumption(void **state)
{
	struct fixture *fixture = *state;
	SSL_CTX *ctx = identity_server(&fixture->ec, NULL, 0, TLS1_2_VERSION);

	SSL_CTX_set_tlsext_servername_callback(ctx, warn);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"x", 1);
	for (int i = 0; i < 2; i++) {
		struct tls *tls = tls_new(
			fixture->context, "mx.example.com", FACT_KEY_ANY);
		struct peer peer;

		peer_open(&peer, ctx);
		assert_int_equal(shake(tls, &peer, 16384), TLS_OK);
		assert_false(SSL_session_reused(peer.ssl));
		assert_int_equal(tls_facts(tls, fixture->arena)->chain_len, 1);
		tls_free(tls);
		SSL_free(peer.ssl);
	}
	SSL_CTX_free(ctx);
}

/* D36: when the refusal comes depends on the version. */
static void
test_client_certificate(void **state)
{
	static const struct {
		int max;
		enum tls_result handshake;
		enum reason reason;
	} cases[] = {
		{TLS1_2_VERSION, TLS_FAILED, REASON_TLS_ALERT_40},
		{TLS1_3_VERSION, TLS_OK, REASON_TLS_ALERT_116},
	};
	struct fixture *fixture = *state;
	char data[100];
	size_t i, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SSL_CTX *ctx = identity_server(
			&fixture->ec, NULL, 0, cases[i].max);
		struct tls *tls = tls_new(fixture->context, NULL, FACT_KEY_ANY);
		struct peer peer;

		SSL_CTX_set_verify(ctx,
			SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			NULL);
		peer_open(&peer, ctx);
		assert_int_equal(shake(tls, &peer, 16384), cases[i].handshake);
		if (cases[i].handshake == TLS_OK) {
			while (carry_in(tls, &peer, 16384) > 0)
				;
			assert_int_equal(
				tls_read(tls, data, sizeof(data), &len),
				TLS_FAILED);
		}
		assert_int_equal(tls_error(tls)->reason, cases[i].reason);
		assert_true(tls_error(tls)->alert);
		/* Nothing may be said on a connection that has failed. */
		tls_shutdown(tls);
		tls_free(tls);
		SSL_free(peer.ssl);
		SSL_CTX_free(ctx);
	}
}

#define OCTETS(text) text, sizeof(text) - 1

/* What may come in place of a ServerHello. */
static const struct {
	const char *name;
	const char *octets;
	size_t len;
	enum reason reason;
	bool alert;
	const char *text; /* is in the error's */
} failures[] = {
	{"handshake_failure", OCTETS("\x15\x03\x03\x00\x02\x02\x28"),
		REASON_TLS_ALERT_40, true, "(1040)"},
	{"protocol_version", OCTETS("\x15\x03\x01\x00\x02\x02\x46"),
		REASON_TLS_ALERT_70, true, "(1070)"},
	{"unrecognized_name", OCTETS("\x15\x03\x03\x00\x02\x02\x70"),
		REASON_TLS_ALERT_112, true, "(1112)"},
	{"no registered alert", OCTETS("\x15\x03\x03\x00\x02\x02\x63"),
		REASON_TLS_HANDSHAKE, true, "(1099)"},
	{"close_notify", OCTETS("\x15\x03\x03\x00\x02\x01\x00"),
		REASON_TLS_ALERT_0, true, "close notify"},
	{"SSL 3 alert", OCTETS("\x15\x03\x00\x00\x02\x02\x28"),
		REASON_TLS_ALERT_40, true, "(1040)"},
	{"SSL 3 ServerHello",
		OCTETS("\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00"
		       "0123456789abcdef0123456789abcdef"
		       "\x00\x00\x2f\x00"),
		REASON_TLS_PROTOCOL, false, "(258)"},
	{"SSL 2 ServerHello", OCTETS("\x80\x2b\x04\x00\x01\x00\x02\x00\x00"),
		REASON_TLS_PROTOCOL, false, "(267)"},
	{"plaintext", OCTETS("454 4.7.0 no TLS today\r\n"), REASON_TLS_NOT_TLS,
		false, "454 4.7.0 no TLS today\r\n"},
	{"short plaintext", OCTETS("no"), REASON_TLS_NOT_TLS, false, "no"},
	{"empty line", OCTETS("\r\n"), REASON_TLS_NOT_TLS, false, "\r\n"},
	{"wrong message", OCTETS("\x16\x03\x03\x00\x04\x0e\x00\x00\x00"),
		REASON_TLS_HANDSHAKE, false, "("},
	{"record too long", OCTETS("\x16\x03\x03\xff\xff"),
		REASON_TLS_HANDSHAKE, false, "("},
};

static void
test_failures(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct tls *tls = tls_new(
			fixture->context, "mx.example.com", FACT_KEY_ANY);
		const struct tls_error *error = tls_error(tls);
		char *hello;

		print_message("%s\n", failures[i].name);
		assert_int_equal(tls_handshake(tls), TLS_WAIT);
		assert_in_range(tls_output(tls, &hello), 100, 1000);
		assert_int_equal(
			tls_input(tls, failures[i].octets, failures[i].len),
			failures[i].len);
		assert_int_equal(tls_handshake(tls), TLS_FAILED);
		assert_int_equal(error->reason, failures[i].reason);
		assert_int_equal(error->alert, failures[i].alert);
		assert_non_null(strstr(error->text, failures[i].text));
		assert_int_equal(ERR_peek_error(), 0);
		tls_free(tls);
	}
}

/* D38: a server without RFC 5746 is talked to: no extension in its hello, and
   the client waits for what follows. */
static void
test_unsafe_renegotiation(void **state)
{
	static const char hello[] =
		"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"
		"0123456789abcdef0123456789abcdef"
		"\x00\x00\x2f\x00";
	struct fixture *fixture = *state;
	struct tls *tls = tls_new(
		fixture->context, "mx.example.com", FACT_KEY_ANY);
	char *output;

	assert_int_equal(tls_handshake(tls), TLS_WAIT);
	assert_in_range(tls_output(tls, &output), 100, 1000);
	assert_int_equal(
		tls_input(tls, hello, sizeof(hello) - 1), sizeof(hello) - 1);
	assert_int_equal(tls_handshake(tls), TLS_WAIT);
	tls_free(tls);
}

/* An incomplete record is waited for; what is too much is not taken. */
static void
test_input(void **state)
{
	struct fixture *fixture = *state;
	struct tls *tls = tls_new(fixture->context, NULL, FACT_KEY_ANY);
	char data[40000] = "\x16\x03\x03\x40\x00";

	assert_int_equal(tls_handshake(tls), TLS_WAIT);
	assert_int_equal(tls_input(tls, data, 5), 5);
	assert_int_equal(tls_handshake(tls), TLS_WAIT);
	assert_in_range(tls_input(tls, data, sizeof(data)), 16384, 20000);
	assert_int_equal(tls_input(tls, data, sizeof(data)), 0);
	tls_free(tls);
}

static void
test_server_name(void **state)
{
	struct fixture *fixture = *state;
	char name[300];
	struct tls *tls;

	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	tls = tls_new(fixture->context, name, FACT_KEY_ANY);
	assert_non_null(tls);
	tls_free(tls);
	name[255] = 'a';
	name[256] = '\0';
	assert_null(tls_new(fixture->context, name, FACT_KEY_ANY));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_negotiations),
		cmocka_unit_test(test_kinds_of_key),
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_warning_and_resumption),
		cmocka_unit_test(test_client_certificate),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_unsafe_renegotiation),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_server_name),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
