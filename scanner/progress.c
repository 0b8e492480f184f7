/* Formats and draws the status line. */
#include "scanner/progress.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scanner/shown.h"

enum {
	LINE_SIZE = 1024,
	PART_SIZE = 256,
	TERMINAL_MS = 1000,
	PLAIN_MS = 10000,
	DEFAULT_COLUMNS = 80,
};

static const char erase_line[] = "\r\033[K";

struct progress {
	FILE *out;
	bool is_terminal;
	uint64_t due_ms;
	struct progress_rate rate;
	char line[LINE_SIZE]; /* on the terminal now, or empty */
};

/* Text that grows up to a limit. */
struct part {
	char text[PART_SIZE];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void
put(struct part *part, const char *format, ...)
{
	size_t room = sizeof(part->text) - part->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(part->text + part->len, room, format, args);
	va_end(args);
	if (n > 0)
		part->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* Where there is little room, 420123 as 420k. */
static const char *
counted(uint64_t n, bool shortened, char out[SHOWN_SIZE])
{
	if (!shortened || n < 10000)
		return shown_count(n, out);
	if (n < 1000000)
		snprintf(out, SHOWN_SIZE, "%" PRIu64 "k", n / 1000);
	else
		snprintf(out, SHOWN_SIZE, "%" PRIu64 ".%" PRIu64 "M",
			n / 1000000, n / 100000 % 10);
	return out;
}

static void
put_rate(struct part *part, double rate)
{
	char count[SHOWN_SIZE];

	if (rate > 0 && rate < 9.95)
		put(part, "  %.1f/s", rate);
	else
		put(part, "  %s/s", shown_count((uint64_t)(rate + 0.5), count));
}

/* How far, how fast, how long. */
static void
put_head(struct part *part, const struct progress_numbers *numbers,
	bool shortened)
{
	uint64_t done = numbers->done;
	uint64_t total = numbers->total;
	char count[SHOWN_SIZE];
	char time[SHOWN_SIZE];

	if (total == 0) {
		put(part, "%s done", counted(done, shortened, count));
		put_rate(part, numbers->rate);
		put(part, "  %s",
			shown_duration(
				(double)numbers->elapsed_ms / 1000, time));
		return;
	}
	/* The total is an estimate. */
	if (total < done)
		total = done;
	put(part, "%3u%% %s", (unsigned)((double)done * 100 / (double)total),
		counted(done, shortened, count));
	put(part, "/%s", counted(total, shortened, count));
	put_rate(part, numbers->rate);
	if (numbers->rate > 0)
		put(part, "  eta %s",
			shown_duration(
				(double)(total - done) / numbers->rate, time));
}

/* How much of the line there is room for, the richest first. */
struct layout {
	bool shortened; /* counts */
	bool flight;	/* what is in flight */
	bool hosts;
};

static void
put_flight(struct part *part, const struct progress_numbers *numbers,
	const struct layout *layout)
{
	char count[SHOWN_SIZE];

	if (!layout->flight)
		return;
	put(part, " | dns %s", counted(numbers->dns, layout->shortened, count));
	put(part, " smtp %s", counted(numbers->smtp, layout->shortened, count));
	if (!layout->hosts)
		return;
	put(part, " hosts %s",
		counted(numbers->hosts_done, layout->shortened, count));
	if (numbers->hosts_waiting > 0)
		put(part, "+%s",
			counted(numbers->hosts_waiting, layout->shortened,
				count));
}

static void
put_passes(struct part *part, const struct progress_numbers *numbers)
{
	char count[SHOWN_SIZE];
	char time[SHOWN_SIZE];

	if (numbers->lowered > 0)
		put(part, " | %swindow %s",
			numbers->failing ? "own DNS fails, " : "",
			shown_count(numbers->lowered, count));
	if (numbers->pass > 1)
		put(part, " | pass %u", numbers->pass);
	if (numbers->deferred == 0)
		return;
	put(part, " | %s deferred", shown_count(numbers->deferred, count));
	if (numbers->pause_ms > 0)
		put(part, ", again in %s",
			shown_duration((double)numbers->pause_ms / 1000, time));
}

/* The database's words may hold anything. */
static void
put_database(struct part *part, const struct progress_numbers *numbers)
{
	char count[SHOWN_SIZE];

	if (numbers->rows_waiting == 0 && numbers->problem == NULL)
		return;
	put(part, " | db %s waiting",
		shown_count(numbers->rows_waiting, count));
	if (numbers->problem == NULL)
		return;
	put(part, ": ");
	for (const char *p = numbers->problem; *p != '\0'; p++)
		put(part, "%c", *p >= ' ' && *p <= '~' ? *p : ' ');
}

enum fit {
	FIT_ALL,
	FIT_WATCHED, /* the counts that a person watches, not all others */
	FIT_NOT,
};

/* The class counts that fit into room. */
static enum fit
put_classes(struct part *part, const struct progress_numbers *numbers,
	bool shortened, size_t room)
{
	static const enum domain_class order[] = {CLASS_BROKEN, CLASS_VALID,
		CLASS_PARTIAL, CLASS_UNUSABLE, CLASS_NO_TLSA, CLASS_NO_DNSSEC,
		CLASS_INDETERMINATE, CLASS_NO_MAIL};
	char count[SHOWN_SIZE];
	enum fit fit = FIT_ALL;

	for (size_t i = 0; i <= sizeof(order) / sizeof(*order); i++) {
		bool last = i == sizeof(order) / sizeof(*order);
		const char *label = last ? "rejected"
					 : vocabulary_class(order[i]);
		uint64_t n = last ? numbers->rejected
				  : numbers->classes[order[i]];
		size_t len = part->len;

		/* The two that are watched are there from the start. */
		if (n == 0 && i > 1)
			continue;
		put(part, "%s%s %s", len == 0 ? " | " : " ", label,
			counted(n, shortened, count));
		if (part->len > room) {
			part->len = len;
			fit = i > 1 ? FIT_WATCHED : FIT_NOT;
			break;
		}
	}
	part->text[part->len] = '\0';
	return fit;
}

/* The line in this layout, cut off where it must be. */
static enum fit
format(const struct progress_numbers *numbers, const struct layout *layout,
	char *out, size_t limit)
{
	struct part head = {0}, flight = {0}, classes = {0}, database = {0};
	size_t fixed;
	enum fit fit;

	put_head(&head, numbers, layout->shortened);
	put_flight(&flight, numbers, layout);
	/* What holds the scan up matters more. */
	if (layout->flight || numbers->problem == NULL)
		put_passes(&flight, numbers);
	put_database(&database, numbers);
	fixed = head.len + flight.len + database.len;
	fit = put_classes(&classes, numbers, layout->shortened,
		fixed < limit ? limit - 1 - fixed : 0);
	snprintf(out, limit, "%s%s%s%s", head.text, flight.text, classes.text,
		database.text);
	return fixed < limit ? fit : FIT_NOT;
}

void
progress_format(const struct progress_numbers *numbers, unsigned columns,
	char *out, size_t size)
{
	static const struct layout layouts[] = {
		{.flight = true, .hosts = true},
		{.shortened = true, .flight = true, .hosts = true},
		{.shortened = true, .flight = true},
		{.shortened = true},
	};
	enum {
		LAYOUTS = sizeof(layouts) / sizeof(*layouts),
		NARROW = 2,
	};
	size_t limit = columns > 0 && columns < size ? columns : size;

	/* The first that holds everything; of the narrow ones, what is watched
	   will do. So the line moves one way only while numbers grow. */
	for (size_t i = 0; i < LAYOUTS; i++) {
		enum fit fit = format(numbers, &layouts[i], out, limit);

		if (fit == FIT_ALL || (fit == FIT_WATCHED && i >= NARROW))
			return;
	}
}

double
progress_rate(struct progress_rate *rate, uint64_t elapsed_ms, uint64_t done)
{
	size_t oldest = rate->count < PROGRESS_SAMPLES
				? 0
				: rate->count % PROGRESS_SAMPLES;
	size_t newest = (rate->count + PROGRESS_SAMPLES - 1) % PROGRESS_SAMPLES;
	uint64_t passed = elapsed_ms - rate->at_ms[oldest];
	double result = 0;

	if (rate->count > 0 && passed > 0)
		result = (double)(done - rate->done[oldest]) * 1000 /
			 (double)passed;
	if (rate->count == 0 || elapsed_ms - rate->at_ms[newest] >= 1000) {
		rate->at_ms[rate->count % PROGRESS_SAMPLES] = elapsed_ms;
		rate->done[rate->count % PROGRESS_SAMPLES] = done;
		rate->count++;
	}
	return result;
}

static bool
is_terminal(FILE *out)
{
	const char *type = getenv("TERM");

	return isatty(fileno(out)) && type != NULL && strcmp(type, "dumb") != 0;
}

struct progress *
progress_open(FILE *out)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (progress == NULL)
		return NULL;
	progress->out = out;
	progress->is_terminal = is_terminal(out);
	progress->due_ms = progress->is_terminal ? 0 : PLAIN_MS;
	return progress;
}

static unsigned
terminal_columns(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return DEFAULT_COLUMNS;
	return size.ws_col;
}

/* A stopped terminal or a full pipe must not stop the loop. */
static bool
would_block(FILE *out)
{
	struct pollfd fd = {.fd = fileno(out), .events = POLLOUT};

	return poll(&fd, 1, 0) == 0;
}

static void
draw(struct progress *progress)
{
	/* In one write, so that the line does not flicker. */
	fprintf(progress->out, "\r%s\033[K", progress->line);
	fflush(progress->out);
}

void
progress_show(struct progress *progress, const struct progress_numbers *numbers)
{
	struct progress_numbers now = *numbers;
	unsigned columns = 0;

	if (progress == NULL)
		return;
	now.rate = progress_rate(
		&progress->rate, numbers->elapsed_ms, numbers->done);
	if (numbers->elapsed_ms < progress->due_ms ||
		would_block(progress->out))
		return;
	progress->due_ms = numbers->elapsed_ms +
			   (progress->is_terminal ? TERMINAL_MS : PLAIN_MS);
	if (progress->is_terminal)
		columns = terminal_columns(progress->out);
	progress_format(&now, columns, progress->line, sizeof(progress->line));
	if (progress->is_terminal)
		draw(progress);
	else
		fprintf(progress->out, "%s\n", progress->line);
}

void
progress_print(struct progress *progress, const char *format, ...)
{
	FILE *out = progress != NULL ? progress->out : stderr;
	bool drawn = progress != NULL && progress->is_terminal &&
		     progress->line[0] != '\0';
	va_list args;

	if (drawn)
		fputs(erase_line, out);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
	if (drawn)
		draw(progress);
}

void
progress_close(struct progress *progress)
{
	if (progress == NULL)
		return;
	if (progress->is_terminal && progress->line[0] != '\0') {
		fputs(erase_line, progress->out);
		fflush(progress->out);
	}
	free(progress);
}
