/*
 * RDATA parsers: MX, a lone name, TLSA.
 */
#include "resolver/rdata.h"

int
rdata_mx(const uint8_t *data, size_t len, struct rdata_mx *mx)
{
	/* RFC 1035 section 3.3.9 */
	if (len < 3)
		return -1;
	mx->preference = (uint16_t)(data[0] << 8 | data[1]);
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
