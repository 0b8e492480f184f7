/* json: the record of INTERFACE section 3, octet by octet. */
#include "store/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/store/rows.h"

#define ZEROES28 "00000000000000000000000000000000000000000000000000000000"
#define SECURE "{\"status\":\"data\",\"trust\":\"secure\",\"why\":null"
#define NODATA "{\"status\":\"nodata\",\"trust\":\"secure\",\"why\":null"

/* Of ROWS_HOST_EXTRAS and ROWS_EXTRAS. */
#define HOST_EXTRAS                                         \
	"\"extras\":{\"denial\":{"                          \
	"\"parent\":" NODATA ",\"alias\":null},"            \
	"\"owner\":" NODATA ",\"alias\":null},"             \
	"\"servers\":[{\"name\":\"ns.example.com\","        \
	"\"address\":\"192.0.2.53\",\"type\":\"TLSA\","     \
	"\"outcome\":\"timeout\"}]},"                       \
	"\"ports\":[{\"port\":465,\"status\":\"data\","     \
	"\"trust\":\"secure\",\"why\":null,\"records\":1}," \
	"{\"port\":587,\"status\":\"nodata\","              \
	"\"trust\":\"secure\",\"why\":null,\"records\":0}]}"
#define EXTRAS                                                      \
	"\"extras\":{\"mta_sts\":" SECURE ",\"state\":\"present\"," \
	"\"id\":\"1\",\"policy\":{\"state\":\"fetched\","           \
	"\"why\":null,\"http\":200,\"mode\":\"enforce\","           \
	"\"max_age\":86400,\"mx\":[\"mx.example.com\","             \
	"\"*.b.example\"],\"truncated\":false}},"                   \
	"\"tlsrpt\":" NODATA ",\"state\":\"absent\",\"rua\":null}," \
	"\"ns\":" SECURE ",\"zone\":\"example.com\","               \
	"\"servers\":[\"ns1.example.net\",\"ns2.example.net\"],"    \
	"\"operator\":\"example.net\"},"                            \
	"\"ds\":{\"zone\":\"example.com\","                         \
	"\"ds\":" SECURE ",\"records\":["                           \
	"{\"tag\":4711,\"algorithm\":13,\"digest_type\":2},"        \
	"{\"tag\":4712,\"algorithm\":8,\"digest_type\":1}]},"       \
	"\"dnskey\":" SECURE ",\"records\":["                       \
	"{\"tag\":4711,\"flags\":257,\"algorithm\":13}]},"          \
	"\"nsec3\":{\"iterations\":1,\"salt_length\":8,"            \
	"\"opt_out\":true},\"registry\":false}}"

static void
expect(struct buffer *json, const char *text)
{
	assert_string_equal(buffer_string(json), text);
	json->len = 0;
}

