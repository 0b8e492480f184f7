/*
 * The SMTP dialogue: entering a state queues a command, a reply decides which
 * state comes next.
 */
#include "scanner/core/smtp.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "250-", before the text of a reply line. */
enum {
	REPLY_PREFIX = 4
};

static void
send_command(struct smtp *smtp, const char *verb, const char *argument)
{
	/* A server that answers before it is asked lets commands queue up. */
	size_t room = sizeof(smtp->output) - smtp->output_len;
	int len = snprintf(smtp->output + smtp->output_len, room, "%s%s%s\r\n",
		verb, argument ? " " : "", argument ? argument : "");

	assert(len > 0 && (size_t)len < room);
	smtp->output_len += (size_t)len;
}

static void
enter(struct smtp *smtp, enum fact_phase state)
{
	bool failed = smtp->failure != REASON_NONE ||
		      smtp->flags & FLAG_BIT(FLAG_POST_TLS_EHLO_FAIL);

	smtp->state = state;
	if (!failed)
		smtp->phase = state;
	switch (state) {
	case FACT_PHASE_EHLO:
	case FACT_PHASE_EHLO_TLS:
		/* RFC 3207 section 4.2: nothing learnt before TLS counts */
		send_command(smtp, "EHLO", smtp->ehlo);
		break;
	case FACT_PHASE_STARTTLS:
		send_command(smtp, "STARTTLS", NULL);
		break;
	case FACT_PHASE_QUIT:
		send_command(smtp, "QUIT", NULL);
		break;
	case FACT_PHASE_NONE:
	case FACT_PHASE_CONNECT:
	case FACT_PHASE_BANNER:
	case FACT_PHASE_HANDSHAKE:
	case FACT_PHASE_DONE:
		break;
	}
}

void
smtp_init(struct smtp *smtp, const char *ehlo)
{
	assert(strlen(ehlo) <= SMTP_EHLO_MAX);
	memset(smtp, 0, sizeof(*smtp));
	smtp->ehlo = ehlo;
	enter(smtp, FACT_PHASE_BANNER);
}

enum smtp_want
smtp_want(const struct smtp *smtp)
{
	if (smtp->output_len > 0)
		return SMTP_WANT_WRITE;
	if (smtp->state == FACT_PHASE_HANDSHAKE)
		return SMTP_WANT_TLS;
	if (smtp->state == FACT_PHASE_DONE)
		return SMTP_WANT_CLOSE;
	return SMTP_WANT_READ;
}

const char *
smtp_output(const struct smtp *smtp, size_t *len)
{
	*len = smtp->output_len;
	return smtp->output;
}

void
smtp_sent(struct smtp *smtp)
{
	smtp->output_len = 0;
}

static void
keep_text(struct smtp *smtp, const char *text, size_t len)
{
	size_t i;

	if (len >= sizeof(smtp->text))
		len = sizeof(smtp->text) - 1;
	for (i = 0; i < len; i++)
		smtp->text[i] = text[i] >= ' ' && text[i] <= '~' ? text[i]
								 : '?';
	smtp->text[len] = '\0';
}

/* The octets of the present line that are at hand. */
static size_t
line_kept(const struct smtp *smtp)
{
	return smtp->line_len < sizeof(smtp->line) ? smtp->line_len
						   : sizeof(smtp->line);
}

/*
 * The dialogue cannot go on; what happens after TLS is up only flags. Output
 * that waits stays: how the server's octets were cut must change nothing.
 */
static void
give_up(struct smtp *smtp, enum reason reason)
{
	if (smtp->state == FACT_PHASE_EHLO_TLS)
		smtp->flags |= FLAG_BIT(FLAG_POST_TLS_EHLO_FAIL);
	else if (smtp->state < FACT_PHASE_EHLO_TLS)
		smtp->failure = reason;
	enter(smtp, FACT_PHASE_DONE);
}

