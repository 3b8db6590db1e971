/*
 * cachelock.h - layer 4: who uses a cache
 *
 * Runs that share a cache hold its lock together; with sharing=locked one has it alone, and
 * of a private cache each takes the first copy that nobody uses.  The locks are flock(2)'s:
 * the kernel lets go of the lock of whoever dies.
 */
#pragma once

#include "step.h"

struct cache_lock {
	struct cache_lock *next;
	int fd;
};

/* Hold it, until all are let go. */
void cachelock_keep(struct cache_lock **list, int fd);
void cachelock_release(struct cache_lock **list);

/*
 * The lock `name` in the cache's directory, as flock(2) takes it: 1 if it is ours now, 0 if
 * others have it.  *ret is then the caller's, either way; -1 if it cannot be opened.
 */
int cachelock_try(int dir, const char *name, int how, int *ret, struct err *err) CHECKED;

/*
 * The lock that the step's way of sharing asks for, waited for as long as nobody tells us
 * to end.  *suffix, owned, is what the names of a private copy end in.
 */
int cachelock_take(const struct acting *acting, const json_t *step, int dir, char **suffix,
                   int *ret, struct err *err) CHECKED;

/* Who has it alone writes his name into it, for those who wait. */
void cachelock_sign(int fd, const char *run);
