/*
 * The public issuers of the machine.
 */
#include "scanner/castore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Debian's file has 0.2 MiB. */
enum {
	SIZE_MAX_FILE = 64 << 20
};

/* All of the file, which the caller frees; NULL with errno. */
static char *
read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	size_t size = 1 << 18, got;
	char *data = NULL, *larger;

	*len = 0;
	if (file == NULL)
		return NULL;
	do {
		size *= 2;
		larger = realloc(data, size);
		if (larger == NULL)
			arena_out_of_memory();
		data = larger;
		got = fread(data + *len, 1, size - *len, file);
		*len += got;
	} while (got > 0 && size < SIZE_MAX_FILE);
	if (ferror(file)) {
		free(data);
		data = NULL;
	}
	fclose(file);
	return data;
}

struct pkix *
castore_open(const char *path, char *err, size_t errsize)
{
	struct pkix *pkix;
	size_t len;
	char *pem = read_file(path, &len);

	if (pem == NULL) {
		snprintf(err, errsize, "%s: %s", path, strerror(errno));
		return NULL;
	}
	pkix = pkix_new(pem, len);
	if (pkix == NULL)
		snprintf(err, errsize, "%s: no certificate in it", path);
	free(pem);
	return pkix;
}
