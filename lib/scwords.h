/*
 * scwords.h - layer 0: the words of seccomp
 */
#pragma once

#include "names.h"

/* The architectures of the runtime-spec, and as libseccomp and profiles name them. */
enum sc_arch {
	SC_X86,
	SC_X86_64,
	SC_X32,
	SC_ARM,
	SC_AARCH64,
	SC_MIPS,
	SC_MIPS64,
	SC_MIPS64N32,
	SC_MIPSEL,
	SC_MIPSEL64,
	SC_MIPSEL64N32,
	SC_PPC,
	SC_PPC64,
	SC_PPC64LE,
	SC_S390,
	SC_S390X,
	SC_PARISC,
	SC_PARISC64,
	SC_RISCV64,
	SC_LOONGARCH64,
	SC_M68K,
	SC_SH,
	SC_SHEB,
	SC_ARCHES,
};

/* "SCMP_ARCH_X86_64" and "amd64" (B209). */
extern const struct name sc_arch_spec_names[];
extern const struct name sc_arch_names[];

/* The one this program was built for, whatever the kernel is. */
enum sc_arch sc_native_arch(void);

/* True if arguments are 32 bits wide; if socket(2) and its like are also calls of one. */
bool sc_arch_is_32bit(enum sc_arch arch);
bool sc_arch_multiplexes(enum sc_arch arch);
bool sc_arch_is_big_endian(enum sc_arch arch);

enum sc_kind {
	SC_KILL, /* the thread */
	SC_KILL_PROCESS,
	SC_TRAP,
	SC_ERRNO,
	SC_TRACE,
	SC_ALLOW,
	SC_LOG,
	SC_NOTIFY,
};

/* "SCMP_ACT_ERRNO", and "errno" as the command line has it. */
extern const struct name sc_action_spec_names[];
extern const struct name sc_action_names[];

enum sc_op { SC_NE, SC_LT, SC_LE, SC_EQ, SC_GE, SC_GT, SC_MASKED_EQ };

/* "SCMP_CMP_EQ". */
extern const struct name sc_op_spec_names[];

/* "SECCOMP_FILTER_FLAG_LOG" and "log"; the values are indices, the same in both. */
extern const struct name sc_flag_spec_names[];
extern const struct name sc_flag_names[];

/*
 * The number of an errno by its name, or as decimal digits.  Numbers differ
 * between architectures: false also for a name whose number on `arch` this
 * program does not know.
 */
bool sc_errno_parse(const char *text, enum sc_arch arch, uint32_t *ret) CHECKED;

/* Offer all names of errnos to a search. */
void sc_errno_offer(struct nearest *search);

/* "EPERM", or NULL. */
const char *sc_errno_name(uint32_t number);
