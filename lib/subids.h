/*
 * subids.h - layer 3: subordinate ids, through libsubid
 *
 * libsubid brings ten libraries along, which take longer to load than a whole
 * filter to run.  So it is loaded when ranges are asked for, not at the start.
 */
#pragma once

#include "idmap.h"

enum subids_kind { SUBIDS_USER, SUBIDS_GROUP };

/*
 * Lay the ranges that `owner` may use out from container id `from` upwards,
 * sorted (B389, B390).  None at all is an error if they are `needed`.
 */
int subids_add(enum subids_kind kind, const char *owner, uint64_t from, bool needed,
               struct idmap *to, struct err *err) CHECKED;

/* Our own user's name, or its id where it has none; owned. */
char *subids_own_name(void) CHECKED;

/* Our own ids as root, then what subordinate ids we have (B388). */
int subids_add_rootless(struct idmap *uid, struct idmap *gid, struct err *err) CHECKED;
