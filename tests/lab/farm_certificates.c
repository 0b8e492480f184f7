/*
 * The certificates of the mail farm: thousands in one file, each parsed when it
 * is first needed.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/farm.h"

#define HEAD "certificate "

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 ||
		(size = ftell(file)) < 0 ||
		(text = calloc(1, (size_t)size + 1)) == NULL)
		farm_die("cannot read", path);
	rewind(file);
	if (fread(text, 1, (size_t)size, file) != (size_t)size)
		farm_die("cannot read", path);
	fclose(file);
	return text;
}

static int
compare(const void *a, const void *b)
{
	const struct certificate *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static size_t
count_heads(const char *text)
{
	size_t count = 0;

	for (; (text = strstr(text, HEAD)) != NULL; text++)
		count++;
	return count;
}

void
certificates_read(struct certificates *certificates, const char *path)
{
	char *text = read_file(path); /* kept: the PEM text is in it */
	char *at = strstr(text, HEAD);

	certificates->list = calloc(
		count_heads(text) + 1, sizeof(*certificates->list));
	while (at != NULL) {
		struct certificate *added =
			&certificates->list[certificates->count++];

		added->name = at + strlen(HEAD);
		added->pem = added->name + strcspn(added->name, "\n");
		at = strstr(added->pem, HEAD);
		added->size = at != NULL ? (size_t)(at - added->pem)
					 : strlen(added->pem);
		*added->pem++ = '\0';
		added->size--;
	}
	qsort(certificates->list, certificates->count,
		sizeof(*certificates->list), compare);
}

struct certificate *
certificates_find(const struct certificates *certificates, char *name)
{
	struct certificate key = {.name = name};
	struct certificate *found = bsearch(&key, certificates->list,
		certificates->count, sizeof(key), compare);

	if (found == NULL)
		farm_die("no such certificate", name);
	return found;
}

static void
parse(struct certificate *certificate)
{
	BIO *pem = BIO_new_mem_buf(certificate->pem, (int)certificate->size);
	X509 *above;

	certificate->key = PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
	certificate->leaf = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	certificate->chain = sk_X509_new_null();
	if (certificate->key == NULL || certificate->leaf == NULL ||
		certificate->chain == NULL)
		farm_die("bad certificate", certificate->name);
	while ((above = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL)
		sk_X509_push(certificate->chain, above);
	ERR_clear_error();
	BIO_free(pem);
}

void
certificate_use(struct certificate *certificate, SSL *ssl)
{
	if (certificate->leaf == NULL)
		parse(certificate);
	if (SSL_use_cert_and_key(ssl, certificate->leaf, certificate->key,
		    certificate->chain, 1) != 1)
		farm_die("cannot use the certificate", certificate->name);
}
