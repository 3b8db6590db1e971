/*
 * program.h - layer 3: programs of this host that we start
 */
#pragma once

#include "base.h"

/*
 * `name` in $PATH, then in the directories `more` (with colons between them);
 * owned, or NULL.  What is relative in $PATH is left out.
 */
char *program_find(const char *name, const char *more) CHECKED;

/* True if it is a file that we may execute. */
bool program_can_run(const char *path);

/* What one may know of our environment: NULL at the end; the strings are borrowed. */
char **program_environment(void) CHECKED;
