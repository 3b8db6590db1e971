/*
 * scedit.h - layer 2: changes of a filter's rules that take effect
 *
 * What was said of a system call before must not stand against a change, and no
 * order of rules may matter (see scrule.h).  So the rules for it are written anew,
 * such that they do not overlap; those for others stay as they are.
 */
#pragma once

#include "sccases.h"

/* What shall happen to a system call; or, if it is `removed`, nothing special. */
struct sc_change {
	char *name;         /* owned */
	const char *option; /* what asked for it, for messages */
	bool removed;
	struct sc_case what;
};

/* In the order of the command line; a zeroed struct is an empty list. */
struct sc_changes {
	struct sc_change *at;
	size_t count;
	size_t room;
};

/* Steals the name. */
void sc_changes_add(struct sc_changes *changes, const struct sc_change *change);
void sc_changes_free(struct sc_changes *changes);

/* A system call that is changed, in the order of first mention. */
struct sc_slot {
	const char *name;
	const char *option;
	struct sc_cases wanted;   /* the latest change first */
	struct sc_cases existing; /* the rules there were */
	bool changed;
};

struct sc_slots {
	struct sc_slot *at;
	size_t count;
};

/*
 * Make the changes.  `filter` has been checked; `multiplexed` is true where a
 * program can make a call through another (scmux.h), `wide` if that has more
 * than 32 bits.  *ret is the caller's, and borrows from `changes`.
 */
int sc_edit(json_t *filter, const struct sc_changes *changes, bool multiplexed, bool wide,
            struct sc_slots *ret, struct err *err) CHECKED;

/* The calls for which rules have conditions; nothing is wanted of them. */
void sc_slots_conditional(const struct sc_filter *filter, const char *option,
                          struct sc_slots *ret);
void sc_slots_free(struct sc_slots *slots);

/* Change the default action, and nothing that rules decide. */
int sc_edit_default(json_t *filter, struct sc_action action, struct err *err) CHECKED;
