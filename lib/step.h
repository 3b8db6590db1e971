/*
 * step.h - layer 4: one thing that must be done on this host for a container
 *
 * A kind of step is a row here: how the plan is made for it, and how it is
 * done.  Both are found by its name, which is also the one in /ocipipe/prepare
 * and in --dry-run.  What takes it back is a kind of line in the journal
 * (undo.h), written before it is done.
 */
#pragma once

#include "below.h"
#include "plan.h"
#include "rootlock.h"
#include "targets.h"

/* What a step works with. */
struct acting {
	const char *tool; /* for messages */
	const struct plan *plan;
	struct watch *watch; /* a step that waits must listen to it */
	const struct journal *journal;
	const struct rootlock *rootlock;
	const struct journal *targets; /* of what is made in the root filesystem */
	struct cache_lock **caches;    /* those that are held */
	const struct secret *secrets;  /* those that were taken */
	struct below **below;          /* what is made in other mounts' sources */
	struct journal in_layer;       /* the same where that is an overlay's */
	const char *data_path;         /* the run's own directory */
	int root;                      /* the root filesystem */
	struct owner owner;            /* the container's root, on it */
	struct owner root_ids;         /* the same on a file system that is not idmapped */
	bool idmapped; /* the root filesystem is shown through the mappings */
};

struct step_kind {
	const char *name;

	/*
	 * Decide what to do for an entry of /ocipipe/prepare: add steps to the plan,
	 * edit its configuration.  Pure.  NULL: there is nothing to decide.
	 */
	int (*plan)(struct plan *plan, const json_t *wish, struct err *err);

	/* Do it, in our mount namespace.  NULL: it is part of another step. */
	int (*act)(const struct acting *acting, const json_t *step, struct err *err);

	/* Why --prepare-only cannot do it, or NULL. */
	const char *needs_us;
};

/* The kind of this name, or NULL. */
const struct step_kind *step_kind(const char *name);

/*
 * Add a step for each entry of this kind in /ocipipe/prepare, that makes what its mount
 * shows under the name that mountprep.h looks for.  `origin` is what --dry-run says of
 * where that is from: a new string.
 */
void step_add_shown(struct plan *plan, const json_t *doc, const char *kind,
                    json_t *(*origin)(const json_t *source));

/*
 * The directory of this name in the run root, where what steps make for mounts is found
 * (mountprep.h); made by the first.  With `in_memory` it is never swapped, and its files
 * have the container's label.
 */
int step_place(const struct acting *acting, const char *name, bool in_memory,
               struct err *err) CHECKED;

/* "workdir: /src: not a directory": which step it was comes first; -1. */
int step_blame(const char *name, struct err *err);

/* "uid" and "gid" of a step, which are the container's ids, as we see them. */
int step_owner(const struct acting *acting, const json_t *step, struct owner *ret,
               struct err *err) CHECKED;

/* A member of a step, which is a string: borrowed. */
const char *step_text(const json_t *step, const char *member);
