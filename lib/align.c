// SPDX-License-Identifier: Apache-2.0
#include "align.h"

#include <string.h>

struct entry {
	uint64_t number;
	size_t at;
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* The entries by number, those with the same number in the order of the list. */
static struct entry *sorted(const uint64_t *numbers, size_t count)
{
	struct entry *entries = xcalloc(count, sizeof(*entries));

	for (size_t i = 0; i < count; i++)
		entries[i] = (struct entry){ numbers[i], i };
	qsort(entries, count, sizeof(*entries), compare);
	return entries;
}

size_t *align_match(const uint64_t *then, size_t then_count, const uint64_t *now,
                    size_t now_count)
{
	auto_free struct entry *old = sorted(then, then_count);
	auto_free struct entry *new = sorted(now, now_count);
	size_t *match = xcalloc(now_count, sizeof(*match));

	for (size_t i = 0, j = 0; j < now_count;) {
		if (i == then_count || new[j].number < old[i].number)
			match[new[j++].at] = ALIGN_NONE;
		else if (old[i].number < new[j].number)
			i++;
		else
			match[new[j++].at] = old[i++].at;
	}
	return match;
}

/*
 * Patience sorting: tails[k] is the entry with the lowest match that ends an
 * increasing run of length k + 1; above[i] the entry before i in the best run
 * that ends in i.
 */
void align_keep_order(size_t *match, size_t count)
{
	auto_free size_t *tails = xcalloc(count, sizeof(*tails));
	auto_free size_t *above = xcalloc(count, sizeof(*above));
	size_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		size_t low = 0, high = longest;

		if (match[i] == ALIGN_NONE)
			continue;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (match[tails[middle]] < match[i])
				low = middle + 1;
			else
				high = middle;
		}
		above[i] = low ? tails[low - 1] : ALIGN_NONE;
		tails[low] = i;
		if (low == longest)
			longest++;
	}
	for (size_t i = count, next = longest ? tails[longest - 1] : ALIGN_NONE; i-- > 0;) {
		if (i == next)
			next = above[i];
		else
			match[i] = ALIGN_NONE;
	}
}
