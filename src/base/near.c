#include "base/near.h"

#include <ctype.h>
#include <string.h>

#define WORD_MOST 63 /* longer is nothing that somebody mistyped */

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Neighbours that changed places are one mistake (optimal string alignment). */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MOST + 1], *old = rows[0], *above = rows[1], *row = rows[2];

	for (size_t k = 0; k <= b_len; k++)
		row[k] = old[k] = above[k] = k;
	for (size_t i = 0; i < a_len; i++) {
		size_t *free = old;

		old = above;
		above = row;
		row = free;
		row[0] = i + 1;
		for (size_t k = 0; k < b_len; k++) {
			row[k + 1] = least(above[k + 1] + 1, row[k] + 1, above[k] + !same(a[i], b[k]));
			if (i && k && same(a[i], b[k - 1]) && same(a[i - 1], b[k]) &&
			    old[k - 1] + 1 < row[k + 1])
				row[k + 1] = old[k - 1] + 1;
		}
	}
	return row[b_len];
}

void
pv_near_try(pv_near *near, const char *candidate)
{
	size_t a = strlen(near->word), b = strlen(candidate), longer = a > b ? a : b, far,
	       limit = near->best ? near->distance : longer / 3 + 1;

	if (a == 0 || a > WORD_MOST || b == 0 || b > WORD_MOST || strcmp(near->word, candidate) == 0)
		return; /* the word itself helps nobody */
	far = distance(near->word, a, candidate, b);
	if (far < limit) {
		near->best = candidate;
		near->distance = far;
	}
}