static void
record_of_the_interface(void **state)
{
	struct buffer json = {0};

	(void)state;
	json_record(&json, "2026-11-21-demo", &ROWS_DOMAIN);
	expect(&json,
		"{\"schema\":1,\"scan\":\"2026-11-21-demo\","
		"\"time\":\"2026-11-21T20:00:00Z\",\"line\":4711,"
		"\"domain\":\"example.com\",\"input\":\"Example.com\","
		"\"class\":\"broken\","
		"\"reason\":\"dane-no-match\",\"reasons\":[\"dane-no-match\"],"
		"\"severity\":\"outage\",\"half_dane\":null,\"passes\":2,"
		"\"mx\":{\"status\":\"data\",\"trust\":\"secure\",\"why\":null,"
		"\"ttl\":3600,\"algorithm\":8,"
		"\"sig_expires\":\"2026-12-01T20:00:00Z\","
		"\"alias\":null,\"implicit\":false,\"servers\":[]}"
		","
		"\"hosts\":[{\"host\":\"mx.example.com\",\"preference\":10,"
		"\"class\":\"broken\",\"reason\":\"dane-no-match\","
		"\"base\":\"mx.example.com\",\"alias\":null,"
		"\"a\":{\"status\":\"data\",\"trust\":\"secure\",\"why\":null},"
		"\"aaaa\":{\"status\":\"nodata\",\"trust\":\"secure\","
		"\"why\":null},"
		"\"tlsa\":{\"state\":\"usable\",\"status\":\"data\","
		"\"trust\":\"secure\",\"why\":null,\"ttl\":3600,"
		"\"algorithm\":13,"
		"\"sig_expires\":\"2026-12-02T20:00:00Z\","
		"\"records\":[{\"usage\":3,\"selector\":1,\"mtype\":1,"
		"\"data\":\"9f86d0\",\"usable\":true,\"why\":null,"
		"\"match\":false,\"depth\":null,"
		"\"hint\":\"digest-of-issuer\"}]},"
		"\"endpoints\":[{\"address\":\"192.0.2.25\",\"port\":25,"
		"\"class\":\"fail\",\"reason\":\"dane-no-match\","
		"\"detail\":null,\"smtp_code\":220,"
		"\"tls\":{\"version\":\"TLSv1.3\","
		"\"cipher\":\"TLS_AES_256_GCM_SHA384\",\"group\":\"X25519\","
		"\"key\":\"EC-256\",\"chain\":[\"abcd0000" ZEROES28
		"\",\"01000000" ZEROES28 "\"]},"
		"\"tls_other\":{\"version\":\"TLSv1.2\","
		"\"cipher\":\"AES128-SHA\",\"group\":null,"
		"\"key\":\"RSA-2048\",\"chain\":[\"01000000" ZEROES28 "\"]},"
		"\"match\":null,\"dane_error\":65,\"min_seclevel\":null,"
		"\"flags\":[],\"pkix\":{\"ok\":false,\"error\":62,"
		"\"reason\":\"name-mismatch\","
		"\"name\":\"*.example.net\"}}],"
		"\"servers\":[{\"name\":\"ns.example.com\","
		"\"address\":\"192.0.2.53\",\"type\":\"TLSA\","
		"\"outcome\":\"timeout\",\"serial\":null,"
		"\"digest\":\"000000000000001f\"}]," HOST_EXTRAS "}]," EXTRAS
		","
		"\"lint\":[\"tlsa-no-rollover\"],\"flags\":[],\"tags\":{}}");
	buffer_free(&json);
}

static void
null_where_it_does_not_apply(void **state)
{
	struct row_domain domain = rows_short(1, "example.com");
	struct buffer json = {0};

	(void)state;
	json_record(&json, "s", &domain);
	expect(&json,
		"{\"schema\":1,\"scan\":\"s\","
		"\"time\":\"2026-11-21T20:00:00Z\",\"line\":1,"
		"\"domain\":\"example.com\",\"input\":null,"
		"\"class\":\"no-dnssec\","
		"\"reason\":\"mx-insecure\",\"reasons\":[\"mx-insecure\"],"
		"\"severity\":null,\"half_dane\":\"none\",\"passes\":1,"
		"\"mx\":{\"status\":\"nodata\",\"trust\":\"insecure\","
		"\"why\":null,\"ttl\":null,\"algorithm\":null,"
		"\"sig_expires\":null,\"alias\":null,\"implicit\":false,"
		"\"servers\":[]},"
		"\"hosts\":[],\"extras\":null,\"lint\":[],\"flags\":[],"
		"\"tags\":{}}");
	buffer_free(&json);
}

