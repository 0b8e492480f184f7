/* The list of what the site consists of. */
#include "report/sums.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	PART = 65536,
	SIZE_FIRST = 256,
};

bool
sums_path_is_safe(const char *path)
{
	while (true) {
		size_t len = strcspn(path, "/");

		if (len == 0 || strncmp(path, "..", len) == 0)
			return false;
		for (size_t i = 0; i < len; i++)
			if (!isprint((unsigned char)path[i]) || path[i] == '\\')
				return false;
		if (path[len] == '\0')
			return true;
		path += len + 1;
	}
}

static void
to_hex(const uint8_t *octets, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", octets[i]);
}

int
sums_hash(FILE *file, char sum[SUMS_HEX])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	static const size_t size = PART;
	char *part = malloc(size);
	size_t got;

	if (context == NULL || part == NULL ||
		EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		abort();
	while ((got = fread(part, 1, size, file)) > 0)
		EVP_DigestUpdate(context, part, got);
	EVP_DigestFinal_ex(context, digest, &len);
	to_hex(digest, len, sum);
	EVP_MD_CTX_free(context);
	free(part);
	return ferror(file) ? -1 : 0;
}

void
sums_add(struct sums *sums, const char *path, const char *sum)
{
	struct sums_entry *entry;

	if (sums->count == sums->size) {
		sums->size = sums->size > 0 ? 2 * sums->size : SIZE_FIRST;
		sums->entries = reallocarray(
			sums->entries, sums->size, sizeof(*sums->entries));
		if (sums->entries == NULL)
			abort();
	}
	entry = &sums->entries[sums->count++];
	entry->path = strdup(path);
	if (entry->path == NULL)
		abort();
	(void)snprintf(entry->sum, sizeof(entry->sum), "%s", sum);
}

static int
compare(const void *a, const void *b)
{
	const struct sums_entry *x = a;
	const struct sums_entry *y = b;

	return strcmp(x->path, y->path);
}

void
sums_sort(struct sums *sums)
{
	if (sums->count > 0)
		qsort(sums->entries, sums->count, sizeof(*sums->entries),
			compare);
}

/* The first whose path is not before the given one. */
static size_t
place_of(const struct sums *sums, const char *path)
{
	size_t low = 0;
	size_t high = sums->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(sums->entries[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct sums_entry *
sums_find(const struct sums *sums, const char *path)
{
	size_t place = place_of(sums, path);

	if (place == sums->count ||
		strcmp(sums->entries[place].path, path) != 0)
		return NULL;
	return &sums->entries[place];
}

bool
sums_has_prefix(const struct sums *sums, const char *prefix)
{
	size_t place = place_of(sums, prefix);

	return place < sums->count &&
	       strncmp(sums->entries[place].path, prefix, strlen(prefix)) == 0;
}

void
sums_read(struct sums *sums, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, in)) > 0) {
		char *path = line + SUMS_HEX + 1;

		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (len < SUMS_HEX + 2 ||
			strspn(line, "0123456789abcdef") != SUMS_HEX - 1 ||
			strncmp(line + SUMS_HEX - 1, "  ", 2) != 0 ||
			!sums_path_is_safe(path))
			continue;
		line[SUMS_HEX - 1] = '\0';
		sums_add(sums, path, line);
	}
	free(line);
}

int
sums_write(const struct sums *sums, FILE *out)
{
	for (size_t i = 0; i < sums->count; i++)
		if (fprintf(out, "%s  %s\n", sums->entries[i].sum,
			    sums->entries[i].path) < 0)
			return -1;
	return 0;
}

void
sums_free(struct sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		free(sums->entries[i].path);
	free(sums->entries);
	*sums = (struct sums){0};
}
