// SPDX-License-Identifier: Apache-2.0
#include "scwords.h"

/* clang-format off */
const struct name sc_arch_spec_names[] = {
	{ "SCMP_ARCH_X86", SC_X86 },               { "SCMP_ARCH_X86_64", SC_X86_64 },
	{ "SCMP_ARCH_X32", SC_X32 },               { "SCMP_ARCH_ARM", SC_ARM },
	{ "SCMP_ARCH_AARCH64", SC_AARCH64 },       { "SCMP_ARCH_MIPS", SC_MIPS },
	{ "SCMP_ARCH_MIPS64", SC_MIPS64 },         { "SCMP_ARCH_MIPS64N32", SC_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", SC_MIPSEL },         { "SCMP_ARCH_MIPSEL64", SC_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", SC_MIPSEL64N32 }, { "SCMP_ARCH_PPC", SC_PPC },
	{ "SCMP_ARCH_PPC64", SC_PPC64 },           { "SCMP_ARCH_PPC64LE", SC_PPC64LE },
	{ "SCMP_ARCH_S390", SC_S390 },             { "SCMP_ARCH_S390X", SC_S390X },
	{ "SCMP_ARCH_PARISC", SC_PARISC },         { "SCMP_ARCH_PARISC64", SC_PARISC64 },
	{ "SCMP_ARCH_RISCV64", SC_RISCV64 },       { "SCMP_ARCH_LOONGARCH64", SC_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", SC_M68K },             { "SCMP_ARCH_SH", SC_SH },
	{ "SCMP_ARCH_SHEB", SC_SHEB },             { NULL, 0 },
};

const struct name sc_arch_names[] = {
	{ "x86", SC_X86 },           { "amd64", SC_X86_64 },     { "x32", SC_X32 },
	{ "arm", SC_ARM },           { "arm64", SC_AARCH64 },    { "mips", SC_MIPS },
	{ "mips64", SC_MIPS64 },     { "mips64n32", SC_MIPS64N32 },
	{ "mipsel", SC_MIPSEL },     { "mipsel64", SC_MIPSEL64 },
	{ "mipsel64n32", SC_MIPSEL64N32 },
	{ "ppc", SC_PPC },           { "ppc64", SC_PPC64 },      { "ppc64le", SC_PPC64LE },
	{ "s390", SC_S390 },         { "s390x", SC_S390X },      { "parisc", SC_PARISC },
	{ "parisc64", SC_PARISC64 }, { "riscv64", SC_RISCV64 },
	{ "loong64", SC_LOONGARCH64 }, { "m68k", SC_M68K },      { "sh", SC_SH },
	{ "sheb", SC_SHEB },         { NULL, 0 },
};
/* clang-format on */

enum sc_arch sc_native_arch(void)
{
#if defined(__x86_64__) && defined(__ILP32__)
	return SC_X32;
#elif defined(__x86_64__)
	return SC_X86_64;
#elif defined(__i386__)
	return SC_X86;
#elif defined(__aarch64__)
	return SC_AARCH64;
#elif defined(__arm__)
	return SC_ARM;
#elif defined(__mips64) && defined(__MIPSEL__)
	return sizeof(void *) == 8 ? SC_MIPSEL64 : SC_MIPSEL64N32;
#elif defined(__mips64)
	return sizeof(void *) == 8 ? SC_MIPS64 : SC_MIPS64N32;
#elif defined(__MIPSEL__)
	return SC_MIPSEL;
#elif defined(__mips__)
	return SC_MIPS;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	return SC_PPC64LE;
#elif defined(__powerpc64__)
	return SC_PPC64;
#elif defined(__powerpc__)
	return SC_PPC;
#elif defined(__s390x__)
	return SC_S390X;
#elif defined(__s390__)
	return SC_S390;
#elif defined(__hppa64__)
	return SC_PARISC64;
#elif defined(__hppa__)
	return SC_PARISC;
#elif defined(__riscv) && __riscv_xlen == 64
	return SC_RISCV64;
#elif defined(__loongarch64)
	return SC_LOONGARCH64;
#elif defined(__m68k__)
	return SC_M68K;
#elif defined(__SHEB__) || (defined(__sh__) && defined(__BIG_ENDIAN__))
	return SC_SHEB;
#elif defined(__sh__)
	return SC_SH;
#else
#error "the runtime-spec has no name for this architecture"
#endif
}
