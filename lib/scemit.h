/*
 * scemit.h - layer 2: instructions of a filter, from the last to the first
 *
 * The program is made from its end to its beginning, so that the distance of every
 * jump is known when it is made.  A place in it is counted from the end, too.
 */
#pragma once

#include <linux/filter.h>

#include "scrule.h"

/* A zeroed struct is an empty program; `code` is the maker's to free. */
struct maker {
	struct sock_filter *code;
	size_t count;
	size_t room;
};

/* Each puts instructions before all others; where they begin. */
size_t emit(struct maker *maker, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k);
size_t emit_load(struct maker *maker, size_t offset);
size_t emit_action(struct maker *maker, struct sc_action action);

/* Go on at one place or another, by what was loaded. */
size_t emit_test(struct maker *maker, uint16_t op, uint32_t k, size_t yes, size_t no);

/* The same by an argument of the call, all of it or its lower half. */
size_t emit_cond(struct maker *maker, const struct sc_cond *cond, bool low_only, size_t yes,
                 size_t no);

/* What comes next goes on at this place. */
void emit_begin(struct maker *maker, size_t at);

/* In the order in which it is executed. */
void emit_finish(struct maker *maker);
