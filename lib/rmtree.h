/*
 * rmtree.h - layer 3: remove a directory with all that is in it
 */
#pragma once

#include "err.h"

/*
 * Remove `name` in `dir`, by descriptor, following no link and crossing no
 * mount: what is mounted in there stays.  What cannot be removed does not keep
 * the rest from it; the first error is reported.  Nothing there is no error.
 */
int rmtree(int dir, const char *name, struct err *err) CHECKED;
