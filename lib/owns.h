/*
 * owns.h - layer 2: may a filter that owns these parts change this place?
 */
#pragma once

#include "doc.h"

/*
 * True if what is at `pointer` lies in one of `owns` (the form of filter.owns).
 * Of a list that filters share the entry must be one of its own, if there is
 * such an entry; "-" stands for `added`.
 */
bool owns_covers(const char *const *owns, const json_t *doc, const char *pointer,
                 const json_t *added);
