// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <string.h>

bool name_value(const struct name *table, const char *word, int *ret)
{
	for (; table->name; table++) {
		if (strcmp(table->name, word) == 0) {
			*ret = table->value;
			return true;
		}
	}
	return false;
}

const char *name_of(const struct name *table, int value)
{
	for (; table->name; table++)
		if (table->value == value)
			return table->name;
	return NULL;
}

void name_list(const struct name *table, struct buf *to)
{
	for (const char *comma = ""; table->name; table++, comma = ", ")
		buf_printf(to, "%s%s", comma, table->name);
}

enum { LONGEST = 63 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours that make `a` of `b`. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > LONGEST || lb > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = rows[i % 3], *above = rows[(i + 2) % 3],
		       *two = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]),
			               least(above[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], two[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

void nearest_start(struct nearest *search, const char *wanted)
{
	size_t third = strlen(wanted) / 3;

	/* A third of the word may be wrong, at least one letter. */
	*search = (struct nearest){ .wanted = wanted, .distance = third ? third + 1 : 2 };
}

void nearest_offer(struct nearest *search, const char *candidate)
{
	size_t d = distance(search->wanted, candidate);

	if (d < search->distance) {
		search->distance = d;
		search->best = candidate;
	}
}
