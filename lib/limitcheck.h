/*
 * limitcheck.h - layer 2: what must hold between limits
 *
 * Runtimes and the kernel refuse the rest, when it is late to say which number
 * it was.  The document's shape has been checked.
 */
#pragma once

#include "doc.h"

/* Soft limits are at most the hard ones.  An ERR_USAGE whose `where` is a pointer. */
int rlimits_check(const json_t *doc, struct err *err) CHECKED;

/* That, and the limits of the cgroup. */
int limits_check(const json_t *doc, struct err *err) CHECKED;
