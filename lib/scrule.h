/*
 * scrule.h - layer 2: the rules of a filter, as the runtimes take them
 *
 * runc and crun hand the rules of /linux/seccomp to libseccomp one by one:
 *
 *	- one whose action is the default action is dropped;
 *	- one with two conditions on one argument becomes a rule for each
 *	  condition, so that either is enough;
 *	- the first rule without conditions decides for its system calls, whatever
 *	  rules come before or after;
 *	- an action without a number means EPERM.
 *
 * So that is what the rules mean here.
 */
#pragma once

#include "doc.h"
#include "scwords.h"

enum { SC_ARGS = 6 };

struct sc_action {
	enum sc_kind kind;
	uint32_t value; /* the errno, or what a tracer is told; else 0 */
};

/* For SC_MASKED_EQ `value` is the mask and `datum` what must be left. */
struct sc_cond {
	unsigned int arg;
	enum sc_op op;
	uint64_t value;
	uint64_t datum;
};

struct sc_rule {
	struct sc_action action;
	const json_t *names; /* borrowed */
	size_t index;        /* in /linux/seccomp/syscalls */
	bool dropped;
	size_t count;
	struct sc_cond conds[SC_ARGS]; /* all must hold */
};

struct sc_filter {
	struct sc_action otherwise;
	bool arch[SC_ARCHES]; /* those it names */
	struct sc_rule *rules;
	size_t count;
};

/* The filter has the shape that the schema wants; sc_filter_free() it. */
void sc_filter_read(const json_t *filter, struct sc_filter *ret);
void sc_filter_free(struct sc_filter *filter);

bool sc_action_equal(struct sc_action a, struct sc_action b);
bool sc_cond_holds(const struct sc_cond *cond, uint64_t value);

/* "allowed", "EPERM", "SIGSYS": what the caller meets. */
void sc_action_describe(struct sc_action action, struct buf *to);

/* "a0 == 16", "a0 & 0x7e020000 == 0". */
void sc_cond_print(const struct sc_cond *cond, struct buf *to);

/* Set the members of a rule or a filter: "action" and "errnoRet", or those of the default.
 */
void sc_action_put(json_t *object, const char *action_member, const char *errno_member,
                   struct sc_action action);

/* A new rule. */
json_t *sc_rule_new(json_t *names, struct sc_action action, const struct sc_cond *conds,
                    size_t count) CHECKED;