/* The server said no. It is owed a QUIT unless it is closing itself: 421. */
static void
refused(struct smtp *smtp, enum reason reason)
{
	if (smtp->code == 421) {
		give_up(smtp, reason);
		return;
	}
	if (smtp->state == FACT_PHASE_EHLO_TLS)
		smtp->flags |= FLAG_BIT(FLAG_POST_TLS_EHLO_FAIL);
	else
		smtp->failure = reason;
	enter(smtp, FACT_PHASE_QUIT);
}

/*
 * RFC 3463 section 3.8: X.7.Y is about security or policy. In a reply to EHLO
 * it is the name or the address that is not liked (CONFORMANCE D49).
 */
static bool
names_policy(const char *text)
{
	return (text[0] == '4' || text[0] == '5') &&
	       strncmp(text + 1, ".7.", 3) == 0;
}

static void
on_banner(struct smtp *smtp, int code)
{
	switch (code / 100) {
	case 2:
		enter(smtp, FACT_PHASE_EHLO);
		break;
	case 4:
		refused(smtp, REASON_BANNER_4XX);
		break;
	case 5:
		refused(smtp, REASON_BANNER_5XX);
		break;
	default:
		give_up(smtp, REASON_NOT_SMTP);
		break;
	}
}

static void
on_ehlo(struct smtp *smtp, int code)
{
	if (code / 100 == 2 && smtp->starttls) {
		enter(smtp, FACT_PHASE_STARTTLS);
	} else if (code / 100 == 2) {
		if (smtp->masked)
			keep_text(smtp, "masked", strlen("masked"));
		refused(smtp, REASON_STARTTLS_ABSENT);
	} else if (code == 500 || code == 502) {
		/* RFC 5321 section 3.2: no extensions, so no STARTTLS */
		refused(smtp, REASON_STARTTLS_ABSENT);
	} else if (code / 100 == 3) {
		give_up(smtp, REASON_PROTOCOL);
	} else if (names_policy(smtp->text)) {
		refused(smtp, REASON_POLICY);
	} else {
		refused(smtp,
			code / 100 == 4 ? REASON_EHLO_4XX : REASON_EHLO_5XX);
	}
}

static void
on_starttls(struct smtp *smtp, int code)
{
	/* RFC 5321 section 4.3.2: the first digit rules (CONFORMANCE D19) */
	if (code / 100 == 2)
		enter(smtp, FACT_PHASE_HANDSHAKE);
	else if (code / 100 == 4)
		refused(smtp, REASON_STARTTLS_454);
	else
		refused(smtp, REASON_STARTTLS_REFUSED);
}

static void
on_ehlo_tls(struct smtp *smtp, int code)
{
	if (code / 100 == 2)
		enter(smtp, FACT_PHASE_QUIT);
	else
		refused(smtp, REASON_NONE);
}

