/*
 * Any octets as the RDATA of each type that is parsed.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "resolver/rdata.h"

static void
try_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	size_t used;

	assert(text != NULL);
	if (rdata_txt(data, size, text, &used) == 0)
		assert(used < size);
	free(text);
}

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
	rdata_ds(data, size, &(struct rdata_ds){0});
	rdata_dnskey(data, size, &(struct rdata_dnskey){0});
	rdata_nsec3param(data, size, &(struct rdata_nsec3param){0});
	try_text(data, size);
	return 0;
}
