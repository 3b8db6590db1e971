/*
 * crunhooks.h - layer 4: hooks of crun that end without having read their state
 *
 * crun before 1.17 takes it for a failure if a hook closes its standard input before the
 * state is written there, and which of the two comes first is chance.  So it calls each
 * hook through ourselves (hookstate.h), who read the state first.
 */
#pragma once

#include "plan.h"

/*
 * The plan's configuration; if its runtime is crun, with every hook called so but those of
 * startContainer, which run where we are not.  A new reference, or NULL and *err; the
 * plan's own is not changed.
 */
json_t *crunhooks_add(const struct plan *plan, struct err *err) CHECKED;
