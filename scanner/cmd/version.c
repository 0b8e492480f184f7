/* `danescan version`: what this program is made of. */
#include <archive.h>
#include <ares.h>
#include <curl/curl.h>
#include <idn2.h>
#include <jansson.h>
#include <ldns/ldns.h>
#include <libpq-fe.h>
#include <libpsl.h>
#include <libxml/parser.h>
#include <libxslt/xslt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <unbound.h>
#include <uv.h>

#include "resolver/anchor.h"
#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "scanner/core/classifier.h"
#include "store/schema.h"

/* 10203 is 1.2.3. */
static void
print_number(const char *name, int version)
{
	printf("%-14s %d.%d.%d\n", name, version / 10000, version / 100 % 100,
		version % 100);
}

static void
print_libraries(void)
{
	int pq = PQlibVersion();

	printf("libunbound     %s\n", ub_version());
	printf("c-ares         %s\n", ares_version(NULL));
	printf("OpenSSL        %s\n", OpenSSL_version(OPENSSL_VERSION_STRING));
	printf("libuv          %s\n", uv_version_string());
	printf("libpq          %d.%d\n", pq / 10000, pq % 10000);
	printf("ldns           %s\n", ldns_version());
	printf("jansson        %s\n", jansson_version_str());
	printf("libidn2        %s\n", idn2_check_version(NULL));
	printf("libpsl         %s\n", psl_get_version());
	printf("libcurl        %s\n",
		curl_version_info(CURLVERSION_NOW)->version);
	print_number("libxml2", atoi(xmlParserVersion));
	print_number("libxslt", xsltLibxsltVersion);
	printf("libarchive     %s\n", archive_version_string());
}

static int
print_trust_anchor(const char *path)
{
	uint16_t tags[ANCHOR_TAGS_MAX];
	char err[512];
	int count = anchor_key_tags(path, tags, err, sizeof(err));

	if (count < 0) {
		fprintf(stderr, "danescan version: %s\n", err);
		return CONFIG_EXIT_ENVIRONMENT;
	}
	printf("trust anchor   ");
	for (int i = 0; i < count; i++)
		printf("%s%u", i > 0 ? ", " : "", tags[i]);
	printf(" (%s)\n", path);
	return CONFIG_EXIT_OK;
}

static int
run(struct config *config)
{
	printf("danescan       " DANESCAN_VERSION "\n");
	printf("schema         %d\n", schema_version());
	printf("classifier     %d\n", CLASSIFIER_VERSION);
	print_libraries();
	return print_trust_anchor(config->trust_anchor);
}

int
cmd_version(int argc, char **argv)
{
	return config_run(CONFIG_VERSION, argc, argv, run);
}
