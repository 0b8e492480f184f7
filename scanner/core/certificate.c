/*
 * What a person wants to know of a certificate: names, dates, key.
 */
#include "scanner/core/certificate.h"

#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "scanner/core/chain.h"

static int
print_name(BIO *out, const X509_NAME *name)
{
	unsigned long flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

	if (X509_NAME_print_ex(out, name, 0, flags) >= 0)
		return 0;
	/* A string that is not of the character set it claims: octet by
	   octet, escaped. */
	flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_UTF8_CONVERT;
	BIO_reset(out);
	return X509_NAME_print_ex(out, name, 0, flags) >= 0 ? 0 : -1;
}

static const char *
name_text(const X509_NAME *name, struct arena *arena)
{
	BIO *out = BIO_new(BIO_s_mem());
	const char *text = "";
	char *data;
	long len;

	if (out != NULL && print_name(out, name) == 0 &&
		(len = BIO_get_mem_data(out, &data)) > 0)
		text = arena_printf(arena, "%.*s", (int)len, data);
	BIO_free(out);
	return text;
}

static int64_t
unix_time(const ASN1_TIME *time)
{
	struct tm tm;

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) <= 0)
		return 0;
	return timegm(&tm);
}

static const char *
key_label(const X509 *x509, struct arena *arena)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);

	if (key == NULL)
		return "unknown";
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return arena_printf(arena, "RSA-%d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_RSA_PSS:
		return arena_printf(
			arena, "RSA-PSS-%d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_EC:
		return arena_printf(arena, "EC-%d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_DSA:
		return arena_printf(arena, "DSA-%d", EVP_PKEY_get_bits(key));
	case EVP_PKEY_ED25519:
		return "Ed25519";
	case EVP_PKEY_ED448:
		return "Ed448";
	default:
		return "unknown";
	}
}

static void
hash_key(const X509 *x509, struct certificate *certificate)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);

	if (len > 0) {
		EVP_Digest(der, (size_t)len, certificate->spki_sha256, NULL,
			EVP_sha256(), NULL);
		EVP_Digest(der, (size_t)len, certificate->spki_sha512, NULL,
			EVP_sha512(), NULL);
	}
	OPENSSL_free(der);
}

void
certificate_digest(const uint8_t *data, size_t len, uint8_t sha256[32])
{
	EVP_Digest(data, len, sha256, NULL, EVP_sha256(), NULL);
}

/* NIST SP 800-57 part 1: under 112 bits of security. */
static bool
has_weak_key(const X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);

	return key != NULL && EVP_PKEY_get_security_bits(key) < 112;
}

static bool
has_weak_signature(const X509 *x509)
{
	int digest = NID_undef;

	OBJ_find_sigid_algs(X509_get_signature_nid(x509), &digest, NULL);
	return digest == NID_sha1 || digest == NID_md5;
}

/* NULL, or the DNS name. */
static const ASN1_IA5STRING *
dns_name(const GENERAL_NAMES *names, int i)
{
	const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

	return name->type == GEN_DNS ? name->d.dNSName : NULL;
}

static bool
has_dns_name(X509 *x509)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(
		x509, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		found |= dns_name(names, i) != NULL;
	GENERAL_NAMES_free(names);
	return found;
}

/* At the end of text, which has room; returns the new end. */
static char *
add_dns_name(char *text, const ASN1_IA5STRING *name)
{
	const unsigned char *data = ASN1_STRING_get0_data(name);

	for (int i = 0; i < ASN1_STRING_length(name); i++)
		*text++ = data[i] > ' ' && data[i] <= '~' ? (char)data[i] : '?';
	return text;
}

/* There may be thousands. */
static const char *
dns_names(const GENERAL_NAMES *names, struct arena *arena)
{
	size_t size = 0;
	char *text, *end;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (dns_name(names, i) != NULL)
			size += 2 +
				(size_t)ASN1_STRING_length(dns_name(names, i));
	if (size == 0)
		return NULL;
	text = end = arena_alloc(arena, size);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		if (dns_name(names, i) == NULL)
			continue;
		if (end > text) {
			*end++ = ',';
			*end++ = ' ';
		}
		end = add_dns_name(end, dns_name(names, i));
	}
	*end = '\0';
	return text;
}

const char *
certificate_names(const struct fact_certificate *fact, struct arena *arena)
{
	X509 *x509 = chain_certificate(fact);
	GENERAL_NAMES *names = x509 == NULL ? NULL
					    : X509_get_ext_d2i(x509,
						      NID_subject_alt_name,
						      NULL, NULL);
	const char *text = dns_names(names, arena);

	GENERAL_NAMES_free(names);
	X509_free(x509);
	return text;
}

int
certificate_read(const struct fact_certificate *fact, struct arena *arena,
	struct certificate *certificate)
{
	X509 *x509 = chain_certificate(fact);

	if (x509 == NULL)
		return -1;
	*certificate = (struct certificate){
		.subject = name_text(X509_get_subject_name(x509), arena),
		.issuer = name_text(X509_get_issuer_name(x509), arena),
		.not_before = unix_time(X509_get0_notBefore(x509)),
		.not_after = unix_time(X509_get0_notAfter(x509)),
		.key = key_label(x509, arena),
		.weak = has_weak_key(x509) || has_weak_signature(x509),
		.dns_names = has_dns_name(x509),
	};
	hash_key(x509, certificate);
	X509_free(x509);
	return 0;
}

bool
certificate_is_self_signed(const struct fact_certificate *fact)
{
	X509 *x509 = chain_certificate(fact);
	bool self_signed = x509 != NULL && X509_self_signed(x509, 1) == 1;

	X509_free(x509);
	ERR_clear_error();
	return self_signed;
}
