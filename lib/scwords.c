// SPDX-License-Identifier: Apache-2.0
#include "scwords.h"

#include <errno.h>
#include <string.h>

#include "parse.h"

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
	{ "sheb", SC_SHEB },
	/* what uname(1) says */
	{ "i386", SC_X86 },          { "i686", SC_X86 },         { "x86_64", SC_X86_64 },
	{ "aarch64", SC_AARCH64 },   { "loongarch64", SC_LOONGARCH64 },
	{ NULL, 0 },
};

const struct name sc_action_spec_names[] = {
	{ "SCMP_ACT_KILL", SC_KILL },
	{ "SCMP_ACT_KILL_THREAD", SC_KILL },
	{ "SCMP_ACT_KILL_PROCESS", SC_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SC_TRAP },
	{ "SCMP_ACT_ERRNO", SC_ERRNO },
	{ "SCMP_ACT_TRACE", SC_TRACE },
	{ "SCMP_ACT_ALLOW", SC_ALLOW },
	{ "SCMP_ACT_LOG", SC_LOG },
	{ "SCMP_ACT_NOTIFY", SC_NOTIFY },
	{ NULL, 0 },
};

const struct name sc_action_names[] = {
	{ "allow", SC_ALLOW },
	{ "errno", SC_ERRNO },
	{ "log", SC_LOG },
	{ "trap", SC_TRAP },
	{ "trace", SC_TRACE },
	{ "kill", SC_KILL },
	{ "kill-process", SC_KILL_PROCESS },
	{ "notify", SC_NOTIFY },
	{ "kill-thread", SC_KILL },
	{ NULL, 0 },
};

const struct name sc_op_spec_names[] = {
	{ "SCMP_CMP_NE", SC_NE },
	{ "SCMP_CMP_LT", SC_LT },
	{ "SCMP_CMP_LE", SC_LE },
	{ "SCMP_CMP_EQ", SC_EQ },
	{ "SCMP_CMP_GE", SC_GE },
	{ "SCMP_CMP_GT", SC_GT },
	{ "SCMP_CMP_MASKED_EQ", SC_MASKED_EQ },
	{ NULL, 0 },
};

const struct name sc_flag_spec_names[] = {
	{ "SECCOMP_FILTER_FLAG_LOG", 0 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 2 },
	{ "SECCOMP_FILTER_FLAG_TSYNC", 3 },
	{ NULL, 0 },
};

const struct name sc_flag_names[] = {
	{ "log", 0 },
	{ "spec-allow", 1 },
	{ "wait-killable-recv", 2 },
	{ "tsync", 3 },
	{ NULL, 0 },
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

bool sc_arch_is_32bit(enum sc_arch arch)
{
	switch (arch) {
	case SC_X86:
	case SC_ARM:
	case SC_MIPS:
	case SC_MIPSEL:
	case SC_PPC:
	case SC_S390:
	case SC_PARISC:
	case SC_M68K:
	case SC_SH:
	case SC_SHEB:
	case SC_MIPS64N32: /* libseccomp takes it so */
	case SC_MIPSEL64N32:
	case SC_X32:
		return true;
	default:
		return false;
	}
}

bool sc_arch_multiplexes(enum sc_arch arch)
{
	switch (arch) {
	case SC_X86:
	case SC_MIPS:
	case SC_MIPSEL:
	case SC_PPC:
	case SC_PPC64:
	case SC_PPC64LE:
	case SC_S390:
	case SC_S390X:
	case SC_M68K:
	case SC_SH:
	case SC_SHEB:
		return true;
	default:
		return false;
	}
}

bool sc_arch_is_big_endian(enum sc_arch arch)
{
	switch (arch) {
	case SC_MIPS:
	case SC_MIPS64:
	case SC_MIPS64N32:
	case SC_PPC:
	case SC_PPC64:
	case SC_S390:
	case SC_S390X:
	case SC_PARISC:
	case SC_PARISC64:
	case SC_M68K:
	case SC_SHEB:
		return true;
	default:
		return false;
	}
}

/* ---- errnos -------------------------------------------------------------- */

enum {
	LARGEST = 4095, /* the kernel returns no larger one */
	COMMON = 34,    /* up to here, but for EAGAIN's twin, all architectures agree */
};

static bool numbers_as_here(enum sc_arch arch)
{
	switch (arch) {
	case SC_MIPS:
	case SC_MIPS64:
	case SC_MIPS64N32:
	case SC_MIPSEL:
	case SC_MIPSEL64:
	case SC_MIPSEL64N32:
	case SC_PARISC:
	case SC_PARISC64:
		return arch == sc_native_arch();
	default:
		return true;
	}
}

/* Names that the C library knows only as other names of the same numbers. */
static const struct name twins[] = {
	{ "EWOULDBLOCK", EWOULDBLOCK },
	{ "EDEADLOCK", EDEADLOCK },
	{ "ENOTSUP", ENOTSUP },
	{ "EOPNOTSUPP", EOPNOTSUPP },
	{ NULL, 0 },
};

static bool errno_by_name(const char *text, uint32_t *ret)
{
	int twin;

	if (name_value(twins, text, &twin)) {
		*ret = (uint32_t)twin;
		return true;
	}
	for (uint32_t number = 1; number < LARGEST; number++) {
		const char *name = sc_errno_name(number);

		if (name && strcmp(name, text) == 0) {
			*ret = number;
			return true;
		}
	}
	return false;
}

bool sc_errno_parse(const char *text, enum sc_arch arch, uint32_t *ret)
{
	uint32_t number;

	if (parse_u32(text, &number)) {
		if (number > LARGEST)
			return false;
		*ret = number;
		return true;
	}
	if (!errno_by_name(text, &number))
		return false;
	if (number > COMMON && !numbers_as_here(arch)) {
		if (number != ENOSYS)
			return false;
		number = arch == SC_PARISC || arch == SC_PARISC64 ? 251 : 89;
	}
	*ret = number;
	return true;
}

void sc_errno_offer(struct nearest *search)
{
	for (uint32_t number = 1; number < LARGEST; number++)
		if (sc_errno_name(number))
			nearest_offer(search, sc_errno_name(number));
}

const char *sc_errno_name(uint32_t number)
{
	return number > 0 && number <= LARGEST ? strerrorname_np((int)number) : NULL;
}
