/*
 * container.h - layer 4: run a container by a runtime, from its start to its end
 *
 * Where it can tell all that must be told, the runtime's foreground `run` is
 * used; else `create`, `start`, waiting as a child subreaper, and `delete`.
 */
#pragma once

#include "place.h"
#include "run.h"
#include "watch.h"

struct container {
	const struct plan *plan;
	const struct run_options *options;
	const json_t *runtime; /* the words before its command */
	const char *program;   /* to execute in place of the first of them, or NULL */
	const struct place *place;
	int data;   /* the run's own directory */
	int bundle; /* the directory that the runtime starts in */
	int root;   /* the root filesystem */
	uid_t uid;  /* the process's ids, as we see them */
	gid_t gid;
	uid_t owner; /* the process's uid as its root filesystem shows it */
	struct watch *watch;
	struct streams *streams;
};

/* The exit status for the user; *err is filled in where that does not say all. */
int container_run(const struct container *container, struct err *err);
