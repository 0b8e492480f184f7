/*
 * A farm of mail servers: speaks SMTP with STARTTLS on thousands of addresses.
 *
 *   farm TABLE CERTIFICATES LOG
 *
 * A line of TABLE, fields separated by one tab: address, names of one or two
 * certificates with a comma between ("-": none, every handshake fails), and
 * words which say how it behaves:
 *   never=STAGE, close=STAGE, reset=STAGE   at this stage nothing more comes,
 *            the connection is closed, or reset, in place of the answer:
 * connect, banner, ehlo, starttls, handshake (the client has begun it),
 * ehlo-tls banner=TEXT, starttls=TEXT              the reply; starttls=no: not
 * offered blackhole                               the address does not answer
 * at all CERTIFICATES: mint.py. Each connection becomes one line of LOG when it
 * has ended, fields separated by one blank: address, start and end in
 * nanoseconds of the monotonic clock, whether STARTTLS was said, whether a
 * handshake was finished, whether QUIT was said, whether MAIL was said (0 or
 * 1), the name in EHLO ("-": none). One line "ready" on standard output tells
 * that all addresses listen.
 */
#include <linux/filter.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/lab/farm.h"

#define SMTP_PORT 25
#define BACKLOG 512

_Noreturn void
farm_die(const char *what, const char *detail)
{
	fprintf(stderr, "farm: %s: %s\n", what, detail);
	exit(1);
}

static void
check(int status, const char *what)
{
	if (status < 0)
		farm_die(what, uv_strerror(status));
}

static enum stage
find_stage(const char *word)
{
	static const char *const words[] = {"", "connect", "banner", "ehlo",
		"starttls", "handshake", "ehlo-tls"};

	for (int i = STAGE_CONNECT; i <= STAGE_EHLO_TLS; i++)
		if (strcmp(words[i], word) == 0)
			return (enum stage)i;
	farm_die("unknown stage", word);
}

static void
add_word(struct mail_server *server, char *word)
{
	char *value = strchr(word, '=');

	if (strcmp(word, "blackhole") == 0) {
		server->blackhole = true;
		return;
	}
	if (value == NULL)
		farm_die("unknown word", word);
	*value++ = '\0';
	if (strcmp(word, "never") == 0)
		server->never = find_stage(value);
	else if (strcmp(word, "close") == 0)
		server->close = find_stage(value);
	else if (strcmp(word, "reset") == 0)
		server->reset = find_stage(value);
	else if (strcmp(word, "banner") == 0)
		server->banner = strdup(value);
	else if (strcmp(word, "starttls") == 0)
		server->starttls = strdup(value);
	else
		farm_die("unknown word", word);
}

static void
add_certificates(struct mail_server *server, char *names)
{
	char *name;

	while (strcmp(names, "-") != 0 &&
		(name = strsep(&names, ",")) != NULL) {
		if (server->certificate_count == MAX_CERTIFICATES)
			farm_die("too many certificates", name);
		server->certificates[server->certificate_count++] =
			certificates_find(&server->farm->certificates, name);
		if (names == NULL)
			break;
	}
}

static void
on_connection(uv_stream_t *listener, int status)
{
	if (status == 0)
		session_accept(listener->data);
}

/* What comes is dropped by the kernel, without an answer. */
static void
be_a_black_hole(struct mail_server *server)
{
	struct sock_filter drop = {BPF_RET | BPF_K, 0, 0, 0};
	struct sock_fprog program = {.len = 1, .filter = &drop};
	int fd = -1;

	uv_fileno((uv_handle_t *)&server->listener, &fd);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		    sizeof(program)) != 0)
		farm_die("no socket filter", server->address);
}

static void
serve(struct mail_server *server)
{
	struct sockaddr_storage address = {0};
	struct sockaddr *any = (struct sockaddr *)&address;

	if (uv_ip4_addr(server->address, SMTP_PORT,
		    (struct sockaddr_in *)&address) != 0)
		check(uv_ip6_addr(server->address, SMTP_PORT,
			      (struct sockaddr_in6 *)&address),
			server->address);
	uv_tcp_init_ex(&server->farm->loop, &server->listener,
		(unsigned)any->sa_family);
	server->listener.data = server;
	check(uv_tcp_bind(&server->listener, any, 0), server->address);
	if (server->blackhole)
		be_a_black_hole(server);
	check(uv_listen(
		      (uv_stream_t *)&server->listener, BACKLOG, on_connection),
		server->address);
}

static void
add_server(struct farm *farm, char *line)
{
	struct mail_server *server = calloc(1, sizeof(*server));
	char *address, *names, *word;

	line[strcspn(line, "\n")] = '\0';
	address = strsep(&line, "\t");
	names = strsep(&line, "\t");
	if (server == NULL || names == NULL)
		farm_die("bad line", address);
	server->farm = farm;
	snprintf(server->address, sizeof(server->address), "%s", address);
	add_certificates(server, names);
	while ((word = strsep(&line, "\t")) != NULL)
		add_word(server, word);
	serve(server);
}

static void
start(struct farm *farm, const char *table)
{
	FILE *file = fopen(table, "r");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL)
		farm_die("cannot read", table);
	while (getline(&line, &size, file) > 0)
		add_server(farm, line);
	free(line);
	fclose(file);
}

static SSL_CTX *
make_context(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL)
		farm_die("no TLS", "");
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_read_ahead(context, 1);
	return context;
}

int
main(int argc, char **argv)
{
	static struct farm farm;
	struct rlimit files;

	if (argc != 4)
		farm_die("usage", "farm TABLE CERTIFICATES LOG");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	signal(SIGPIPE, SIG_IGN);
	check(uv_loop_init(&farm.loop), "loop");
	farm.context = make_context();
	farm.log = fopen(argv[3], "w");
	if (farm.log == NULL)
		farm_die("cannot write", argv[3]);
	setvbuf(farm.log, NULL, _IOLBF, 0);
	certificates_read(&farm.certificates, argv[2]);
	start(&farm, argv[1]);
	puts("ready");
	fflush(stdout);
	return uv_run(&farm.loop, UV_RUN_DEFAULT);
}
