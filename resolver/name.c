/*
 * Domain names: normalisation, wire form to text, views and hash.
 */
#include "resolver/name.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum {
	LABEL_MAX = 63, /* RFC 1035 section 2.3.4 */
	WIRE_MAX = 255, /* likewise, length octets and root included */
	NAME_MAX_TEXT = NAME_SIZE - 1,
	COUNTRY_LABEL = 2, /* letters */
	/* Longest text looked at: each octet of a name can stand for one code
	 * point of four octets of UTF-8. Longer text is too long a name. */
	INPUT_MAX = 4 * NAME_SIZE,
};

const char *
name_error_text(enum name_error error)
{
	switch (error) {
	case NAME_OK:
		return "valid";
	case NAME_EMPTY:
		return "empty name";
	case NAME_TOO_LONG:
		return "name longer than 253 octets";
	case NAME_LABEL_LONG:
		return "label longer than 63 octets";
	case NAME_LABEL_EMPTY:
		return "empty label";
	case NAME_BAD_CHAR:
		return "character that a name cannot have";
	case NAME_BAD_HYPHEN:
		return "label begins or ends with a hyphen";
	case NAME_BAD_UTF8:
		return "not UTF-8";
	case NAME_BAD_IDNA:
		return "not a valid internationalised name";
	case NAME_IS_ADDRESS:
		return "an address, not a name";
	}
	return "unknown";
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* May this ASCII character stand in a name? */
static bool
is_name_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '_';
}

/* One label, without its dot. */
static enum name_error
check_label(const char *label, size_t len)
{
	if (len == 0)
		return NAME_LABEL_EMPTY;
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(label[i]))
			return NAME_BAD_CHAR;
	if (len > LABEL_MAX)
		return NAME_LABEL_LONG;
	if (label[0] == '-' || label[len - 1] == '-')
		return NAME_BAD_HYPHEN;
	return NAME_OK;
}

static bool
all_digits(const char *label, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(label[i]))
			return false;
	return true;
}

/*
 * ASCII text without its trailing dot. Nothing that ends in a numeric label
 * is a name: such text is meant as an IPv4 address (RFC 1123 section 2.1).
 */
static enum name_error
check_ascii(const char *text, size_t len)
{
	const char *label = text, *end = text + len;

	if (len == 0)
		return NAME_EMPTY;
	for (;;) {
		size_t left = (size_t)(end - label);
		const char *dot = memchr(label, '.', left);
		size_t size = dot ? (size_t)(dot - label) : left;
		enum name_error error = check_label(label, size);

		if (error != NAME_OK)
			return error;
		if (!dot)
			break;
		label = dot + 1;
	}
	if (all_digits(label, (size_t)(end - label)))
		return NAME_IS_ADDRESS;
	return len > NAME_MAX_TEXT ? NAME_TOO_LONG : NAME_OK;
}

static bool
is_ipv6(const char *text, size_t len)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (len >= sizeof(copy) || !memchr(text, ':', len))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return inet_pton(AF_INET6, copy, &address) == 1;
}

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

/* Has it an ASCII character, a blank say, that no name can have? */
static bool
has_bad_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x80 && text[i] != '.' &&
			!is_name_char(text[i]))
			return true;
	return false;
}

/* Does a label of this lower-case name claim to be an A-label? */
static bool
has_alabel(const char *name)
{
	for (const char *p = strstr(name, "xn--"); p; p = strstr(p + 1, "xn--"))
		if (p == name || p[-1] == '.')
			return true;
	return false;
}

/*
 * The field has A-labels that later IDNA rules would not register, and they
 * resolve; only Punycode that does not decode at all is refused.
 */
static enum name_error
check_alabels(const char *name)
{
	char *unicode = NULL;
	int rc;

	if (!has_alabel(name))
		return NAME_OK;
	rc = idn2_to_unicode_8z8z(name, &unicode, 0);
	idn2_free(unicode);
	return rc == IDN2_OK ? NAME_OK : NAME_BAD_IDNA;
}

static enum name_error
normalise_ascii(const char *text, size_t len, char out[NAME_SIZE])
{
	enum name_error error;

	if (len > 0 && text[len - 1] == '.')
		len--;
	error = check_ascii(text, len);
	if (error != NAME_OK)
		return error;
	for (size_t i = 0; i < len; i++)
		out[i] = lower(text[i]);
	out[len] = '\0';
	return check_alabels(out);
}

