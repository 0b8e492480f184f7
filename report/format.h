/* Numbers and times as a page shows them. */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "store/buffer.h"

/* A whole number, or one with decimals, as PostgreSQL writes it: commas between
   thousands, the minus sign of typography. */
void format_number(struct buffer *out, const char *number);
/* A part of one, such as 0.179012, as a percentage: "17.90 %". What is not
   quite nothing or not quite all is not rounded to it. */
void format_share(struct buffer *out, const char *share);
/* After less before: "+1,234", "−5", "±0". */
void format_change(struct buffer *out, double before, double after);
/* The same of two shares, in percentage points: "+0.12 pp". */
void format_points(struct buffer *out, double before, double after);
/* "2026-11-29 11:20:05.1+00" as "2026-11-29 11:20 UTC", or the day alone. */
void format_time(struct buffer *out, const char *time);
void format_day(struct buffer *out, const char *time);

#endif
