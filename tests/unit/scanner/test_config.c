/* config, options, usage: what a user types becomes a struct, or one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these before it. */
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/config.h"
#include "scanner/options.h"
#include "scanner/usage.h"

enum {
	ARGUMENTS = 32,
	SAID = 8192
};

/* A home of its own, and what the last config_read() wrote. */
struct fixture {
	char home[64];
	char file[128];
	char said[SAID];
	char words[512];
	char *argv[ARGUMENTS];
	struct config config;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->home, "/tmp/danescan-config-XXXXXX");
	assert_non_null(mkdtemp(f->home));
	snprintf(f->file, sizeof(f->file), "%s/.config", f->home);
	assert_int_equal(mkdir(f->file, 0700), 0);
	strcat(f->file, "/danescan.ini");
	setenv("HOME", f->home, 1);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->file);
	*strrchr(f->file, '/') = '\0';
	assert_int_equal(rmdir(f->file), 0);
	assert_int_equal(rmdir(f->home), 0);
	free(f);
	return 0;
}

static void
write_file(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->file, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Sends fd to a file while config_read() runs. */
static int
read_captured(struct fixture *f, enum config_command command, int argc, int fd)
{
	FILE *file = tmpfile();
	int saved = dup(fd);
	size_t n;
	int rc;

	assert_non_null(file);
	fflush(NULL);
	dup2(fileno(file), fd);
	rc = config_read(&f->config, command, argc, f->argv);
	fflush(NULL);
	dup2(saved, fd);
	close(saved);
	rewind(file);
	n = fread(f->said, 1, SAID - 1, file);
	f->said[n] = '\0';
	fclose(file);
	return rc;
}

/* line: the command and its arguments, separated by single blanks. */
static int
read_words(struct fixture *f, const char *line, int fd)
{
	enum config_command command = CONFIG_SCAN;
	const struct usage_command *usage;
	char *rest = f->words;
	int argc = 0;

	snprintf(f->words, sizeof(f->words), "%s", line);
	while (rest != NULL) {
		assert_true(argc < ARGUMENTS - 1);
		f->argv[argc++] = strsep(&rest, " ");
	}
	f->argv[argc] = NULL;
	for (size_t i = 0; (usage = usage_at(i)) != NULL; i++) {
		if (strcmp(usage->name, f->argv[0]) == 0)
			command = usage->command;
	}
	return read_captured(f, command, argc, fd);
}

static void
accept_line(struct fixture *f, const char *line)
{
	int rc = read_words(f, line, STDERR_FILENO);

	assert_string_equal(f->said, "");
	assert_int_equal(rc, 0);
}

static void
refuse_line(struct fixture *f, const char *line, const char *said)
{
	char expected[SAID];

	assert_int_equal(read_words(f, line, STDERR_FILENO), -1);
	snprintf(expected, sizeof(expected), "%s\n", said);
	assert_string_equal(f->said, expected);
	config_free(&f->config);
}

static void
test_defaults(void **state)
{
	struct fixture *f = *state;
	struct config *c = &f->config;

	accept_line(f, "scan");
	assert_null(c->db);
	assert_null(c->output);
	assert_int_equal(c->output_format, CONFIG_OUTPUT_NDJSON);
	assert_int_equal(c->list_format, LIST_AUTO);
	assert_null(c->root_hints);
	assert_string_equal(c->trust_anchor, "/usr/share/dns/root.key");
	assert_string_equal(c->resolver, "unbound");
	assert_true(c->resolvers >= 1);
	assert_int_equal(c->window, 10000);
	assert_int_equal(c->probes, 1000);
	assert_int_equal(c->probe, CONFIG_PROBE_DANE);
	assert_true(c->rate == 0);
	assert_null(c->canary);
	assert_int_equal(c->retries, 1);
	assert_int_equal(c->retry_delay_ms, 300000);
	assert_int_equal(c->per_address_interval_ms, 1000);
	assert_int_equal(c->per_network, 4);
	assert_int_equal(c->smtp_port, 25);
	assert_true(strlen(c->ehlo) > 0);
	assert_int_equal(c->dns_timeout_ms, 20000);
	assert_int_equal(c->connect_timeout_ms, 15000);
	assert_int_equal(c->smtp_timeout_ms, 60000);
	assert_int_equal(c->session_timeout_ms, 180000);
	assert_true(c->sample == 1);
	assert_int_equal(c->shard, 1);
	assert_int_equal(c->shards, 1);
	assert_int_equal(c->resume, 0);
	assert_int_equal(c->verbosity, 0);
	assert_int_equal(c->operand_count, 0);
	config_free(c);
}

static void
test_command_line(void **state)
{
	struct fixture *f = *state;
	struct config *c = &f->config;

	accept_line(f, "scan one --rate 12.5 - --shard 2/8 --sample 1.5% "
		       "--source 192.0.2.1 --source 2001:db8::1 -qv --no-ipv6 "
		       "--seed 18446744073709551615 -oout");
	assert_true(c->rate == 12.5);
	assert_int_equal(c->shard, 2);
	assert_int_equal(c->shards, 8);
	assert_true(c->sample == 0.015);
	assert_true(c->seed == UINT64_MAX);
	assert_string_equal(c->source_ipv4, "192.0.2.1");
	assert_string_equal(c->source_ipv6, "2001:db8::1");
	assert_int_equal(c->verbosity, 1);
	assert_true(c->no_ipv6);
	assert_false(c->no_ipv4);
	assert_string_equal(c->output, "out");
	assert_int_equal(c->operand_count, 2);
	assert_string_equal(c->operands[0], "one");
	assert_string_equal(c->operands[1], "-");
	config_free(c);
	accept_line(f, "check --ehlo [192.0.2.1] --json --probe all -- -x");
	assert_int_equal(c->retries, 0);
	assert_string_equal(c->ehlo, "[192.0.2.1]");
	assert_true(c->json);
	assert_int_equal(c->probe, CONFIG_PROBE_ALL);
	assert_string_equal(c->operands[0], "-x");
	config_free(c);
}

/* Values at their limits, one option each. */
static void
test_limits(void **state)
{
	static const char *const good[] = {"--window 1", "--window 1000000",
		"--smtp-port 65535", "--per-address-interval 0",
		"--dns-timeout 0.001", "--dns-timeout 3600", "--sample 100%",
		"--sample 0.0001%", "--shard 8/8", "--rate 0", "--color never",
		"--resolvers 256", "--source 192.0.2.1,::1", "--format csv",
		"--list-format zone", "--resolver unbound", "--no-ipv4=no",
		"--canary none", "--canary nl", "--canary example.nl,xn--p1ai",
		"--retries 100", "--retry-delay 86400", "--retry-delay 0",
		"--resolver stub:127.0.0.1@5300,::1",
		"--resolver stub:192.0.2.53 --trust-remote-ad"};
	struct fixture *f = *state;
	char line[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(line, sizeof(line), "scan %s", good[i]);
		accept_line(f, line);
		config_free(&f->config);
	}
}

/* After "scan": what is typed, and what is said. */
static const char *const refused[][2] = {
	{"--window 0", "--window 0: must be a whole number from 1 to "
		       "1000000"},
	{"--window 1e3", "--window 1e3: must be a whole number from 1 "
			 "to 1000000"},
	{"--window -5", "--window -5: must be a whole number from 1 to "
			"1000000"},
	{"--smtp-port 65536", "--smtp-port 65536: must be a whole "
			      "number from 1 to 65535"},
	{"--dns-timeout 0", "--dns-timeout 0: must be seconds from "
			    "0.001 to 3600, such as 1.5"},
	{"--dns-timeout 5s", "--dns-timeout 5s: must be seconds from "
			     "0.001 to 3600, such as 1.5"},
	{"--canary a..b", "--canary a..b: must be none, or up to 8 names with "
			  "commas between them"},
	{"--retries 101", "--retries 101: must be a whole number from 0 to "
			  "100"},
	{"--rate nan", "--rate nan: must be a number from 0 to 1000000"},
	{"--rate 1.2.3", "--rate 1.2.3: must be a number from 0 to 1000000"},
	{"--sample 5", "--sample 5: must be a percentage over 0% and "
		       "up to 100%, such as 1.5%"},
	{"--sample 0%", "--sample 0%: must be a percentage over 0% and "
			"up to 100%, such as 1.5%"},
	{"--sample %", "--sample %: must be a percentage over 0% and "
		       "up to 100%, such as 1.5%"},
	{"--shard 9/8", "--shard 9/8: must be I/N, such as 2/8, with I "
			"from 1 to N and N up to 65536"},
	{"--shard 0/8", "--shard 0/8: must be I/N, such as 2/8, with I "
			"from 1 to N and N up to 65536"},
	{"--shard 1", "--shard 1: must be I/N, such as 2/8, with I "
		      "from 1 to N and N up to 65536"},
	{"--probe dan", "--probe dan: must be one of dane|all|none"},
	{"--seed -1", "--seed -1: must be a whole number from 0 to "
		      "18446744073709551615"},
	{"--seed 18446744073709551616",
		"--seed 18446744073709551616: must be a whole number "
		"from 0 to 18446744073709551615"},
	{"--resume 0", "--resume 0: must be a whole number, 1 or more"},
	{"--source mx.example",
		"--source mx.example: must be an IPv4 or IPv6 address"},
	{"--source 192.0.2.1 --source 192.0.2.2",
		"--source 192.0.2.2: only one address per family; "
		"there is 192.0.2.1 already"},
	{"--ehlo [::1", "--ehlo [::1: not an address literal"},
	{"--label caf\351", "--label caf\351: not UTF-8"},
	{"--label a\033[1m", "--label a?[1m: has a control character"},
	{"--no-ipv6=maybe", "--no-ipv6 maybe: must be yes or no"},
	{"--resolver stub:localhost",
		"--resolver stub:localhost: must be unbound or "
		"stub:ADDR[@PORT][,...], with at most 8 addresses"},
	{"--resolver stub:127.0.0.1,192.0.2.53@5300",
		"resolver 192.0.2.53@5300 is not on this machine: its AD bit "
		"can be forged on the way; where it cannot, give "
		"trust-remote-ad"},
	{"--label ", "--label : must not be empty"},
	{"--label", "--label needs a value: TEXT"},
	{"--windw 3", "unknown option --windw (did you mean "
		      "--window?)"},
	{"--bananas x", "unknown option --bananas (see danescan scan --help)"},
	{"--json", "unknown option --json (see danescan scan --help)"},
	{"-x", "unknown option -x (see danescan scan --help)"},
	{"--no-ipv4 --no-ipv6", "no-ipv4 and no-ipv6 together leave no "
				"address to connect to"},
	{"--resume 5", "resume needs the database of the scan: give "
		       "db"},
	{"--config /nonexistent/x",
		"config file /nonexistent/x: No such file or "
		"directory"},
};

static void
test_refused(void **state)
{
	struct fixture *f = *state;
	char line[128];
	char said[512];

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		snprintf(line, sizeof(line), "scan %s", refused[i][0]);
		snprintf(
			said, sizeof(said), "danescan scan: %s", refused[i][1]);
		refuse_line(f, line, said);
	}
	refuse_line(f, "check",
		"danescan check: no DOMAIN is given (see danescan check "
		"--help)");
	refuse_line(
		f, "version x", "danescan version: one argument too many: x");
}

