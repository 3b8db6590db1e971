// SPDX-License-Identifier: Apache-2.0
#include "scemit.h"

#include <linux/seccomp.h>
#include <stddef.h>

enum { FARTHEST = 250, HALF = 32 };

size_t emit(struct maker *maker, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (maker->count == maker->room) {
		maker->room = maker->room ? 2 * maker->room : 1024;
		maker->code = xrealloc(maker->code, maker->room * sizeof(*maker->code));
	}
	maker->code[maker->count] = (struct sock_filter){ code, jt, jf, k };
	return maker->count++;
}

/* The same place, or one that is near and leads there. */
static size_t near(struct maker *maker, size_t to)
{
	size_t distance = maker->count - to;

	return distance < FARTHEST
	               ? to
	               : emit(maker, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(distance - 1));
}

size_t emit_test(struct maker *maker, uint16_t op, uint32_t k, size_t yes, size_t no)
{
	size_t t = near(maker, yes), f = near(maker, no);

	return emit(maker, BPF_JMP | op | BPF_K, (uint8_t)(maker->count - t - 1),
	            (uint8_t)(maker->count - f - 1), k);
}

size_t emit_load(struct maker *maker, size_t offset)
{
	return emit(maker, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

size_t emit_action(struct maker *maker, struct sc_action action)
{
	static const uint32_t values[] = {
		[SC_KILL] = SECCOMP_RET_KILL_THREAD,
		[SC_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS,
		[SC_TRAP] = SECCOMP_RET_TRAP,
		[SC_ERRNO] = SECCOMP_RET_ERRNO,
		[SC_TRACE] = SECCOMP_RET_TRACE,
		[SC_ALLOW] = SECCOMP_RET_ALLOW,
		[SC_LOG] = SECCOMP_RET_LOG,
		[SC_NOTIFY] = SECCOMP_RET_USER_NOTIF,
	};

	return emit(maker, BPF_RET | BPF_K, 0, 0,
	            values[action.kind] | (action.value & SECCOMP_RET_DATA));
}

/* ---- conditions ------------------------------------------------------------------ */

static size_t offset_of(unsigned int arg, bool high)
{
	return offsetof(struct seccomp_data, args) + 8 * (size_t)arg + (high ? 4 : 0);
}

/* One half of an argument, masked, against a number. */
static size_t emit_half(struct maker *maker, uint16_t op, const struct sc_cond *cond,
                        bool high, size_t yes, size_t no)
{
	bool masked = cond->op == SC_MASKED_EQ;
	uint64_t value = masked ? cond->datum & cond->value : cond->value;
	uint32_t mask = (uint32_t)(high ? cond->value >> HALF : cond->value);

	emit_test(maker, op, (uint32_t)(high ? value >> HALF : value), yes, no);
	if (masked)
		emit(maker, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
	return emit_load(maker, offset_of(cond->arg, high));
}

/* Equal in both halves; or greater (or equal) in the upper, or there equal and so below. */
static size_t emit_compare(struct maker *maker, uint16_t op, const struct sc_cond *cond,
                           bool low_only, size_t yes, size_t no)
{
	size_t low = emit_half(maker, op, cond, false, yes, no), equal;

	if (low_only)
		return low;
	if (op == BPF_JEQ)
		return emit_half(maker, BPF_JEQ, cond, true, low, no);
	equal = emit_test(maker, BPF_JEQ, (uint32_t)(cond->value >> HALF), low, no);
	emit_test(maker, BPF_JGT, (uint32_t)(cond->value >> HALF), yes, equal);
	return emit_load(maker, offset_of(cond->arg, true));
}

size_t emit_cond(struct maker *maker, const struct sc_cond *cond, bool low_only, size_t yes,
                 size_t no)
{
	switch (cond->op) {
	case SC_NE:
		return emit_compare(maker, BPF_JEQ, cond, low_only, no, yes);
	case SC_EQ:
	case SC_MASKED_EQ:
		return emit_compare(maker, BPF_JEQ, cond, low_only, yes, no);
	case SC_LT:
		return emit_compare(maker, BPF_JGE, cond, low_only, no, yes);
	case SC_GE:
		return emit_compare(maker, BPF_JGE, cond, low_only, yes, no);
	case SC_LE:
		return emit_compare(maker, BPF_JGT, cond, low_only, no, yes);
	case SC_GT:
		return emit_compare(maker, BPF_JGT, cond, low_only, yes, no);
	}
	abort();
}

/* ---- all of it --------------------------------------------------------------------- */

void emit_begin(struct maker *maker, size_t at)
{
	if (at != maker->count - 1)
		emit(maker, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(maker->count - at - 1));
}

void emit_finish(struct maker *maker)
{
	for (size_t i = 0; i < maker->count / 2; i++) {
		struct sock_filter kept = maker->code[i];

		maker->code[i] = maker->code[maker->count - 1 - i];
		maker->code[maker->count - 1 - i] = kept;
	}
}
