/*
 * capbits.h - layer 2: capability sets as the kernel has them
 *
 * A set is a word of bits.  The calls are made without libcap, by a process that
 * has a hostile root filesystem and must load nothing.
 */
#pragma once

#include <stdint.h>

#include "doc.h"

/* /process/capabilities; a zeroed struct is no capability at all. */
struct capsets {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

/* The number of "CAP_CHOWN", or -1. */
int cap_number(const char *name);

/* Read the sets, whose shape has been checked; NULL is none. */
void capsets_read(const json_t *sets, struct capsets *ret);

/* The first name of the set, for messages. */
const char *cap_first(uint64_t set);

/* Those of this process. */
int capsets_get(struct capsets *ret, struct err *err) CHECKED;

/* Leave the bounding set with no more than `keep`; needs CAP_SETPCAP. */
int capsets_bound(uint64_t keep, struct err *err) CHECKED;

/* Set all but the bounding set. */
int capsets_put(const struct capsets *sets, struct err *err) CHECKED;
