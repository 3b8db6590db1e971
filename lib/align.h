/*
 * align.h - layer 0: which entries of two lists belong together
 *
 * Entries are known by a number, such as a hash; the caller makes sure that
 * what has the same number is the same, where that matters.
 */
#pragma once

#include "base.h"

#define ALIGN_NONE SIZE_MAX

/*
 * For each entry of `now` the place in `then` of the entry with the same
 * number, or ALIGN_NONE; the second with the second where there are several.
 */
size_t *align_match(const uint64_t *then, size_t then_count, const uint64_t *now,
                    size_t now_count) CHECKED;

/* Keep the most matches whose order is the same in both lists; the others become
 * ALIGN_NONE. */
void align_keep_order(size_t *match, size_t count);