/* What was not asked for is null, part by part. */
static void
parts_of_extras(void **state)
{
	static const struct row_extras only_tlsrpt = {.tlsrpt = &ROWS_TLSRPT};
	static const struct row_host_extras only_ports = {
		.ports = ROWS_PORTS, .port_count = 1};
	static const struct row_policy gone = {
		.state = "http", .why = "w", .http_code = 404};
	static const struct row_extras no_policy = {
		.mta_sts = &ROWS_MTA_STS, .policy = &gone};
	static const struct row_host_extras only_denial = {
		.denial = &ROWS_DENIAL};
	struct buffer json = {0};

	(void)state;
	json_extras(&json, &only_tlsrpt);
	expect(&json,
		"{\"mta_sts\":null,\"tlsrpt\":" NODATA
		",\"state\":\"absent\",\"rua\":null},\"ns\":null,\"ds\":null}");
	json_extras(&json, &no_policy);
	assert_non_null(strstr(buffer_string(&json),
		"\"policy\":{\"state\":\"http\",\"why\":\"w\",\"http\":404,"
		"\"mode\":null,\"max_age\":null,\"mx\":[],\"truncated\":false}"
		"}"));
	json.len = 0;
	json_host_extras(&json, &only_ports);
	expect(&json, "{\"denial\":null,\"ports\":[{\"port\":465,"
		      "\"status\":\"data\",\"trust\":\"secure\",\"why\":null,"
		      "\"records\":1}]}");
	json_host_extras(&json, &only_denial);
	assert_non_null(strstr(buffer_string(&json), "\"ports\":null}"));
	buffer_free(&json);
}

/* match and chain of one exchange in all their values. */
static void
exchange_values(void **state)
{
	static const struct row_match match = {
		.usage = 2, .selector = 0, .mtype = 2, .depth = 1, .name = "n"};
	struct row_tlsa tlsa[2] = {ROWS_TLSA[0], ROWS_TLSA[0]};
	struct row_endpoint endpoint = {
		.address = "2001:db8::1",
		.port = 2525,
		.class = "ok",
		.match = &match,
		.min_seclevel = 2,
		.flags = ROWS_LINT,
		.flag_count = 1,
	};
	struct row_host host = ROWS_HOST;
	struct buffer json = {0};

	(void)state;
	tlsa[0].match = 1;
	tlsa[0].depth = 0;
	tlsa[1].match = -1;
	tlsa[1].usable = false;
	tlsa[1].len = 0;
	host.records = tlsa;
	host.record_count = 2;
	host.endpoints = &endpoint;
	json_mx(&json, &(struct row_mx){.preference = 0, .host = &host});
	const char *text = buffer_string(&json);
	assert_non_null(strstr(text, "\"match\":true,\"depth\":0,"));
	assert_non_null(strstr(text, "\"data\":\"\",\"usable\":false"));
	assert_non_null(strstr(text, "\"match\":null,\"depth\":null"));
	assert_non_null(strstr(text,
		"\"smtp_code\":null,\"tls\":null,\"tls_other\":null,"
		"\"match\":{\"usage\":2,\"selector\":0,\"mtype\":2,"
		"\"depth\":1,\"name\":\"n\"},\"dane_error\":0,"
		"\"min_seclevel\":2,"
		"\"flags\":[\"tlsa-no-rollover\"],\"pkix\":null}"));
	buffer_free(&json);
}

static void
text_is_sanitised(void **state)
{
	static const struct row_tag tags[] = {
		{"rank", "1"},
		{"a\xff"
		 "b",
			"\xc3\x28\"\n"},
		{"rank", "2"},
	};
	struct buffer json = {0};

	(void)state;
	json_tags(&json, tags, SIZE(tags));
	expect(&json, "{\"rank\":\"2\",\"ab\":\"(\\\"\\n\"}");
	json_tags(&json, NULL, 0);
	expect(&json, "{}");
	buffer_free(&json);
}

static void
times(void **state)
{
	char out[21];

	(void)state;
	json_time(out, 0);
	assert_string_equal(out, "1970-01-01T00:00:00Z");
	json_time(out, -1);
	assert_string_equal(out, "1969-12-31T23:59:59Z");
	json_time(out, ROWS_DOMAIN.time_us);
	assert_string_equal(out, "2026-11-21T20:00:00Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_of_the_interface),
		cmocka_unit_test(null_where_it_does_not_apply),
		cmocka_unit_test(parts_of_extras),
		cmocka_unit_test(exchange_values),
		cmocka_unit_test(text_is_sanitised),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
