/* The file of trust anchors, read for the record: which keys it holds. */
#ifndef RESOLVER_ANCHOR_H
#define RESOLVER_ANCHOR_H

#include <stddef.h>
#include <stdint.h>

enum {
	ANCHOR_TAGS_MAX = 32
};

/*
 * Key tags (RFC 4034 appendix B) of the DNSKEY and DS records of a zone-format
 * file; at most ANCHOR_TAGS_MAX. Returns how many, 1 or more, or -1 with one
 * line in err, which names the file.
 */
int anchor_key_tags(const char *path, uint16_t tags[ANCHOR_TAGS_MAX], char *err,
	size_t errsize);

#endif
