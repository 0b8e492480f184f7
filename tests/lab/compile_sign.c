/*
 * Signs with one P-256 key (RFC 6605) on all processors: what is to be signed
 * is known before the first signature is made.
 */
#include <endian.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "tests/lab/compile.h"

#define ALGORITHM 13
#define KEY_FLAGS 257 /* zone key and secure entry point in one */
#define MAX_THREADS 16
#define DAY_S 86400

struct signer {
	pthread_t thread;
	const struct pending *pending;
	size_t count;
	uint8_t *base;
	EVP_PKEY *key;
};

static void
put16(uint8_t *out, uint16_t number)
{
	number = htobe16(number);
	memcpy(out, &number, sizeof(number));
}

static void
put32(uint8_t *out, uint32_t number)
{
	number = htobe32(number);
	memcpy(out, &number, sizeof(number));
}

/* RFC 4034 appendix B. */
static uint16_t
key_tag(const uint8_t *dnskey)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < DNSKEY_SIZE; i++)
		sum += i & 1 ? dnskey[i] : (uint32_t)dnskey[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}

void
sign_start(struct output *output)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t point[65];
	size_t length = 0;

	if (key == NULL ||
		!EVP_PKEY_get_octet_string_param(
			key, "pub", point, sizeof(point), &length) ||
		length != sizeof(point))
		die("cannot make a key", "P-256");
	put16(output->dnskey, KEY_FLAGS);
	output->dnskey[2] = 3;
	output->dnskey[3] = ALGORITHM;
	memcpy(output->dnskey + 4, point + 1, 64);
	output->key_tag = key_tag(output->dnskey);
	output->key = key;
}

size_t
sign_ds(const struct output *output, const uint8_t *apex, uint8_t *out)
{
	uint8_t text[ZONEDB_NAME + DNSKEY_SIZE];
	size_t length = zonedb_name_length(apex);

	memcpy(text, apex, length);
	memcpy(text + length, output->dnskey, DNSKEY_SIZE);
	put16(out, output->key_tag);
	out[2] = ALGORITHM;
	out[3] = 2;
	EVP_Digest(
		text, length + DNSKEY_SIZE, out + 4, NULL, EVP_sha256(), NULL);
	return 4 + DIGEST_SIZE;
}

static uint8_t
count_labels(const uint8_t *name)
{
	uint8_t count = 0;

	for (; *name != 0; name += *name + 1)
		count++;
	return count;
}

/* What is signed (RFC 4034 section 3.1.8.1): RDATA so far, then the RRset. */
static void
digest_rrset(const uint8_t *rdata, size_t rdata_size, const uint8_t *name,
	const uint8_t *records, size_t count, uint8_t digest[DIGEST_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t name_length = zonedb_name_length(name);
	uint8_t fixed[8];

	memcpy(fixed, rdata, 2);
	put16(fixed + 2, 1);
	memcpy(fixed + 4, rdata + 4, 4);
	EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	EVP_DigestUpdate(context, rdata, rdata_size);
	for (; count > 0; count--) {
		size_t size = (size_t)(records[0] << 8 | records[1]) + 2;

		EVP_DigestUpdate(context, name, name_length);
		EVP_DigestUpdate(context, fixed, sizeof(fixed));
		EVP_DigestUpdate(context, records, size);
		records += size;
	}
	EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
}

size_t
sign_prepare(const struct output *output, const struct zone *zone,
	const uint8_t *name, uint16_t type, uint32_t ttl,
	const uint8_t *records, size_t count, uint8_t *rdata,
	uint8_t digest[DIGEST_SIZE])
{
	uint32_t shift = zone_spoils(zone, FAULT_EXPIRED_SIGS, type)
				 ? 30 * DAY_S
				 : 0;
	size_t size = 18 + zone->apex_length;

	put16(rdata, type);
	rdata[2] = ALGORITHM;
	rdata[3] = count_labels(name);
	put32(rdata + 4, ttl);
	put32(rdata + 8, output->expiration - shift);
	put32(rdata + 12, output->inception - shift);
	put16(rdata + 16, output->key_tag);
	memcpy(rdata + 18, zone->apex, zone->apex_length);
	digest_rrset(rdata, size, name, records, count, digest);
	if (zone_spoils(zone, FAULT_BAD_SIG, type))
		digest[0] ^= 0x55;
	return size;
}

/* From the form of OpenSSL to that of DNSSEC: both numbers, 32 octets each. */
static void
write_signature(const uint8_t *der, size_t length, uint8_t *out)
{
	ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &der, (long)length);

	if (numbers == NULL)
		die("cannot sign", "DER");
	BN_bn2binpad(ECDSA_SIG_get0_r(numbers), out, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(numbers), out + 32, 32);
	ECDSA_SIG_free(numbers);
}

static void *
sign_some(void *arg)
{
	struct signer *signer = arg;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(signer->key, NULL);

	if (context == NULL || EVP_PKEY_sign_init(context) != 1)
		die("cannot sign", "P-256");
	for (size_t i = 0; i < signer->count; i++) {
		const struct pending *pending = &signer->pending[i];
		uint8_t der[80];
		size_t length = sizeof(der);

		if (EVP_PKEY_sign(context, der, &length, pending->digest,
			    DIGEST_SIZE) != 1)
			die("cannot sign", "P-256");
		write_signature(der, length, signer->base + pending->place);
	}
	EVP_PKEY_CTX_free(context);
	return NULL;
}

void
sign_all(const struct output *output, uint8_t *base)
{
	const struct pending *pending = (const void *)output->pending.data;
	size_t count = output->pending.length / sizeof(*pending);
	struct signer signers[MAX_THREADS];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t threads = processors < 1 ? 1 : (size_t)processors;

	threads = threads > MAX_THREADS ? MAX_THREADS : threads;
	for (size_t i = 0; i < threads; i++) {
		size_t first = count * i / threads;

		signers[i] = (struct signer){.pending = pending + first,
			.count = count * (i + 1) / threads - first,
			.base = base,
			.key = output->key};
		if (pthread_create(&signers[i].thread, NULL, sign_some,
			    &signers[i]) != 0)
			die("cannot sign", "no thread");
	}
	for (size_t i = 0; i < threads; i++)
		pthread_join(signers[i].thread, NULL);
}
