/* `danescan version`: what this program is made of. */
#include <archive.h>
#include <ares.h>
#include <curl/curl.h>
#include <errno.h>
#include <idn2.h>
#include <jansson.h>
#include <ldns/ldns.h>
#include <libpq-fe.h>
#include <libpsl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <unbound.h>
#include <uv.h>

#include "scanner/cmd/cmd.h"
#include "scanner/config.h"
#include "store/schema.h"

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
	printf("libarchive     %s\n", archive_version_string());
}

/* -1: neither DNSKEY nor DS. */
static int
key_tag(const ldns_rr *rr)
{
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY)
		return ldns_calc_keytag(rr);
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DS && ldns_rr_rd_count(rr) > 0)
		return ldns_rdf2native_int16(ldns_rr_rdf(rr, 0));
	return -1;
}

/* The key tags of a zone-format file; how many, or -1 for a syntax error. */
static int
print_key_tags(FILE *file)
{
	uint32_t ttl = 0;
	ldns_rdf *origin = NULL, *owner = NULL;
	ldns_status status = LDNS_STATUS_OK;
	int line = 0;
	int count = 0;

	while (!feof(file) && status == LDNS_STATUS_OK) {
		ldns_rr *rr = NULL;
		int tag;

		status = ldns_rr_new_frm_fp_l(
			&rr, file, &ttl, &origin, &owner, &line);
		if (status == LDNS_STATUS_OK && (tag = key_tag(rr)) >= 0)
			printf("%s%d", count++ > 0 ? ", " : "", tag);
		if (status == LDNS_STATUS_SYNTAX_EMPTY ||
			status == LDNS_STATUS_SYNTAX_TTL ||
			status == LDNS_STATUS_SYNTAX_ORIGIN)
			status = LDNS_STATUS_OK;
		ldns_rr_free(rr);
	}
	ldns_rdf_deep_free(origin);
	ldns_rdf_deep_free(owner);
	return status == LDNS_STATUS_OK ? count : -1;
}

static int
print_trust_anchor(const char *path)
{
	FILE *file = fopen(path, "re");
	int count;

	if (file == NULL) {
		fprintf(stderr, "danescan version: trust anchor %s: %s\n", path,
			strerror(errno));
		return CONFIG_EXIT_ENVIRONMENT;
	}
	printf("trust anchor   ");
	count = print_key_tags(file);
	printf("%s(%s)\n", count > 0 ? " " : "", path);
	fclose(file);
	if (count > 0)
		return CONFIG_EXIT_OK;
	fprintf(stderr, "danescan version: trust anchor %s: %s\n", path,
		count < 0 ? "not in zone-file format"
			  : "holds no DNSKEY or DS record");
	return CONFIG_EXIT_ENVIRONMENT;
}

int
cmd_version(int argc, char **argv)
{
	struct config config;
	int rc = config_read(&config, CONFIG_VERSION, argc, argv);
	int code = rc < 0 ? CONFIG_EXIT_USAGE : CONFIG_EXIT_OK;

	if (rc == 0) {
		printf("danescan       " DANESCAN_VERSION "\n");
		printf("schema         %d\n", schema_version());
		print_libraries();
		code = print_trust_anchor(config.trust_anchor);
	}
	config_free(&config);
	return code;
}
