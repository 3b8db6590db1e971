/*
 * owned.h - layer 4: --set and --unset of every filter, beneath what it owns
 */
#pragma once

#include "filter.h"

struct owned_edits {
	struct opt_list list; /* in the order of the command line */
};

/* The rows; they fill in a struct owned_edits. */
extern const struct opt owned_options[];

/* Make the edits, one after the other; *doc may become another value. */
int owned_apply(json_t **doc, const struct filter *filter, const struct owned_edits *edits,
                struct err *err) CHECKED;