static enum name_error
idna_error(int rc)
{
	switch (rc) {
	case IDN2_OK:
		return NAME_OK;
	case IDN2_ENCODING_ERROR:
	case IDN2_ICONV_FAIL:
		return NAME_BAD_UTF8;
	case IDN2_TOO_BIG_DOMAIN:
		return NAME_TOO_LONG;
	case IDN2_TOO_BIG_LABEL:
	case IDN2_PUNYCODE_BIG_OUTPUT:
		return NAME_LABEL_LONG;
	default:
		return NAME_BAD_IDNA;
	}
}

/* UTS 46 mapping can yield any ASCII, so its result is checked as well. */
static enum name_error
normalise_unicode(const char *text, size_t len, char out[NAME_SIZE])
{
	uint8_t copy[INPUT_MAX + 1], *ascii = NULL;
	enum name_error error;

	memcpy(copy, text, len);
	copy[len] = '\0';
	error = idna_error(idn2_lookup_u8(
		copy, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL));
	if (error == NAME_OK)
		error = normalise_ascii(
			(const char *)ascii, strlen((const char *)ascii), out);
	idn2_free(ascii);
	return error;
}

enum name_error
name_normalise(const char *text, size_t len, char out[NAME_SIZE])
{
	enum name_error error;

	if (is_ipv6(text, len))
		error = NAME_IS_ADDRESS;
	else if (is_ascii(text, len))
		error = normalise_ascii(text, len, out);
	else if (has_bad_ascii(text, len))
		error = NAME_BAD_CHAR;
	else if (len > INPUT_MAX)
		error = NAME_TOO_LONG;
	else
		error = normalise_unicode(text, len, out);
	if (error != NAME_OK)
		out[0] = '\0';
	return error;
}

enum name_error
name_check_host(const char *name)
{
	size_t len = strlen(name);

	if (is_ipv6(name, len))
		return NAME_IS_ADDRESS;
	if (strcmp(name, ".") == 0)
		return NAME_EMPTY;
	return check_ascii(name, len);
}

/*
 * Octets that stand for themselves: those of names in use. All others,
 * and so everything with a meaning in a zone file, in SQL or on a terminal,
 * are escaped.
 */
static bool
is_plain(uint8_t c)
{
	return is_letter((char)c) || is_digit((char)c) ||
	       (c != 0 && strchr("-_*/", c) != NULL);
}

static char *
put_octet(char *out, uint8_t c)
{
	if (is_plain(c)) {
		*out++ = lower((char)c);
		return out;
	}
	*out++ = '\\';
	*out++ = (char)('0' + c / 100);
	*out++ = (char)('0' + c / 10 % 10);
	*out++ = (char)('0' + c % 10);
	return out;
}

/* Returns the octets consumed, 0 when malformed; *end is past the text. */
static size_t
put_labels(const uint8_t *data, size_t len, char **end)
{
	char *start = *end, *p = start;
	size_t at = 0;

	while (at < len) {
		size_t size = data[at++];

		if (size == 0) {
			*end = p;
			return at;
		}
		/* Above 63 is a compression pointer (RFC 1035 section 4.1.4)
		 * or an extended label; neither belongs here. */
		if (size > LABEL_MAX || size > len - at)
			return 0;
		if (p != start)
			*p++ = '.';
		while (size-- > 0)
			p = put_octet(p, data[at++]);
	}
	return 0;
}

size_t
name_from_wire(const uint8_t *data, size_t len, char out[NAME_TEXT_SIZE])
{
	char *end = out;
	size_t used = put_labels(data, len < WIRE_MAX ? len : WIRE_MAX, &end);

	if (used == 1)
		*end++ = '.';
	*end = '\0';
	return used;
}

const char *
name_last_labels(const char *name, unsigned n)
{
	const char *p = name + strlen(name);

	if (n == 0)
		return p;
	while (p > name) {
		if (p[-1] == '.' && --n == 0)
			return p;
		p--;
	}
	return name;
}

/* Below a country: co, or, net, gov. Elsewhere: uk.com, eu.org. */
static bool
is_registry_label(const char *two_labels)
{
	size_t label = strcspn(two_labels, ".");
	bool country = strlen(two_labels) == label + 1 + COUNTRY_LABEL;

	return two_labels[label] == '.' &&
	       label <= (country ? COUNTRY_LABEL + 1 : COUNTRY_LABEL);
}

const char *
name_registration(const char *name)
{
	const char *two = name_last_labels(name, 2);
	const char *three = name_last_labels(name, 3);

	/* What "_tcp" belongs to is the name itself. */
	return is_registry_label(two) && three[0] != '_' ? three : two;
}

/* FNV-1a, then the finalizer of MurmurHash3, so that the high bits are as
 * good as the low ones: samples are taken by threshold. */
uint64_t
name_hash(const char *name, uint64_t seed)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}
