/* The text format of Prometheus. */
#include "scanner/exposition.h"

#include <inttypes.h>
#include <stddef.h>

void
exposition_family(struct buffer *out, const char *name, const char *type,
	const char *help)
{
	buffer_format(
		out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Backslash, quote and line feed have a form of their own. */
static void
put_escaped(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buffer_text(out, "\\n");
			continue;
		}
		if (*text == '\\' || *text == '"')
			buffer_byte(out, '\\');
		buffer_byte(out, *text);
	}
}

/* name{label="value"} and a blank. */
static void
put_name(struct buffer *out, const char *name, const char *label,
	const char *value)
{
	buffer_text(out, name);
	if (label != NULL) {
		buffer_format(out, "{%s=\"", label);
		put_escaped(out, value);
		buffer_text(out, "\"}");
	}
	buffer_byte(out, ' ');
}

void
exposition_count(struct buffer *out, const char *name, const char *label,
	const char *value, uint64_t n)
{
	put_name(out, name, label, value);
	buffer_format(out, "%" PRIu64 "\n", n);
}

void
exposition_number(struct buffer *out, const char *name, const char *label,
	const char *value, double n)
{
	put_name(out, name, label, value);
	buffer_format(out, "%.15g\n", n);
}

static void
put_bucket(struct buffer *out, const char *name, const char *label,
	const char *value, uint64_t bound_ms, uint64_t n)
{
	buffer_format(out, "%s_bucket{", name);
	if (label != NULL) {
		buffer_format(out, "%s=\"", label);
		put_escaped(out, value);
		buffer_text(out, "\",");
	}
	if (bound_ms == UINT64_MAX)
		buffer_text(out, "le=\"+Inf\"");
	else
		buffer_format(out, "le=\"%.15g\"", (double)bound_ms / 1000);
	buffer_format(out, "} %" PRIu64 "\n", n);
}

void
exposition_histogram(struct buffer *out, const char *name, const char *label,
	const char *value, const struct histogram *histogram)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		sum += histogram->counts[i];
		put_bucket(out, name, label, value, histogram_bound_ms(i), sum);
	}
	buffer_format(out, "%s_sum", name);
	put_name(out, "", label, value);
	buffer_format(out, "%.15g\n", (double)histogram->sum_ms / 1000);
	buffer_format(out, "%s_count", name);
	put_name(out, "", label, value);
	buffer_format(out, "%" PRIu64 "\n", histogram->count);
}
