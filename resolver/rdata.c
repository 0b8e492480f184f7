/*
 * RDATA parsers.
 */
#include "resolver/rdata.h"

#include <string.h>

static uint16_t
two_octets(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

int
rdata_mx(const uint8_t *data, size_t len, struct rdata_mx *mx)
{
	/* RFC 1035 section 3.3.9 */
	if (len < 3)
		return -1;
	mx->preference = two_octets(data);
	return rdata_name(data + 2, len - 2, mx->exchange);
}

int
rdata_name(const uint8_t *data, size_t len, char out[NAME_TEXT_SIZE])
{
	size_t used = name_from_wire(data, len, out);

	return used != 0 && used == len ? 0 : -1;
}

int
rdata_tlsa(const uint8_t *data, size_t len, struct rdata_tlsa *tlsa)
{
	/* RFC 6698 section 2.1: three octets, then the association data. */
	if (len < 3)
		return -1;
	tlsa->usage = data[0];
	tlsa->selector = data[1];
	tlsa->mtype = data[2];
	tlsa->data = data + 3;
	tlsa->len = len - 3;
	return 0;
}

int
rdata_ds(const uint8_t *data, size_t len, struct rdata_ds *ds)
{
	/* RFC 4034 section 5.1: four octets, then the digest. */
	if (len < 5)
		return -1;
	ds->tag = two_octets(data);
	ds->algorithm = data[2];
	ds->digest_type = data[3];
	return 0;
}

/* RFC 4034 appendix B; B.1 for algorithm 1, which takes part of the modulus. */
static uint16_t
key_tag(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	if (data[3] == 1)
		return len < 7 ? 0 : two_octets(data + len - 3);
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}

int
rdata_dnskey(const uint8_t *data, size_t len, struct rdata_dnskey *key)
{
	/* RFC 4034 section 2.1: flags, protocol, algorithm, then the key. */
	if (len < 5)
		return -1;
	key->tag = key_tag(data, len);
	key->flags = two_octets(data);
	key->algorithm = data[3];
	return 0;
}

int
rdata_nsec3param(
	const uint8_t *data, size_t len, struct rdata_nsec3param *param)
{
	if (len < 5 || len - 5 < data[4])
		return -1;
	param->hash = data[0];
	param->flags = data[1];
	param->iterations = two_octets(data + 2);
	param->salt_len = data[4];
	return 0;
}

int
rdata_txt(const uint8_t *data, size_t len, char *out, size_t *used)
{
	*used = 0;
	if (len == 0)
		return -1;
	for (size_t i = 0; i < len; i += 1 + (size_t)data[i]) {
		if (data[i] > len - i - 1)
			return -1;
		memcpy(out + *used, data + i + 1, data[i]);
		*used += data[i];
	}
	return 0;
}
