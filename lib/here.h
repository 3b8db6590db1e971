/*
 * here.h - layer 2: relative paths of a command line, which are the caller's
 *
 * They are written absolute, so the current directory ends up in the document.
 */
#pragma once

#include "err.h"

/* The current directory, owned; NULL if it has no name any more, or none in UTF-8. */
char *here_directory(void) CHECKED;

/* Complain that there is nothing `path` could be relative to: -1 and an ERR_USAGE. */
int here_unknown(const char *path, struct err *err);

/*
 * The path, absolute and tidy; owned.  A relative one is relative to `here`, from
 * here_directory(); where that is NULL, it is NULL and an ERR_USAGE.
 */
char *here_absolute(const char *path, const char *here, struct err *err) CHECKED;
