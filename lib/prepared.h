/*
 * prepared.h - layer 4: a bundle for somebody else to run
 *
 * Of --prepare-only: the plan's files, directories and config.json in a directory
 * of the user's.  The file .ocirun in it says what is ours, so that it can be made
 * again, and nothing that somebody else wrote is replaced.
 */
#pragma once

#include "plan.h"

/*
 * Carry out a plan that was made with prepare_only, in its facts' bundle: all, or
 * nothing that stays.  The document's working directory stays in any case.
 */
int prepared_make(const struct plan *plan, struct err *err) CHECKED;
