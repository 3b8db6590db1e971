/*
 * subscriptions.h - layer 4: copies of the host's files, shown to a container
 *
 * A subscription gives a container what the host has been given: certificates,
 * entitlements (B151, B152).  They are copied, so that a step changes nothing of the
 * host's, and into memory, since they may be secrets; the copies go with ocirun.
 */
#pragma once

#include "step.h"

/* Add a step for each one of the document. */
void subscriptions_plan(struct plan *plan, const json_t *doc);

/* Make the copy that mountprep.h looks for; it is the container's root's. */
int subscriptions_act(const struct acting *acting, const json_t *step,
                      struct err *err) CHECKED;
