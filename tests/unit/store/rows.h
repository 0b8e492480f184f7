/* Rows for the tests: the record of INTERFACE section 3, and a short one. */
#ifndef TESTS_UNIT_STORE_ROWS_H
#define TESTS_UNIT_STORE_ROWS_H

#include <stdio.h>

#include "store/row.h"

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t ROWS_TLSA_DATA[] = {0x9f, 0x86, 0xd0};
static const uint8_t ROWS_CHAIN[2][32] = {{0xab, 0xcd}, {0x01}};
static const char *const ROWS_REASONS[] = {"dane-no-match"};
static const char *const ROWS_LINT[] = {"tlsa-no-rollover"};

static const struct row_tls ROWS_TLS = {
	.version = "TLSv1.3",
	.cipher = "TLS_AES_256_GCM_SHA384",
	.group = "X25519",
	.key = "EC-256",
	.chain = ROWS_CHAIN,
	.chain_len = 2,
};

static const struct row_tls ROWS_TLS_OTHER = {
	.version = "TLSv1.2",
	.cipher = "AES128-SHA",
	.key = "RSA-2048",
	.chain = &ROWS_CHAIN[1],
	.chain_len = 1,
};

static const struct row_tlsa ROWS_TLSA[] = {{
	.usage = 3,
	.selector = 1,
	.mtype = 1,
	.data = ROWS_TLSA_DATA,
	.len = sizeof(ROWS_TLSA_DATA),
	.usable = true,
	.match = 0,
	.depth = -1,
	.hint = "digest-of-issuer",
}};

static const struct row_pkix ROWS_PKIX = {
	.error = 62,
	.reason = "name-mismatch",
	.name = "*.example.net",
};

static const struct row_endpoint ROWS_ENDPOINT[] = {{
	.address = "192.0.2.25",
	.port = 25,
	.class = "fail",
	.reason = "dane-no-match",
	.smtp_code = 220,
	.tls = &ROWS_TLS,
	.tls_other = &ROWS_TLS_OTHER,
	.dane_error = 65,
	.min_seclevel = -1,
	.pkix = &ROWS_PKIX,
}};

static const struct row_server ROWS_SERVER[] = {
	{"ns.example.com", "192.0.2.53", "TLSA", "timeout", -1, 0x1f},
};

#define ROWS_SECURE                                                 \
	{                                                           \
		.status = "data", .trust = "secure", .ttl_s = 3600, \
	}
#define ROWS_NODATA                                                  \
	{                                                            \
		.status = "nodata", .trust = "secure", .ttl_s = 300, \
	}

static const char *const ROWS_NS[] = {"ns1.example.net", "ns2.example.net"};
static const struct row_ds ROWS_DS[] = {{4711, 13, 2}, {4712, 8, 1}};
static const struct row_dnskey ROWS_KEYS[] = {{4711, 257, 13}};
static const struct row_nsec3 ROWS_NSEC3 = {1, 8, true};

static const struct row_txt ROWS_MTA_STS = {
	.lookup = ROWS_SECURE, .state = "present", .value = "1"};
static const char *const ROWS_POLICY_MX[] = {"mx.example.com", "*.b.example"};
static const struct row_policy ROWS_POLICY = {
	.state = "fetched",
	.http_code = 200,
	.mode = "enforce",
	.max_age_s = 86400,
	.mx = ROWS_POLICY_MX,
	.mx_count = 2,
};
static const struct row_txt ROWS_TLSRPT = {
	.lookup = ROWS_NODATA, .state = "absent"};
static const struct row_zone ROWS_ZONE = {
	.lookup = ROWS_SECURE,
	.name = "example.com",
	.servers = ROWS_NS,
	.server_count = 2,
	.provider = "example.net",
};
static const struct row_signing ROWS_SIGNING = {
	.zone = "example.com",
	.ds = ROWS_SECURE,
	.delegations = ROWS_DS,
	.delegation_count = 2,
	.dnskey = ROWS_SECURE,
	.keys = ROWS_KEYS,
	.key_count = 1,
	.nsec3 = &ROWS_NSEC3,
};
static const struct row_extras ROWS_EXTRAS = {
	&ROWS_MTA_STS, &ROWS_POLICY, &ROWS_TLSRPT, &ROWS_ZONE, &ROWS_SIGNING};

