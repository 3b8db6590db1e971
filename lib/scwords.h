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
