/*
 * rootlock.h - layer 3: who uses a root filesystem, and what was made in it
 *
 * Mount targets that are missing are made and removed again.  Another run may
 * have mounted on them meanwhile, and a directory that is removed takes the
 * mounts on it along.  So all runs on a root filesystem share one file in the
 * run root: a lock that each holds, and a journal of what they made, which the
 * last one to leave takes back.
 */
#pragma once

#include "journal.h"

struct rootlock {
	int dir;    /* the run root; borrowed */
	char *name; /* owned */
	struct journal journal;
};

#define ROOTLOCK_NONE            \
	{                        \
		-1, NULL,        \
		{                \
			.fd = -1 \
		}                \
	}

/* Take part; `root` is a descriptor of the root filesystem at `path`. */
int rootlock_take(int dir, int root, const char *path, struct rootlock *ret,
                  struct err *err) CHECKED;

/* Leave; the last one takes back what was made. */
int rootlock_leave(struct rootlock *lock, int root, struct err *err) CHECKED;

/* The same for the file `name`, whose users may all be dead; nothing if one lives. */
int rootlock_reclaim(int dir, const char *name, struct err *err) CHECKED;

/* True if this is the name of such a file. */
bool rootlock_is_name(const char *name);
