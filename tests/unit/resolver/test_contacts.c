/*
 * Whom the embedded validator contacts: nobody at a special-purpose address,
 * whatever a delegation says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/resolver/laboratory.h"

enum {
	SERVERS_MAX = 32
};

/* The name servers of with_root.sh's special zones: they hear everything and
   say nothing. */
struct servers {
	char address[SERVERS_MAX][INET6_ADDRSTRLEN];
	int udp[SERVERS_MAX];
	int tcp[SERVERS_MAX];
	size_t count;
};

static int
bound(const char *address, int type)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(53)};
	bool ipv6 = strchr(address, ':') != NULL;
	int fd = socket(ipv6 ? AF_INET6 : AF_INET,
		type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (ipv6) {
		inet_pton(AF_INET6, address, &v6.sin6_addr);
		rc = bind(fd, (struct sockaddr *)&v6, sizeof(v6));
	} else {
		inet_pton(AF_INET, address, &v4.sin_addr);
		rc = bind(fd, (struct sockaddr *)&v4, sizeof(v4));
	}
	if (rc != 0)
		fail_msg("%s cannot be bound", address);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 10), 0);
	return fd;
}

static void
start(struct servers *servers)
{
	char path[256];
	FILE *file = fopen(laboratory_file("special", path), "r");

	assert_non_null(file);
	servers->count = 0;
	while (servers->count < SERVERS_MAX &&
		fscanf(file, "%45s", servers->address[servers->count]) == 1) {
		const char *address = servers->address[servers->count];

		servers->udp[servers->count] = bound(address, SOCK_DGRAM);
		servers->tcp[servers->count] = bound(address, SOCK_STREAM);
		servers->count++;
	}
	fclose(file);
	assert_in_range(servers->count, 10, SERVERS_MAX - 1);
}

static void
stop(struct servers *servers)
{
	for (size_t i = 0; i < servers->count; i++) {
		close(servers->udp[i]);
		close(servers->tcp[i]);
	}
}

static bool
was_contacted(const struct servers *servers, size_t i)
{
	char octet;
	int fd;

	if (recv(servers->udp[i], &octet, 1, MSG_PEEK) >= 0)
		return true;
	fd = accept4(servers->tcp[i], NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void
ask_all(struct laboratory *w, const struct servers *servers,
	struct reply replies[SERVERS_MAX])
{
	char name[64];

	for (size_t i = 0; i < servers->count; i++) {
		snprintf(name, sizeof(name), "mail.special%zu", i);
		laboratory_ask(w, name, ANSWER_TYPE_MX, &replies[i]);
	}
}

static struct resolver_config
config_with(bool allow_reserved, char hints[256])
{
	struct resolver_config config = laboratory_config();

	config.root_hints = laboratory_file("public-hints", hints);
	config.allow_reserved = allow_reserved;
	config.no_ipv6 = false;
	return config;
}

static void
special_purpose_addresses_are_not_contacted(void **state)
{
	char hints[256];
	struct resolver_config config = config_with(false, hints);
	struct reply replies[SERVERS_MAX], other;
	struct servers servers;
	struct laboratory w;

	(void)state;
	start(&servers);
	laboratory_begin(&w, &config);
	ask_all(&w, &servers, replies);
	laboratory_ask(&w, "mail.example", ANSWER_TYPE_MX, &other);
	laboratory_drain(&w);
	laboratory_expect_data(&other, 1);
	for (size_t i = 0; i < servers.count; i++) {
		if (was_contacted(&servers, i) ||
			replies[i].status != ANSWER_SERVFAIL)
			fail_msg("%s: %s", servers.address[i],
				answer_status_label(replies[i].status));
	}
	resolver_free(w.resolver);
	stop(&servers);
}

/* The sockets of the test above do hear: in the laboratory they are asked. */
static void
they_are_where_it_is_allowed(void **state)
{
	char hints[256];
	struct resolver_config config = config_with(true, hints);
	struct reply replies[SERVERS_MAX];
	struct servers servers;
	struct laboratory w;
	size_t contacted = 0;

	(void)state;
	start(&servers);
	laboratory_begin(&w, &config);
	ask_all(&w, &servers, replies);
	while (laboratory_open(&w) > 0 && contacted < servers.count) {
		laboratory_turn(&w);
		contacted = 0;
		for (size_t i = 0; i < servers.count; i++)
			contacted += was_contacted(&servers, i);
	}
	for (size_t i = 0; i < servers.count; i++)
		if (!was_contacted(&servers, i))
			print_message("%s was not\n", servers.address[i]);
	assert_int_equal(contacted, servers.count);
	resolver_free(w.resolver);
	stop(&servers);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_purpose_addresses_are_not_contacted),
		cmocka_unit_test(they_are_where_it_is_allowed),
	};

	(void)argc;
	laboratory_enter(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
