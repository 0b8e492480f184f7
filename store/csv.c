/* CSV of the domain columns (RFC 4180 quoting, lines end in LF). */
#include <stdbool.h>
#include <string.h>

#include "store/json.h"
#include "store/stream.h"
#include "store/text.h"

static const char HEADER[] =
	"scan,time,line,domain,tld,class,reason,reasons,severity,half_dane,"
	"mx_status,mx_trust,mx_why,mx_ttl,mx_alias,implicit,hosts,lint,flags\n";

static void
quoted(struct buffer *buffer, const char *value)
{
	buffer_byte(buffer, '"');
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '"')
			buffer_byte(buffer, '"');
		buffer_byte(buffer, *c);
	}
	buffer_byte(buffer, '"');
}

/* NULL gives an empty field. */
static void
field(struct buffer *buffer, const char *value)
{
	struct buffer clean = {0};

	if (value != NULL) {
		text_clean(&clean, value, strlen(value));
		const char *text = buffer_string(&clean);
		if (text[strcspn(text, ",\"\r\n")] != '\0')
			quoted(buffer, text);
		else
			buffer_text(buffer, text);
		buffer_free(&clean);
	}
	buffer_byte(buffer, ',');
}

/* Words of a list, separated by spaces. */
static void
words(struct buffer *buffer, const char *const *values, size_t count)
{
	struct buffer joined = {0};

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buffer_byte(&joined, ' ');
		buffer_text(&joined, values[i]);
	}
	field(buffer, buffer_string(&joined));
	buffer_free(&joined);
}

static void
hosts(struct buffer *buffer, const struct row_domain *domain)
{
	struct buffer joined = {0};

	for (size_t i = 0; i < domain->host_count; i++) {
		if (i > 0)
			buffer_byte(&joined, ' ');
		buffer_text(&joined, domain->hosts[i].host->host);
	}
	field(buffer, buffer_string(&joined));
	buffer_free(&joined);
}

static void
mx(struct buffer *buffer, const struct row_domain *domain)
{
	field(buffer, domain->mx.status);
	field(buffer, domain->mx.trust);
	field(buffer, domain->mx.why);
	if (domain->mx.ttl_s >= 0)
		buffer_format(buffer, "%lld", (long long)domain->mx.ttl_s);
	buffer_byte(buffer, ',');
	field(buffer, domain->mx.alias);
	field(buffer, domain->implicit ? "true" : "false");
}

static void
encode(struct buffer *buffer, const char *scan, const struct row_domain *domain)
{
	char time[21];

	json_time(time, domain->time_us);
	field(buffer, scan);
	field(buffer, time);
	buffer_format(buffer, "%llu,", (unsigned long long)domain->line);
	field(buffer, domain->domain);
	field(buffer, domain->tld);
	field(buffer, domain->class);
	field(buffer, domain->reason);
	words(buffer, domain->reasons, domain->reason_count);
	field(buffer, domain->severity);
	field(buffer, domain->half_dane);
	mx(buffer, domain);
	hosts(buffer, domain);
	words(buffer, domain->lint, domain->lint_count);
	words(buffer, domain->flags, domain->flag_count);
	buffer->data[buffer->len - 1] = '\n';
}

struct store *
store_csv_open(const char *path, const char *scan, char *err, size_t errsize)
{
	return stream_open(path, scan, HEADER, encode, err, errsize);
}
