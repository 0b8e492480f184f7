/* What a run says to a person. */
#include "scanner/notice.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "resolver/resolver.h"
#include "scanner/limits.h"

void
notice_start(const struct config *config, unsigned window, unsigned probes,
	unsigned descriptors)
{
	struct server_address stubs[SERVER_LIST_MAX];

	fprintf(stderr, "danescan: window %u, %u SMTP sessions at once, ",
		window, probes);
	if (config_stubs(config, stubs) > 0)
		fprintf(stderr, "resolver %s", config->resolver);
	else
		fprintf(stderr,
			"%u resolver processes with %d MB of caches each",
			config->resolvers, RESOLVER_CACHE_MB);
	fprintf(stderr,
		"; the limit of open files, %u, allows a window of %u\n",
		descriptors,
		limits_window(UINT_MAX, config->resolvers, descriptors));
}

/* One word of a command line, quoted where a shell would take it apart. */
static void
say_word(const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_./:=@,%+";

	if (*word != '\0' && strspn(word, plain) == strlen(word)) {
		fprintf(stderr, " %s", word);
		return;
	}
	fputs(" '", stderr);
	for (; *word != '\0'; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, stderr);
	fputc('\'', stderr);
}

void
notice_resume(char *const *argv, int64_t scan_id)
{
	fprintf(stderr, "danescan: interrupted; to go on:\n  danescan %s",
		argv[0]);
	if (scan_id != 0)
		fprintf(stderr, " --resume %" PRId64, scan_id);
	for (char *const *word = argv + 1; *word != NULL; word++)
		say_word(*word);
	fputc('\n', stderr);
}
