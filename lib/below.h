/*
 * below.h - layer 4: mount targets that lie in what another mount shows
 *
 * A volume at /src and a cache at /src/.cache: the target of the second is in
 * the source of the first, a directory of the host's.  It is made there, beneath
 * the source's descriptor, and removed again if it is still ours and empty
 * (CVE-2024-23652).  Runs that share a source share a lock and a journal, as
 * those that share a root filesystem do (rootlock.h).
 */
#pragma once

#include "mountprep.h"
#include "rootlock.h"
#include "targets.h"

struct below {
	struct below *next;
	const struct mountprep *prep; /* the mount above; borrowed */
	int source;                   /* owned */
	struct rootlock lock;
};

/* Where one is to be, and what it is for. */
struct below_target {
	const char *path;   /* in the source, absolute */
	mode_t mode;        /* S_IFDIR | 0755, or S_IFREG */
	struct owner owner; /* the container's root, as it is on disk there */
};

/*
 * Make it, if it is missing; `run_root` is a descriptor, borrowed.  Fails if the
 * mount is read-only, and if a link leads out of the source.
 */
int below_make(struct below **list, int run_root, const struct mountprep *prep,
               const struct below_target *target, struct err *err) CHECKED;

/*
 * Leave all of them; the last user takes back what was made.  *list is empty then.
 * Each error is a message of `tool` on standard error.
 */
void below_leave(struct below **list, const char *tool);