/* The last line of a reply is in smtp->line. */
static void
on_reply(struct smtp *smtp, size_t len)
{
	const char *line = smtp->line;
	int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
	bool welcome = smtp->state == FACT_PHASE_EHLO_TLS && code / 100 == 2;

	if (smtp->state != FACT_PHASE_QUIT && !welcome) {
		smtp->code = code;
		if (len > REPLY_PREFIX)
			keep_text(
				smtp, line + REPLY_PREFIX, len - REPLY_PREFIX);
		else
			smtp->text[0] = '\0';
	}
	switch (smtp->state) {
	case FACT_PHASE_BANNER:
		on_banner(smtp, code);
		break;
	case FACT_PHASE_EHLO:
		on_ehlo(smtp, code);
		break;
	case FACT_PHASE_STARTTLS:
		on_starttls(smtp, code);
		break;
	case FACT_PHASE_EHLO_TLS:
		on_ehlo_tls(smtp, code);
		break;
	case FACT_PHASE_QUIT:
		enter(smtp, FACT_PHASE_DONE);
		break;
	case FACT_PHASE_NONE:
	case FACT_PHASE_CONNECT:
	case FACT_PHASE_HANDSHAKE:
	case FACT_PHASE_DONE:
		break;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Is this the keyword of a line of the EHLO reply, len octets of text? */
static bool
has_keyword(const char *text, size_t len, const char *keyword)
{
	size_t word = strlen(keyword);

	return len >= word && strncasecmp(text, keyword, word) == 0 &&
	       (len == word || is_blank(text[word]));
}

static void
note_outside(struct smtp *smtp, const char *text, size_t len)
{
	const size_t word = strlen("STARTTLS");

	if (has_keyword(text, len, "STARTTLS")) {
		smtp->starttls = true;
		/* RFC 3207 section 4 knows no parameters; other senders see
		   it all the same (CONFORMANCE D14) */
		if (len > word)
			smtp->flags |= FLAG_BIT(FLAG_STARTTLS_PARAMETER);
	}
	/* An inspecting device hides what it does not know: XXXXXXXA */
	if (len == word && strncmp(text, "XXXXXXX", word - 1) == 0)
		smtp->masked = true;
}

/* RFC 3207 section 4.2: inside TLS it must not be offered again. */
static void
note_inside(struct smtp *smtp, const char *text, size_t len)
{
	if (has_keyword(text, len, "STARTTLS"))
		smtp->flags |= FLAG_BIT(FLAG_STARTTLS_TWICE);
	if (has_keyword(text, len, "REQUIRETLS"))
		smtp->flags |= FLAG_BIT(FLAG_REQUIRETLS);
}

/* A further line of the EHLO reply (RFC 5321 section 4.1.1.1). Blanks at its
   end are no parameter. */
static void
note_keyword(struct smtp *smtp, size_t len)
{
	const char *text = smtp->line + REPLY_PREFIX;

	if (len < REPLY_PREFIX || smtp->reply_lines == 1)
		return;
	while (len > REPLY_PREFIX && is_blank(smtp->line[len - 1]))
		len--;
	if (smtp->state == FACT_PHASE_EHLO)
		note_outside(smtp, text, len - REPLY_PREFIX);
	else if (smtp->state == FACT_PHASE_EHLO_TLS)
		note_inside(smtp, text, len - REPLY_PREFIX);
}

/* Could this be the start of a reply line? (RFC 5321 section 4.2) */
static bool
is_reply(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < 3; i++)
		if (line[i] < (i == 0 ? '2' : '0') ||
			line[i] > (i == 0 ? '5' : '9'))
			return false;
	return len <= 3 || line[3] == ' ' || line[3] == '-' || line[3] == '\r';
}

/* What came is no reply, or too much of one. */
static void
garbled(struct smtp *smtp, enum reason reason)
{
	if (smtp->state != FACT_PHASE_QUIT)
		keep_text(smtp, smtp->line, line_kept(smtp));
	give_up(smtp, reason);
}

static void
on_line(struct smtp *smtp)
{
	const char *line = smtp->line;
	size_t len = line_kept(smtp);

	if (len == smtp->line_len && len > 0 && line[len - 1] == '\r')
		len--;
	smtp->line_len = len;
	if (len < 3 || !is_reply(line, len)) {
		garbled(smtp, smtp->state == FACT_PHASE_BANNER
				      ? REASON_NOT_SMTP
				      : REASON_PROTOCOL);
	} else if (++smtp->reply_lines > SMTP_REPLY_LINES) {
		garbled(smtp, REASON_PROTOCOL);
	} else {
		note_keyword(smtp, len);
		if (len == 3 || line[3] != '-') {
			smtp->reply_lines = 0;
			on_reply(smtp, len);
		}
	}
	smtp->line_len = 0;
}

/* Add octets, none of them LF, to the present line. */
static void
extend_line(struct smtp *smtp, const char *octets, size_t len)
{
	size_t kept = line_kept(smtp), room = sizeof(smtp->line) - kept;

	memcpy(smtp->line + kept, octets, len < room ? len : room);
	smtp->line_len += len;
}

void
smtp_input(struct smtp *smtp, const void *data, size_t len)
{
	const char *at = data, *end = at + len, *lf;
	size_t room, part;

	while (at < end && smtp->state != FACT_PHASE_DONE) {
		if (smtp->state == FACT_PHASE_HANDSHAKE) {
			smtp->flags |= FLAG_BIT(FLAG_STARTTLS_INJECTION);
			return;
		}
		room = SMTP_LINE_MAX - smtp->line_len;
		lf = memchr(at, '\n', (size_t)(end - at));
		part = (size_t)((lf ? lf : end) - at);
		extend_line(smtp, at, part < room ? part : room);
		if (part > room) {
			/* RFC 5321 section 4.5.3.1.5 allows 512
			   (CONFORMANCE D48) */
			garbled(smtp, REASON_PROTOCOL);
			return;
		}
		at += part;
		if (lf) {
			on_line(smtp);
			at++;
		}
	}
}

void
smtp_tls_done(struct smtp *smtp)
{
	assert(smtp->state == FACT_PHASE_HANDSHAKE);
	enter(smtp, FACT_PHASE_EHLO_TLS);
}

/* What came of the line that was never ended tells most. */
static bool
is_foreign(const struct smtp *smtp)
{
	return smtp->state == FACT_PHASE_BANNER && smtp->reply_lines == 0 &&
	       !is_reply(smtp->line, line_kept(smtp));
}

static enum reason
lost_reason(const struct smtp *smtp, bool reset)
{
	switch (smtp->state) {
	case FACT_PHASE_BANNER:
		if (reset)
			return REASON_TCP_RESET;
		return is_foreign(smtp) ? REASON_NOT_SMTP : REASON_BANNER_EOF;
	case FACT_PHASE_STARTTLS:
	case FACT_PHASE_HANDSHAKE:
		/* STARTTLS was offered: TLS is what the server broke off */
		return REASON_TLS_EOF;
	case FACT_PHASE_NONE:
	case FACT_PHASE_CONNECT:
	case FACT_PHASE_EHLO:
	case FACT_PHASE_EHLO_TLS:
	case FACT_PHASE_QUIT:
	case FACT_PHASE_DONE:
		break;
	}
	return REASON_TCP_RESET;
}

void
smtp_closed(struct smtp *smtp, bool reset)
{
	enum reason reason = lost_reason(smtp, reset);

	if (smtp->state < FACT_PHASE_QUIT) {
		if (reason == REASON_NOT_SMTP)
			keep_text(smtp, smtp->line, line_kept(smtp));
		else if (reset)
			keep_text(
				smtp, SMTP_TEXT_RESET, strlen(SMTP_TEXT_RESET));
		else
			keep_text(smtp, "eof", strlen("eof"));
	}
	smtp->output_len = 0;
	give_up(smtp, reason);
}

static enum reason
timeout_reason(const struct smtp *smtp)
{
	switch (smtp->state) {
	case FACT_PHASE_BANNER:
		return is_foreign(smtp) ? REASON_NOT_SMTP
					: REASON_BANNER_TIMEOUT;
	case FACT_PHASE_EHLO:
		return REASON_EHLO_TIMEOUT;
	case FACT_PHASE_STARTTLS:
		return REASON_STARTTLS_TIMEOUT;
	case FACT_PHASE_HANDSHAKE:
		return REASON_TLS_TIMEOUT;
	case FACT_PHASE_NONE:
	case FACT_PHASE_CONNECT:
	case FACT_PHASE_EHLO_TLS:
	case FACT_PHASE_QUIT:
	case FACT_PHASE_DONE:
		break;
	}
	return REASON_NONE;
}

void
smtp_timeout(struct smtp *smtp, bool session)
{
	bool trickles = smtp->line_len > 0 || smtp->reply_lines > 0;
	enum reason reason = timeout_reason(smtp);

	if (session && trickles && reason != REASON_NOT_SMTP)
		reason = REASON_TARPIT;
	if (smtp->state < FACT_PHASE_QUIT && smtp->line_len > 0)
		keep_text(smtp, smtp->line, line_kept(smtp));
	smtp->output_len = 0;
	give_up(smtp, reason);
}

void
smtp_abort(struct smtp *smtp, enum reason reason, const char *text)
{
	smtp->output_len = 0;
	smtp->failure = reason;
	if (text)
		keep_text(smtp, text, strlen(text));
	enter(smtp, FACT_PHASE_DONE);
}