static void
test_password(void **state)
{
	static const char said[] =
		"danescan scan: --db: a password does not belong on the "
		"command line; use ~/.pgpass, a service file, PGPASSWORD or "
		"DANESCAN_DB";
	struct fixture *f = *state;
	char *json;

	refuse_line(f, "scan --db postgresql://u:secret@h/x", said);
	refuse_line(f, "scan --db postgresql://h/x?password=secret", said);
	refuse_line(f, "scan --db password=secret", said);
	refuse_line(f, "scan --db host=h,password=secret", said);
	refuse_line(f, "scan --db sslpassword=secret", said);
	refuse_line(f, "scan --db nonsense",
		"danescan scan: --db: not a connection string or URI of libpq: "
		"missing \"=\" after \"nonsense\" in connection info string");
	setenv("DANESCAN_DB", "postgresql://u:secret@h:5433/x", 1);
	accept_line(f, "scan");
	assert_string_equal(f->config.db, "postgresql://u:secret@h:5433/x");
	json = config_json(&f->config);
	assert_null(strstr(json, "secret"));
	assert_non_null(strstr(json, "\"host\":\"h\""));
	assert_non_null(strstr(json, "\"port\":\"5433\""));
	assert_non_null(strstr(json, "\"dbname\":\"x\""));
	free(json);
	config_free(&f->config);
	/* What was secret is not quoted by a complaint. */
	setenv("DANESCAN_DB", "secret", 1);
	refuse_line(f, "scan",
		"danescan scan: environment: DANESCAN_DB: not a connection "
		"string or URI of libpq");
	unsetenv("DANESCAN_DB");
}

