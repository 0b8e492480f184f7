/*
 * The words for a typed answer.
 */
#include "resolver/answer.h"

const char *
answer_status_label(enum answer_status status)
{
	switch (status) {
	case ANSWER_SKIPPED:
		return "skipped";
	case ANSWER_DATA:
		return "data";
	case ANSWER_NODATA:
		return "nodata";
	case ANSWER_NXDOMAIN:
		return "nxdomain";
	case ANSWER_SERVFAIL:
		return "servfail";
	case ANSWER_TIMEOUT:
		return "timeout";
	case ANSWER_REFUSED:
		return "refused";
	case ANSWER_NOTIMP:
		return "notimp";
	case ANSWER_FORMERR:
		return "formerr";
	}
	return "unknown";
}

const char *
answer_trust_label(enum answer_trust trust)
{
	switch (trust) {
	case ANSWER_NONE:
		return "none";
	case ANSWER_SECURE:
		return "secure";
	case ANSWER_INSECURE:
		return "insecure";
	case ANSWER_BOGUS:
		return "bogus";
	}
	return "unknown";
}

int
answer_failed(enum answer_status status)
{
	switch (status) {
	case ANSWER_SKIPPED:
	case ANSWER_DATA:
	case ANSWER_NODATA:
	case ANSWER_NXDOMAIN:
		return 0;
	case ANSWER_SERVFAIL:
	case ANSWER_TIMEOUT:
	case ANSWER_REFUSED:
	case ANSWER_NOTIMP:
	case ANSWER_FORMERR:
		return 1;
	}
	return 1;
}

/* IANA DNSSEC algorithm numbers. */
bool
answer_algorithm_is_sha1(uint8_t algorithm)
{
	return algorithm == 5 || algorithm == 7;
}

/* Ed448, 16, is known to some: not to the library that is embedded, which has
   its arithmetic from nettle. */
bool
answer_algorithm_is_unknown(uint8_t algorithm)
{
	static const uint8_t known[] = {0, 5, 7, 8, 10, 13, 14, 15};

	for (size_t i = 0; i < sizeof(known); i++)
		if (algorithm == known[i])
			return false;
	return true;
}
