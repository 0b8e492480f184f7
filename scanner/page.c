/*
 * Text for a person in 80 columns.
 */
#include "scanner/page.h"

#include <stdarg.h>
#include <string.h>

enum {
	WIDTH = 78
};

static const char *
tone_code(enum page_tone tone)
{
	switch (tone) {
	case PAGE_GOOD:
		return "32";
	case PAGE_BAD:
		return "31";
	case PAGE_DOUBTFUL:
		return "33";
	case PAGE_STRONG:
		break;
	}
	return "1";
}

void
page_toned(const struct page *page, enum page_tone tone, const char *text)
{
	if (page->color)
		fprintf(page->out, "\033[%sm%s\033[0m", tone_code(tone), text);
	else
		fputs(text, page->out);
}

/*
 * Octets of the control character, or mark of direction, that text begins with;
 * 0 for any other. Names in certificates are UTF-8, in which a terminal may
 * obey U+009B, and U+202E shows the rest backwards.
 */
static size_t
unfit(const char *text)
{
	static const char *const marks[] = {"\xe2\x80\x8e", "\xe2\x80\x8f",
		"\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
		"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",
		"\xe2\x81\xa9"};
	unsigned char first = (unsigned char)text[0];

	if (first < ' ' || first == 0x7f)
		return 1;
	if (first == 0xc2 && (unsigned char)text[1] < 0xa0)
		return text[1] != '\0' ? 2 : 1;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strncmp(text, marks[i], 3) == 0)
			return 3;
	return 0;
}

static void
put_word(const struct page *page, const char *word, size_t len)
{
	const char *end = word + len;

	while (word < end) {
		size_t bad = unfit(word);

		fputc(bad > 0 ? '?' : *word, page->out);
		word += bad > 0 ? bad : 1;
	}
}

/* Words from column on, broken at blanks, further lines indented. */
static void
flow(const struct page *page, int column, int indent, const char *text)
{
	for (bool first = true; *text != '\0'; first = false) {
		int word = (int)strcspn(text, " ");

		if (!first && column + 1 + word > WIDTH) {
			fprintf(page->out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', page->out);
			column++;
		}
		put_word(page, text, (size_t)word);
		column += word;
		text += word;
		text += *text == ' ';
	}
	fputc('\n', page->out);
}

void
page_paragraph(const struct page *page, int indent, const char *text)
{
	fprintf(page->out, "%*s", indent, "");
	flow(page, indent, indent, text);
}

void
page_line(const struct page *page, int indent, const char *label,
	const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(page->out, "%*s%-*s", indent, "", PAGE_COLUMN - indent, label);
	flow(page, PAGE_COLUMN, PAGE_COLUMN + 2, text);
}

void
page_entry(const struct page *page, int indent,
	const struct vocabulary_entry *entry)
{
	bool section = entry->section[0] != '\0';

	page_paragraph(page, indent,
		arena_printf(page->arena, "%s: %s%s%s%s%s%s", entry->label,
			entry->meaning, entry->remedy[0] != '\0' ? " " : "",
			entry->remedy, section ? " (" : "", entry->section,
			section ? ")" : ""));
}

const char *
page_hex(const struct page *page, const uint8_t *data, size_t len)
{
	char *text = arena_alloc(page->arena, 2 * len + 1);

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	return text;
}
