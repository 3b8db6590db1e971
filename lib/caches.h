/*
 * caches.h - layer 4: directories that last from run to run
 *
 * --mount=type=cache (B172-B184).  A cache is DIR/HASH, of the hash of its id, so that no
 * id leads out of DIR (CVE-2024-9675); in there are "id", "data" and "lock".  A run holds
 * the lock as long as it lives: shared, or alone (sharing=locked).  A private cache that is
 * in use has others beside it, "data-1" and "lock-1".  The kernel lets go of the lock of
 * whoever dies.  On disk the owners are the container's ids; mountprep.h shows them so.
 */
#pragma once

#include "step.h"

/*
 * Add a step for each cache of the document, in the order of their names, so that
 * two runs that want the same ones cannot wait for each other.
 */
int caches_plan(struct plan *plan, const json_t *doc, struct err *err) CHECKED;

/* Lock it, make it if it is not there, and show it where mountprep.h looks for it. */
int caches_act(const struct acting *acting, const json_t *step, struct err *err) CHECKED;
