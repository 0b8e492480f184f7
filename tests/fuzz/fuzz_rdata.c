/*
 * Any octets as the RDATA of each type that is parsed.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/rdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdata_tlsa tlsa;
	struct rdata_mx mx;
	char out[NAME_TEXT_SIZE];

	if (rdata_tlsa(data, size, &tlsa) == 0)
		assert(tlsa.data + tlsa.len == data + size);
	else
		assert(size < 3);
	if (rdata_mx(data, size, &mx) == 0)
		assert(rdata_name(data + 2, size - 2, out) == 0);
	rdata_name(data, size, out);
	return 0;
}
