/*
 * layering.h - layer 4: a root filesystem that is an overlay of directories
 *
 * The lower directories are never written to.  What the step writes lands in
 * DIR.partial, which becomes DIR only when the step has succeeded; or, without
 * a DIR, in the run's own directory, to be thrown away.
 */
#pragma once

#include "step.h"

/* True if the document asks for one (/ocipipe/rootfs/lower). */
bool layering_wanted(const struct plan *plan);

/*
 * Mount it where the runtime will find the root filesystem, in our mount
 * namespace; *ret is a descriptor of it.  A layer that exists already, or is
 * being made, is an error.
 */
int layering_mount(const struct acting *acting, int *ret, struct err *err) CHECKED;

/* Unmount it; of a step that has succeeded the layer appears. */
int layering_finish(const struct acting *acting, bool succeeded, struct err *err) CHECKED;