static const struct row_denial ROWS_DENIAL = {
	.parent = ROWS_NODATA,
	.owner = ROWS_NODATA,
	.servers = ROWS_SERVER,
	.server_count = 1,
};
static const struct row_port ROWS_PORTS[] = {
	{465, ROWS_SECURE, 1}, {587, ROWS_NODATA, 0}};
static const struct row_host_extras ROWS_HOST_EXTRAS = {
	&ROWS_DENIAL, ROWS_PORTS, 2};

static const struct row_host ROWS_HOST = {
	.host = "mx.example.com",
	.provider = "example.com",
	.base = "mx.example.com",
	.class = "broken",
	.reason = "dane-no-match",
	.a = {.status = "data", .trust = "secure", .ttl_s = 300},
	.aaaa = {.status = "nodata", .trust = "secure", .ttl_s = -1},
	.tlsa = {.status = "data",
		.trust = "secure",
		.ttl_s = 3600,
		.algorithm = 13,
		.sig_expires = 1796241600},
	.tlsa_state = "usable",
	.records = ROWS_TLSA,
	.record_count = 1,
	.endpoints = ROWS_ENDPOINT,
	.endpoint_count = 1,
	.servers = ROWS_SERVER,
	.server_count = 1,
	.extras = &ROWS_HOST_EXTRAS,
};

static const struct row_mx ROWS_MX[] = {{.preference = 10, .host = &ROWS_HOST}};

/* 2026-11-21T20:00:00Z */
enum {
	ROWS_TIME_S = 1795291200
};

static const struct row_domain ROWS_DOMAIN = {
	.line = 4711,
	.time_us = (int64_t)ROWS_TIME_S * 1000000 + 999999,
	.domain = "example.com",
	.input = "Example.com",
	.tld = "com",
	.class = "broken",
	.reason = "dane-no-match",
	.reasons = ROWS_REASONS,
	.reason_count = 1,
	.severity = "outage",
	.passes = 2,
	.mx = {.status = "data",
		.trust = "secure",
		.ttl_s = 3600,
		.algorithm = 8,
		.sig_expires = 1796155200},
	.hosts = ROWS_MX,
	.host_count = 1,
	.extras = &ROWS_EXTRAS,
	.lint = ROWS_LINT,
	.lint_count = 1,
};

/* A word with all that an array or a literal could trip over. */
#define ROWS_ODD_WORD "it's \"\\N $$ {},"

/* Every word that a row of these tests has in a closed list. */
static const struct row_word ROWS_WORD_LIST[] = {
	{"class", "broken"},
	{"class", "no-dnssec"},
	{"host class", "broken"},
	{"host class", "valid"},
	{"tlsa state", "usable"},
	{"endpoint class", "ok"},
	{"endpoint class", "fail"},
	{"reason", "dane-no-match"},
	{"reason", "mx-insecure"},
	{"hint", "digest-of-issuer"},
	{"pkix", "name-mismatch"},
	{"lint", "tlsa-no-rollover"},
	{"severity", "outage"},
	{"half-dane", "none"},
	{"status", "data"},
	{"status", "nodata"},
	{"trust", "secure"},
	{"trust", "insecure"},
	{"reason", ROWS_ODD_WORD},
};
static const struct row_words ROWS_WORDS = {
	ROWS_WORD_LIST, SIZE(ROWS_WORD_LIST)};

/* A domain without hosts; the name belongs to the caller. */
static inline struct row_domain
rows_short(uint64_t line, const char *name)
{
	static const char *const reasons[] = {"mx-insecure"};

	return (struct row_domain){
		.line = line,
		.time_us = (int64_t)ROWS_TIME_S * 1000000,
		.domain = name,
		.tld = "com",
		.class = "no-dnssec",
		.reason = "mx-insecure",
		.reasons = reasons,
		.reason_count = 1,
		.half_dane = "none",
		.passes = 1,
		.mx = {.status = "nodata", .trust = "insecure", .ttl_s = -1},
	};
}

static inline const char *
rows_name(char name[64], uint64_t line)
{
	(void)snprintf(name, 64, "d%llu.example.com", (unsigned long long)line);
	return name;
}

#endif
