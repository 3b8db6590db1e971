/*
 * scdecision.h - layer 2: the rules that can decide about one call
 */
#pragma once

#include "sccases.h"
#include "scprogram.h"
#include "sctext.h"

struct sc_decision {
	struct sc_action otherwise;
	struct sc_cases cases; /* in order */
	size_t *index;         /* of each case's rule in the filter */
	struct sc_args args;
};

/* For a call with these arguments; sc_decision_free() it. */
void sc_decide(const struct sc_filter *filter, const char *name, const struct sc_args *args,
               struct sc_decision *ret);
void sc_decision_free(struct sc_decision *decision);

/* True if the case holds whatever the arguments that are not known. */
bool sc_case_certain(const struct sc_case *one, const struct sc_args *args);

/* The one action it ends in whatever those are; false if they matter. */
bool sc_decision_only(const struct sc_decision *decision, struct sc_action *ret);

/* True if for some arguments no case holds. */
bool sc_decision_open(const struct sc_decision *decision);

/*
 * What the kernel does with the call, by trying arguments that are not known on
 * both sides of every condition; false if they matter.
 */
bool sc_decision_run(const struct sc_decision *decision, const struct sc_program *program,
                     enum sc_arch arch, int number, struct sc_action *ret);
