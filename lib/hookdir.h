/*
 * hookdir.h - layer 3: directories of hook files
 */
#pragma once

#include "hookfile.h"

struct hookdir_entry {
	char *path;       /* DIRECTORY/NAME */
	const char *name; /* lies in path */
	size_t directory; /* its number */
	const char
		*overridden; /* by the file of a later directory, which is there; or NULL */
	const char *unavailable; /* the executable that is missing on this host, or NULL */
	struct hookfile file;    /* without a hook if it was overridden, or went away */
};

/* Files in the order in which their hooks are attached; a zeroed struct is empty. */
struct hookdir {
	struct hookdir_entry *entries;
	size_t count;
	size_t room;
};

/*
 * Add the names of directory number `number`.  One that does not exist has
 * none, or is an error with `strict`.
 */
int hookdir_list(struct hookdir *dir, const char *path, size_t number, bool strict,
                 struct err *err) CHECKED;

/*
 * Sort by lower-case name (B233), let later directories override by name, and
 * read the files that are left; what was read is appended to `inputs`.
 */
int hookdir_read(struct hookdir *dir, bool strict, json_t *inputs, struct err *err) CHECKED;

void hookdir_free(struct hookdir *dir);
