// SPDX-License-Identifier: Apache-2.0
/* What the kernel makes of a program. */
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "scprogram.h"

/* ---- what it returns ------------------------------------------------------ */

static const struct {
	uint32_t value;
	enum sc_kind kind;
} kinds[] = {
	{ SECCOMP_RET_KILL_PROCESS, SC_KILL_PROCESS },
	{ SECCOMP_RET_KILL_THREAD, SC_KILL },
	{ SECCOMP_RET_TRAP, SC_TRAP },
	{ SECCOMP_RET_ERRNO, SC_ERRNO },
	{ SECCOMP_RET_USER_NOTIF, SC_NOTIFY },
	{ SECCOMP_RET_TRACE, SC_TRACE },
	{ SECCOMP_RET_LOG, SC_LOG },
	{ SECCOMP_RET_ALLOW, SC_ALLOW },
};

static bool is_numbered(enum sc_kind kind)
{
	return kind == SC_ERRNO || kind == SC_TRACE;
}

static struct sc_action action_of(uint32_t value)
{
	struct sc_action ret = { .kind = SC_KILL_PROCESS };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].value == (value & SECCOMP_RET_ACTION_FULL))
			ret.kind = kinds[i].kind;
	if (is_numbered(ret.kind))
		ret.value = value & SECCOMP_RET_DATA;
	return ret;
}

/* One that libseccomp can have meant. */
static bool is_action(uint32_t value)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].value == (value & SECCOMP_RET_ACTION_FULL))
			return is_numbered(kinds[i].kind) || !(value & SECCOMP_RET_DATA);
	return false;
}

/* ---- the order of its bytes ----------------------------------------------- */

void sc_program_swap(const struct sc_program *program)
{
	for (size_t i = 0; i < program->count; i++) {
		program->code[i].code = __builtin_bswap16(program->code[i].code);
		program->code[i].k = __builtin_bswap32(program->code[i].k);
	}
}

void sc_program_mend(const struct sc_program *program)
{
	sc_program_swap(program);
	for (size_t i = 0; i < program->count; i++) {
		struct sock_filter *op = &program->code[i];

		if (op->code == (BPF_RET | BPF_K) && !is_action(op->k))
			op->k = __builtin_bswap32(op->k);
	}
}

/* ---- running it ------------------------------------------------------------ */

static bool compare(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return a & k;
	default:
		abort(); /* libseccomp uses no other */
	}
}

static uint32_t run(const struct sc_program *program, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t at = 0; at < program->count; at++) {
		const struct sock_filter *op = &program->code[at];

		switch (op->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (op->k > sizeof(*data) - sizeof(a))
				abort();
			memcpy(&a, (const char *)data + op->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= op->k;
			break;
		case BPF_JMP | BPF_JA:
			at += op->k;
			break;
		case BPF_RET | BPF_K:
			return op->k;
		default:
			at += compare(op->code, a, op->k) ? op->jt : op->jf;
		}
	}
	abort();
}

struct sc_action sc_program_run(const struct sc_program *program, enum sc_arch arch,
                                int number, const uint64_t *args)
{
	struct seccomp_data data = { .nr = number };

	/* To the kernel x32 is x86-64 with a bit in the number. */
	data.arch = sc_token(arch == SC_X32 ? SC_X86_64 : arch);
	/* The program has the architecture's order of halves, and loads only halves. */
	for (int i = 0; i < SC_ARGS; i++)
		data.args[i] = sc_arch_is_big_endian(arch) ==
		                               sc_arch_is_big_endian(sc_native_arch())
		                       ? args[i]
		                       : args[i] << 32 | args[i] >> 32;
	return action_of(run(program, &data));
}
