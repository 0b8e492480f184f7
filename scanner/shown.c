/* Numbers as a person reads them. */
#include "scanner/shown.h"

#include <inttypes.h>
#include <stdio.h>

const char *
shown_count(uint64_t n, char out[SHOWN_SIZE])
{
	char digits[SHOWN_SIZE];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *p = out;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}

const char *
shown_duration(double seconds, char out[SHOWN_SIZE])
{
	uint64_t s = seconds < 1e9 ? (uint64_t)seconds : 1000000000;
	uint64_t minutes = s / 60;
	uint64_t hours = minutes / 60;

	if (hours >= 24)
		snprintf(out, SHOWN_SIZE, "%" PRIu64 "d%02" PRIu64 "h",
			hours / 24, hours % 24);
	else if (hours > 0)
		snprintf(out, SHOWN_SIZE, "%" PRIu64 "h%02" PRIu64 "m", hours,
			minutes % 60);
	else if (minutes > 0)
		snprintf(out, SHOWN_SIZE, "%" PRIu64 "m%02" PRIu64 "s", minutes,
			s % 60);
	else
		snprintf(out, SHOWN_SIZE, "%" PRIu64 "s", s);
	return out;
}