static void
test_precedence(void **state)
{
	struct fixture *f = *state;
	struct config *c = &f->config;

	write_file(f, "# comment\nrate = 1 ; here too\n[danescan]\n"
		      "window=1\n  probes = 1\nverbose = yes\nno-ipv6: on\n"
		      "source = 192.0.2.1\nsource = ::1\njson = yes\n");
	setenv("DANESCAN_RATE", "2", 1);
	setenv("DANESCAN_WINDOW", "2", 1);
	setenv("DANESCAN_PROBES", "", 1);
	accept_line(f, "scan --rate 3 -q");
	assert_true(c->rate == 3);
	assert_int_equal(c->window, 2);
	assert_int_equal(c->probes, 1);
	assert_int_equal(c->verbosity, -1);
	assert_true(c->no_ipv6);
	assert_string_equal(c->source_ipv4, "192.0.2.1");
	assert_string_equal(c->source_ipv6, "::1");
	/* Known, but not an option of this command. */
	assert_false(c->json);
	config_free(c);
	/* A file that is named takes the place of the others. */
	accept_line(f, "scan --config /dev/null --no-ipv6=no");
	assert_int_equal(c->probes, 1000);
	assert_false(c->no_ipv6);
	config_free(c);
	setenv("DANESCAN_RATE", "x", 1);
	refuse_line(f, "scan",
		"danescan scan: environment: DANESCAN_RATE=x: must be a number "
		"from 0 to 1000000");
	unsetenv("DANESCAN_RATE");
	unsetenv("DANESCAN_WINDOW");
	unsetenv("DANESCAN_PROBES");
}

