/*
 * nethosts.h - layer 3: names in a container's /etc/hosts that only its network brings
 */
#pragma once

#include "doc.h"

/*
 * Append a line with `names` (what is none is left out) for each of `addresses` to the
 * file, in place, but for the names that are in it (B328).
 */
int nethosts_add(int file, const json_t *addresses, const json_t *names,
                 struct err *err) CHECKED;

/* Remove the lines for these addresses that have nothing but these names, in place. */
void nethosts_remove(int file, const json_t *addresses, const json_t *names);
