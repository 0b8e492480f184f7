/*
 * Edit distance between short words (optimal string alignment), for "did you
 * mean".
 */
#include "scanner/suggest.h"

#include <string.h>

enum {
	WORD = 31
};

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
suggest_distance(const char *a, const char *b)
{
	unsigned d[WORD + 1][WORD + 1];
	size_t m = strnlen(a, WORD);
	size_t n = strnlen(b, WORD);

	for (size_t i = 0; i <= m; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= n; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= m; i++) {
		for (size_t j = 1; j <= n; j++) {
			unsigned best = d[i - 1][j - 1] +
					(a[i - 1] != b[j - 1]);

			best = least(best, d[i - 1][j] + 1);
			best = least(best, d[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1])
				best = least(best, d[i - 2][j - 2] + 1);
			d[i][j] = best;
		}
	}
	return d[m][n];
}

bool
suggest_is_near(const char *word, const char *known)
{
	unsigned distance = suggest_distance(word, known);
	size_t longer = strlen(word) > strlen(known) ? strlen(word)
						     : strlen(known);

	return distance <= 3 && distance * 2 < longer;
}
