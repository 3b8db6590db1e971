/*
 * treewalk.h - layer 3: everything in a directory, however deep, by descriptor
 *
 * No link is followed and no mount is crossed.  One descriptor is open at a
 * time, and the way back up is checked: a directory that was moved meanwhile
 * ends the walk with an error, never with a walk somewhere else.
 */
#pragma once

#include <sys/stat.h>

#include "err.h"

enum tree_moment {
	TREE_ENTRY, /* found; of a directory: before what is in it */
	TREE_LEAVE, /* a directory, after what is in it; of each that was found */
};

/* `name` lies in the directory `dir`; 0 to go on, -1 and *err to stop. */
typedef int tree_visitor(enum tree_moment moment, int dir, const char *name,
                         const struct statx *about, void *data, struct err *err);

/*
 * Visit all that is in the directory `dir` (O_PATH will do), but not itself.  Where
 * an error says a place, that is the way from `dir`.
 */
int tree_walk(int dir, tree_visitor *visit, void *data, struct err *err) CHECKED;

/* The same, but it goes on where a visit failed; the first error is reported in the end. */
int tree_walk_on(int dir, tree_visitor *visit, void *data, struct err *err) CHECKED;

/* Open the directory `name` in `dir`, not if it is a link or mounted over; -1 and errno. */
int tree_open(int dir, const char *name) CHECKED;
