/*
 * smtp: whatever a server says, cut in whatever way, the outcome is the same
 * and the dialogue keeps its promises. The first octet of the input says how
 * the conversation ends; what follows the first 0xff is said inside TLS.
 */
#include "scanner/core/smtp.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

struct conversation {
	struct smtp smtp;
	char sent[1000];
	size_t sent_len;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
feed(struct conversation *o, const uint8_t *data, size_t len, size_t piece)
{
	const char *output;
	size_t part, sent;

	for (; len > 0; data += part, len -= part) {
		part = len < piece ? len : piece;
		smtp_input(&o->smtp, data, part);
		while (smtp_want(&o->smtp) == SMTP_WANT_WRITE) {
			output = smtp_output(&o->smtp, &sent);
			CHECK(sent <= sizeof(o->sent) - o->sent_len);
			memcpy(o->sent + o->sent_len, output, sent);
			o->sent_len += sent;
			smtp_sent(&o->smtp);
		}
	}
}

static void
converse(struct conversation *o, const uint8_t *data, size_t size, size_t piece)
{
	const uint8_t *inside = memchr(data, 0xff, size);
	size_t plain = inside ? (size_t)(inside - data) : size;

	memset(o, 0, sizeof(*o));
	smtp_init(&o->smtp, "scanner.example");
	feed(o, data + 1, plain - 1, piece);
	if (inside && smtp_want(&o->smtp) == SMTP_WANT_TLS) {
		smtp_tls_done(&o->smtp);
		feed(o, inside + 1, size - plain - 1, piece);
	}
	if (data[0] & 4)
		return;
	if (data[0] & 1)
		smtp_closed(&o->smtp, data[0] & 2);
	else
		smtp_timeout(&o->smtp, data[0] & 2);
	CHECK(smtp_want(&o->smtp) == SMTP_WANT_CLOSE);
}

static void
check(const struct conversation *o)
{
	const char *c;

	CHECK(o->smtp.failure == REASON_NONE ||
		o->smtp.phase <= FACT_PHASE_HANDSHAKE);
	CHECK(memchr(o->smtp.text, '\0', sizeof(o->smtp.text)));
	for (c = o->smtp.text; *c; c++)
		CHECK(*c >= ' ' && *c <= '~');
	CHECK(!memmem(o->sent, o->sent_len, "MAIL", 4));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conversation whole, octets;

	if (size == 0 || data[0] == 0xff)
		return 0;
	converse(&whole, data, size, size);
	converse(&octets, data, size, 1);
	check(&whole);
	CHECK(whole.smtp.failure == octets.smtp.failure);
	CHECK(whole.smtp.phase == octets.smtp.phase);
	CHECK(whole.smtp.code == octets.smtp.code);
	CHECK(whole.smtp.flags == octets.smtp.flags);
	CHECK(strcmp(whole.smtp.text, octets.smtp.text) == 0);
	CHECK(whole.sent_len == octets.sent_len);
	CHECK(memcmp(whole.sent, octets.sent, whole.sent_len) == 0);
	return 0;
}
