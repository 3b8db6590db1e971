// SPDX-License-Identifier: Apache-2.0
#include "scpieces.h"

#include <string.h>

static int too_many(struct err *err)
{
	return err_set(err, ERR_INPUT, "has conditions that need more than %d rules",
	               SC_MOST_PIECES);
}

static int add_piece(struct sc_pieces *to, uint64_t low, uint64_t high, struct err *err)
{
	if (to->count == SC_MOST_PIECES)
		return too_many(err);
	to->at[to->count++] = (struct sc_piece){ low, high };
	return 0;
}

/* A range as the fewest masked pieces: aligned blocks of a power of two. */
static int add_blocks(struct sc_pieces *to, uint64_t low, uint64_t high, struct err *err)
{
	for (;;) {
		uint64_t rest = 0; /* the block is from low to low + rest */

		while (rest != UINT64_MAX && (low & (2 * rest + 1)) == 0 &&
		       high - low >= 2 * rest + 1)
			rest = 2 * rest + 1;
		if (add_piece(to, low, ~rest, err) < 0)
			return -1;
		if (high - low == rest)
			return 0;
		low += rest + 1;
	}
}

/* The values at which a condition that is no mask begins to hold or not to. */
static size_t cuts_of(const struct sc_cond *cond, uint64_t cuts[2])
{
	bool below = cond->op != SC_LE && cond->op != SC_GT;
	bool above = cond->op != SC_LT && cond->op != SC_GE;
	size_t count = 0;

	if (below && cond->value > 0)
		cuts[count++] = cond->value;
	if (above && cond->value < UINT64_MAX)
		cuts[count++] = cond->value + 1;
	return count;
}

static int compare_values(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int cut_ranges(const struct sc_conds *conds, struct sc_pieces *ret, struct err *err)
{
	auto_free uint64_t *cuts = xcalloc(2 * conds->count, sizeof(*cuts));
	size_t count = 0;
	uint64_t low = 0;

	for (size_t i = 0; i < conds->count; i++)
		count += cuts_of(conds->at[i], &cuts[count]);
	qsort(cuts, count, sizeof(*cuts), compare_values);
	for (size_t i = 0; i < count; i++) {
		if (cuts[i] == low)
			continue;
		if (add_piece(ret, low, cuts[i] - 1, err) < 0)
			return -1;
		low = cuts[i];
	}
	return add_piece(ret, low, UINT64_MAX, err);
}

/* All that are not `value` under `mask`: a piece for each bit, the first that differs. */
static int add_others(struct sc_pieces *to, uint64_t value, uint64_t mask, struct err *err)
{
	uint64_t above = 0;

	for (int i = 63; i >= 0; i--) {
		uint64_t bit = UINT64_C(1) << i;

		if (!(mask & bit))
			continue;
		above |= bit;
		if (add_piece(to, (value ^ bit) & above, above, err) < 0)
			return -1;
	}
	return 0;
}

/* Masked pieces that together are all values, each on one side of the condition. */
static int mask_sides(const struct sc_cond *cond, struct sc_pieces *to, struct err *err)
{
	uint64_t cuts[2], low = 0;
	size_t count;

	if (cond->op == SC_MASKED_EQ)
		return add_piece(to, cond->datum & cond->value, cond->value, err) < 0
		               ? -1
		               : add_others(to, cond->datum & cond->value, cond->value,
		                            err);
	count = cuts_of(cond, cuts);
	for (size_t i = 0; i < count; i++) {
		if (add_blocks(to, low, cuts[i] - 1, err) < 0)
			return -1;
		low = cuts[i];
	}
	return add_blocks(to, low, UINT64_MAX, err);
}

/* Every piece cut along a condition's sides. */
static int cut_masked(struct sc_pieces *pieces, const struct sc_cond *cond, struct err *err)
{
	auto_free struct sc_pieces *sides = xcalloc(1, sizeof(*sides));
	auto_free struct sc_pieces *whole = xmalloc(sizeof(*whole));

	if (mask_sides(cond, sides, err) < 0)
		return -1;
	memcpy(whole, pieces, sizeof(*whole));
	pieces->count = 0;
	for (size_t i = 0; i < whole->count; i++) {
		for (size_t j = 0; j < sides->count; j++) {
			const struct sc_piece *a = &whole->at[i], *b = &sides->at[j];

			if ((a->low ^ b->low) & a->high & b->high)
				continue;
			if (add_piece(pieces, a->low | b->low, a->high | b->high, err) < 0)
				return -1;
		}
	}
	return 0;
}

int sc_pieces_make(const struct sc_conds *conds, struct sc_pieces *ret, struct err *err)
{
	ret->masked = false;
	ret->count = 0;
	for (size_t i = 0; i < conds->count; i++)
		if (conds->at[i]->op == SC_MASKED_EQ)
			ret->masked = true;
	if (!ret->masked)
		return cut_ranges(conds, ret, err);
	ret->at[ret->count++] = (struct sc_piece){ 0, 0 };
	for (size_t i = 0; i < conds->count; i++)
		if (cut_masked(ret, conds->at[i], err) < 0)
			return -1;
	return 0;
}

/* ---- and back ------------------------------------------------------------ */

static struct sc_cond make_cond(unsigned int arg, enum sc_op op, uint64_t value,
                                uint64_t datum)
{
	return (struct sc_cond){ .arg = arg, .op = op, .value = value, .datum = datum };
}

/* Two ranges that lack one value between them. */
static bool all_but_one(const struct sc_pieces *pieces)
{
	return !pieces->masked && pieces->count == 2 && pieces->at[0].low == 0 &&
	       pieces->at[1].high == UINT64_MAX &&
	       pieces->at[1].low - pieces->at[0].high == 2;
}

static void range_conds(unsigned int arg, const struct sc_piece *range, struct sc_cond *to,
                        size_t *count, struct sc_pieces *scratch)
{
	struct err never;

	if (range->low == range->high) {
		to[(*count)++] = make_cond(arg, SC_EQ, range->low, 0);
	} else if (range->low == 0) {
		to[(*count)++] = make_cond(arg, SC_LE, range->high, 0);
	} else if (range->high == UINT64_MAX) {
		to[(*count)++] = make_cond(arg, SC_GE, range->low, 0);
	} else {
		scratch->count = 0;
		if (add_blocks(scratch, range->low, range->high, &never) < 0)
			abort(); /* they are at most 126 */
		for (size_t i = 0; i < scratch->count; i++)
			to[(*count)++] = make_cond(arg, SC_MASKED_EQ, scratch->at[i].high,
			                           scratch->at[i].low);
	}
}

struct sc_cond *sc_pieces_conds(unsigned int arg, const struct sc_pieces *pieces,
                                size_t *count)
{
	enum { MOST_BLOCKS = 128 };
	auto_free struct sc_pieces *scratch = xmalloc(sizeof(*scratch));
	struct sc_cond *ret = xcalloc(pieces->count * MOST_BLOCKS, sizeof(*ret));

	*count = 0;
	if (all_but_one(pieces))
		ret[(*count)++] = make_cond(arg, SC_NE, pieces->at[0].high + 1, 0);
	else
		for (size_t i = 0; i < pieces->count; i++) {
			const struct sc_piece *piece = &pieces->at[i];

			if (!pieces->masked)
				range_conds(arg, piece, ret, count, scratch);
			else if (piece->high == UINT64_MAX)
				ret[(*count)++] = make_cond(arg, SC_EQ, piece->low, 0);
			else
				ret[(*count)++] = make_cond(arg, SC_MASKED_EQ, piece->high,
				                            piece->low);
		}
	return ret;
}
