/*
 * A stored scan, row by row: what its verdicts rest on. All functions block
 * and hold one row at a time; what a callback is given lives until it returns.
 * A callback returns 0, or -1 to end the reading.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "store/row.h"

struct reader;

/* All that is read is of one moment. NULL with one line in err. */
struct reader *reader_open(
	const char *dsn, int64_t scan, char *err, size_t errsize);
void reader_free(struct reader *reader);

typedef int (*reader_certificate_cb)(
	void *arg, const uint8_t *sha256, const uint8_t *der, size_t len);
/* run: lease token, with the name the key of the host. */
typedef int (*reader_host_cb)(
	void *arg, int64_t run, const struct row_host *host);
/* runs: of each host, of which domain has the name alone. */
typedef int (*reader_domain_cb)(
	void *arg, const int64_t *runs, const struct row_domain *domain);

/*
 * 0; -1, with one line in err when it was not the callback that ended it. Of
 * the verdict the rows have what rebuild.h asks for; PKIX, which rests on the
 * scanner's list of issuers, counts as a fact. The order is any.
 */
int reader_certificates(struct reader *reader, reader_certificate_cb cb,
	void *arg, char *err, size_t errsize);
int reader_hosts(struct reader *reader, reader_host_cb cb, void *arg, char *err,
	size_t errsize);
int reader_domains(struct reader *reader, reader_domain_cb cb, void *arg,
	char *err, size_t errsize);

#endif