static void
test_file_errors(void **state)
{
	static const char *const cases[][2] = {
		{"\n\nwindow = x\n", " line 3: window = x: must be a whole "
				     "number from 1 to 1000000"},
		{"rate = 1\nwindo = 5\n",
			" line 2: unknown option windo (did you mean window?)"},
		{"help = yes\n", " line 1: unknown option help"},
		{"rate = 1\nrate\n", " line 2: not of the form option = value"},
		{"[dane]\nrate = 1\n", " line 2: unknown section [dane], only "
				       "[danescan] is known"},
		{"db = secret\n",
			" line 1: db: not a connection string or URI of "
			"libpq"},
	};
	struct fixture *f = *state;
	char said[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		write_file(f, cases[i][0]);
		snprintf(said, sizeof(said), "danescan scan: config file %s%s",
			f->file, cases[i][1]);
		refuse_line(f, "scan", said);
	}
	/* Control octets do not reach the terminal. */
	write_file(f, "window = \x1b[2J\n");
	assert_int_equal(read_words(f, "scan", STDERR_FILENO), -1);
	assert_null(strchr(f->said, '\x1b'));
	assert_non_null(strstr(f->said, "window = ?[2J: "));
	config_free(&f->config);
}

static void
test_long_line(void **state)
{
	struct fixture *f = *state;
	char said[512];
	char text[6000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "output = ", 9);
	text[sizeof(text) - 1] = '\0';
	strcpy(text + 4000, "\n");
	write_file(f, text);
	accept_line(f, "scan");
	assert_int_equal(strlen(f->config.output), 4000 - 9);
	config_free(&f->config);
	text[4000] = 'x';
	text[4001] = 'x';
	text[sizeof(text) - 2] = '\n';
	write_file(f, text);
	snprintf(said, sizeof(said),
		"danescan scan: config file %s line 1: the line is longer than "
		"4094 octets",
		f->file);
	refuse_line(f, "scan", said);
}

static void
check_width(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		assert_true(len <= 80);
		assert_true(len == 0 || text[len - 1] != ' ');
		text += len + (text[len] == '\n');
	}
}

