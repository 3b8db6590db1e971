/*
 * names.h - layer 0: words, and the one that was meant
 */
#pragma once

#include "buf.h"

/* What a word means.  A table of these ends with a NULL name. */
struct name {
	const char *name;
	int value;
};

/* The value of `word` in the table; false if it is not there. */
bool name_value(const struct name *table, const char *word, int *ret) CHECKED;

/* The first word of the table with this value, or NULL. */
const char *name_of(const struct name *table, int value);

/* "pid, network, mount": the words of a table, for hints. */
void name_list(const struct name *table, struct buf *to);

/*
 * A search for the word nearest to `wanted`: offer candidates one by one,
 * then read `best`, which is NULL if none was near enough to be a slip.
 */
struct nearest {
	const char *wanted;
	const char *best;
	size_t distance;
};

void nearest_start(struct nearest *search, const char *wanted);
void nearest_offer(struct nearest *search, const char *candidate);
