/*
 * preflight.h - layer 3: can a user map ids on this host?
 *
 * Everything is looked at that makes newuidmap(1) and newgidmap(1) or the kernel
 * refuse, so that it can be put right before a container is to start.
 */
#pragma once

#include "buf.h"
#include "err.h"

/*
 * Append a line for each thing looked at: "ok NAME: ..." or "bad NAME: ...; what to
 * do about it".  The ranges are those of `user` and `group`; NULL: of the caller.
 * *bad says whether there is a bad one.
 */
void preflight_print(const char *user, const char *group, struct buf *to, bool *bad);
