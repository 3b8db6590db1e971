/*
 * journal.h - layer 3: what must be undone, written down before it is done
 *
 * The journal is a file of JSON lines in the run directory.  Whoever is left
 * alive replays it backwards: the worker itself, its supervisor, or a later
 * ocirun.  Undoing what was never done, or is undone already, is no error;
 * what is not ours any more is left alone.
 */
#pragma once

#include <sys/types.h>

#include "err.h"

struct journal {
	int fd;   /* of the file, O_APPEND */
	int root; /* O_PATH, of the root filesystem; the paths of targets are inside it */
};

/* Create the file `name` in `dir` for writing; the descriptor is the journal's. */
int journal_create(int dir, const char *name, struct journal *ret, struct err *err) CHECKED;

/* A directory or an empty file about to be made at `path` in the root filesystem. */
int journal_target(const struct journal *journal, const char *path,
                   struct err *err) CHECKED;

/* A cgroup (a path below the mount of each hierarchy) about to be used. */
int journal_cgroup(const struct journal *journal, const char *path,
                   struct err *err) CHECKED;

/* Undo everything, newest first.  Goes on after a failure and reports the first. */
int journal_undo(const struct journal *journal, struct err *err) CHECKED;
