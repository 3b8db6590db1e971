/*
 * scpieces.h - layer 2: the values of one argument, cut where conditions change
 */
#pragma once

#include "scrule.h"

enum { SC_MOST_PIECES = 2048 };

/*
 * Values from `low` to `high`; or, where some condition has a mask, those that
 * are `low` under the mask `high`.
 */
struct sc_piece {
	uint64_t low;
	uint64_t high;
};

struct sc_pieces {
	bool masked;
	size_t count;
	struct sc_piece at[SC_MOST_PIECES];
};

/* Conditions on one argument, borrowed. */
struct sc_conds {
	size_t count;
	const struct sc_cond **at;
};

/* Pieces that together are all values; on each, every condition holds or none of it does.
 */
int sc_pieces_make(const struct sc_conds *conds, struct sc_pieces *ret,
                   struct err *err) CHECKED;

/*
 * Conditions on argument `arg` of which one holds for each value of these
 * pieces, and none for others; ranges must not touch.  The array is the caller's.
 */
struct sc_cond *sc_pieces_conds(unsigned int arg, const struct sc_pieces *pieces,
                                size_t *count) CHECKED;
