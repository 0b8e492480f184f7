/* How a number looks on a page. */
#include "report/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char MINUS[] = "\xe2\x88\x92";
static const char PERCENT[] = "\xc2\xa0%";

enum {
	DAY = 10,    /* 2026-11-29 */
	MINUTE = 16, /* 2026-11-29 11:20 */
	NUMBER_MAX = 48,
};

void
format_number(struct buffer *out, const char *number)
{
	size_t digits;

	if (*number == '-') {
		buffer_text(out, MINUS);
		number++;
	}
	digits = strspn(number, "0123456789");
	for (size_t i = 0; i < digits; i++) {
		if (i > 0 && (digits - i) % 3 == 0)
			buffer_byte(out, ',');
		buffer_byte(out, number[i]);
	}
	buffer_text(out, number + digits);
}

void
format_share(struct buffer *out, const char *share)
{
	double percent = 100 * strtod(share, NULL);
	char number[NUMBER_MAX];

	if (percent > 0 && percent < 0.005)
		buffer_text(out, "<\xc2\xa0"
				 "0.01");
	else if (percent < 100 && percent >= 99.995)
		buffer_text(out, ">\xc2\xa0"
				 "99.99");
	else {
		(void)snprintf(number, sizeof(number), "%.2f", percent);
		format_number(out, number);
	}
	buffer_text(out, PERCENT);
}

static void
add_difference(struct buffer *out, double difference, int decimals)
{
	char number[NUMBER_MAX];

	(void)snprintf(number, sizeof(number), "%.*f", decimals, difference);
	/* What rounds to nothing. */
	if (strpbrk(number, "123456789") == NULL) {
		buffer_text(out, "\xc2\xb1"
				 "0");
		return;
	}
	if (difference > 0)
		buffer_byte(out, '+');
	format_number(out, number);
}

void
format_change(struct buffer *out, double before, double after)
{
	add_difference(out, after - before, 0);
}

void
format_points(struct buffer *out, double before, double after)
{
	add_difference(out, 100 * (after - before), 2);
	buffer_text(out, "\xc2\xa0pp");
}

void
format_time(struct buffer *out, const char *time)
{
	buffer_add(out, time, strnlen(time, MINUTE));
	if (strlen(time) >= MINUTE)
		buffer_text(out, " UTC");
}

void
format_day(struct buffer *out, const char *time)
{
	buffer_add(out, time, strnlen(time, DAY));
}
