/*
 * sccases.h - layer 2: what happens to one system call, by its arguments
 *
 * A list of cases is read in order: the first whose conditions all hold decides,
 * and if none does, the default action.  libseccomp knows no order, so before
 * such a list can become rules, its cases must be made not to overlap.
 */
#pragma once

#include "scrule.h"

enum { SC_CONDS = 12 }; /* of a case: a user may name one argument twice */

struct sc_case {
	struct sc_action action;
	size_t count;
	struct sc_cond conds[SC_CONDS];
};

/* A zeroed struct is an empty list. */
struct sc_cases {
	struct sc_case *at;
	size_t count;
	size_t room;
};

void sc_cases_add(struct sc_cases *cases, const struct sc_case *one);
void sc_cases_free(struct sc_cases *cases);

/* The case that decides for these arguments, or NULL for the default action. */
const struct sc_case *sc_cases_decide(const struct sc_cases *cases, const uint64_t *args);

/* True if both always end in the same action. */
int sc_cases_same(const struct sc_cases *a, const struct sc_cases *b,
                  struct sc_action otherwise, bool *ret, struct err *err) CHECKED;

/* Write them as cases that do not overlap and have one condition an argument. */
int sc_cases_split(const struct sc_cases *cases, struct sc_action otherwise,
                   struct sc_cases *ret, struct err *err) CHECKED;
