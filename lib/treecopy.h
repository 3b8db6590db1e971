/*
 * treecopy.h - layer 3: a copy of a directory, with all that belongs to its files
 *
 * Contents with their holes, kinds, owners, modes, times, hard links, file capabilities,
 * access lists and user attributes; not sockets, nor device nodes where none can be made.
 * Whoever made the original may change it meanwhile: every file is pinned before it is
 * looked at, no link is followed, no mount is crossed, and what vanishes is left out.
 */
#pragma once

#include <sys/types.h>

#include "attributeids.h"
#include "err.h"

/* What a copy asks; `data` is the caller's. */
struct tree_copying {
	bool (*stop)(void *data); /* true: give up, with ERR_QUIET; or NULL: never */
	attribute_id *map;        /* the copy's owner, or NULL: the original's */
	void *data;

	/*
	 * For a container's tmpfs: without devices, which would be some there, and without
	 * attributes that it cannot have.
	 */
	bool in_memory;
};

/*
 * Make `name` in the directory `dir` a copy of the directory `from`.  `dir` must be empty,
 * and nobody else may change anything in it.  What was made stays if it fails.
 */
int tree_copy(int from, int dir, const char *name, const struct tree_copying *how,
              struct err *err) CHECKED;

/* The same, but what is in `from` lies in `to` itself, which stays what it is. */
int tree_fill(int from, int to, const struct tree_copying *how, struct err *err) CHECKED;
