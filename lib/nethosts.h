/*
 * nethosts.h - layer 3: names in a container's /etc/hosts that only its network brings
 */
#pragma once

#include "doc.h"

/*
 * Append a line with `names` (NULL at the end; empty ones are left out) for each of
 * `addresses` to the file, in place, but for the names that are in it (B328).  The
 * lines are appended to `added`, if that is not NULL.
 */
int nethosts_add(int file, const json_t *addresses, const char *const *names,
                 struct buf *added, struct err *err) CHECKED;
