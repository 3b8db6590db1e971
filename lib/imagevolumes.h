/*
 * imagevolumes.h - layer 4: volumes of an image, filled from its root filesystem
 *
 * mounts-apply --image-volumes (B126-B130).  A volume is DIR/HASH, of the hash of its
 * path; without DIR it lies in the run's own directory and goes with it.  It is filled
 * aside and then named, so that it is there as a whole or not at all; one that is there
 * is never filled again (CVE-2020-1726).  The owners of one that lasts are the container's
 * ids on disk; mountprep.h shows them so.
 */
#pragma once

#include "step.h"

/* Add a step for each volume of the document. */
void imagevolumes_plan(struct plan *plan, const json_t *doc);

/* Make the volume if it is not there, and show it where mountprep.h looks for it. */
int imagevolumes_act(const struct acting *acting, const json_t *step,
                     struct err *err) CHECKED;
