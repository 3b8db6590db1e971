/*
 * diff.h - layer 2: what differs between two documents, for people
 *
 * Entries of lists are matched by what identifies them: mounts by
 * destination, environment by name, rlimits and namespaces by type,
 * capabilities as sets, seccomp by system call; and so on.
 */
#pragma once

#include "doc.h"

/*
 * Append one line a difference, "+ PLACE: VALUE", "- PLACE: VALUE" or
 * "~ PLACE: OLD -> NEW", with escapes for colours if `colour`.  PLACE is a JSON
 * pointer, with "[destination=/tmp]" where an entry of a list is meant.  An
 * entry that comes earlier or later than before, where that has a meaning, is
 * "~ PLACE: entry 3 -> entry 1".
 */
void diff_print(const json_t *before, const json_t *after, bool colour, struct buf *to);