static void
test_help(void **state)
{
	struct fixture *f = *state;
	const struct usage_command *usage;
	char line[64];

	for (size_t i = 0; (usage = usage_at(i)) != NULL; i++) {
		snprintf(line, sizeof(line), "%s --help", usage->name);
		assert_int_equal(read_words(f, line, STDOUT_FILENO), 1);
		config_free(&f->config);
		check_width(f->said);
		assert_non_null(strstr(f->said, usage->synopsis));
		assert_non_null(strstr(f->said, "\nExit codes:\n  0  "));
		assert_non_null(strstr(f->said, "  -h, --help "));
	}
	/* A default that is not that of the other commands. */
	assert_int_equal(read_words(f, "check --help", STDOUT_FILENO), 1);
	config_free(&f->config);
	assert_non_null(strstr(f->said, "busy or silent [0]\n"));
	assert_int_equal(read_words(f, "scan -h", STDOUT_FILENO), 1);
	assert_non_null(strstr(f->said, "busy or silent [1]\n"));
	config_free(&f->config);
	assert_non_null(strstr(f->said, "[10000]"));
	assert_non_null(strstr(f->said, "\n  4  interrupted"));
	assert_null(strstr(f->said, "--json"));
	assert_null(strstr(f->said, "--trust-everybody"));
}

static void
test_program_help(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const struct usage_command *usage;
	char row[32];

	(void)state;
	usage_print_program(out);
	fclose(out);
	check_width(text);
	for (size_t i = 0; (usage = usage_at(i)) != NULL; i++) {
		snprintf(row, sizeof(row), "\n  %s ", usage->name);
		assert_non_null(strstr(text, row));
	}
	free(text);
}

static void
test_json(void **state)
{
	struct fixture *f = *state;
	const struct options_spec *spec;
	json_t *object;
	char *text;

	accept_line(f, "scan --sample 1.5% --shard 2/8 --source ::1 "
		       "--probe none --rejects a\xff --dns-timeout 0.5 "
		       "--extras ds,mta-sts,ds");
	text = config_json(&f->config);
	object = json_loads(text, 0, NULL);
	assert_non_null(object);
	for (size_t i = 0; (spec = options_at(i)) != NULL; i++) {
		bool wanted = (spec->commands & CONFIG_SCAN) != 0 &&
			      spec->kind != OPTIONS_HELP &&
			      spec->kind != OPTIONS_CONFIG &&
			      spec->kind != OPTIONS_VERBOSITY;

		assert_int_equal(
			json_object_get(object, spec->name) != NULL, wanted);
	}
	assert_non_null(strstr(text, "\"sample\":0.015,"));
	assert_non_null(strstr(text, "\"shard\":\"2/8\","));
	assert_non_null(strstr(text, "\"source\":[\"::1\"],"));
	assert_non_null(strstr(text, "\"probe\":\"none\","));
	assert_non_null(strstr(text, "\"dns-timeout\":0.5,"));
	assert_non_null(strstr(text, "\"extras\":[\"mta-sts\",\"ds\"],"));
	assert_non_null(strstr(text, "\"rejects\":\"(not UTF-8)\","));
	json_decref(object);
	free(text);
	config_free(&f->config);
}

/* The table itself: unique names and letters, defaults that parse. */
static void
test_table(void **state)
{
	const struct options_spec *a, *b;
	char problem[OPTIONS_PROBLEM];
	struct fixture *f = *state;

	assert_true(options_count() < 64);
	accept_line(f, "scan");
	for (size_t i = 0; (a = options_at(i)) != NULL; i++) {
		assert_ptr_equal(options_find(a->name), a);
		assert_true(strlen(a->name) < 32);
		if (a->fallback != NULL)
			assert_int_equal(options_set(&f->config, a, a->fallback,
						 OPTIONS_BUILTIN, problem),
				0);
		for (size_t k = 0; k < i; k++) {
			b = options_at(k);
			assert_true(a->letter == 0 || a->letter != b->letter);
		}
	}
	config_free(&f->config);
}

#define CONFIG_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_defaults),
		CONFIG_TEST(test_command_line),
		CONFIG_TEST(test_limits),
		CONFIG_TEST(test_refused),
		CONFIG_TEST(test_password),
		CONFIG_TEST(test_precedence),
		CONFIG_TEST(test_file_errors),
		CONFIG_TEST(test_long_line),
		CONFIG_TEST(test_help),
		cmocka_unit_test(test_program_help),
		CONFIG_TEST(test_json),
		CONFIG_TEST(test_table),
	};

	unsetenv("DANESCAN_CONFIG");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
