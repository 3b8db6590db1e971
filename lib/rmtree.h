/*
 * rmtree.h - layer 3: remove a directory with all that is in it
 */
#pragma once

#include "err.h"

/*
 * Remove `name` in `dir`, by descriptor, following no link and crossing no
 * mount: what is mounted in there stops it.  Nothing there is no error.
 */
int rmtree(int dir, const char *name, struct err *err) CHECKED;
