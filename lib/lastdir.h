/*
 * lastdir.h - layer 3: directories of ours that last from run to run
 *
 * Caches and the volumes of images are in one.  It is made with all above it if it is not
 * there, must not be a link, and must be ours alone: in a directory of others' anybody
 * could put anything in the way (B174).
 */
#pragma once

#include "err.h"

/* A descriptor, or -1; `option` is what chooses another directory, for the hint. */
int lastdir_open(const char *path, const char *option, struct err *err) CHECKED;

/* Whether the directory `dir` is ours alone. */
int lastdir_check(int dir, const char *path, const char *option, struct err *err) CHECKED;
