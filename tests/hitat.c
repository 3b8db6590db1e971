// SPDX-License-Identifier: Apache-2.0
/*
 * hitat - hit one of ocirun's processes at one of its system calls
 *
 *	hitat first|worker|both|runtime|init NUMBER SIGNAL COMMAND [ARG...]
 *	hitat first|worker NUMBER changes:ERRNO COMMAND [ARG...]
 *	hitat caller NUMBER SIGNAL COMMAND [ARG...]
 *
 * By a signal; or the call fails with this errno, and only calls are counted that
 * change something on a file system.  The process that is started is the first; the
 * worker is its first child; both are hit at the worker's call; the runtime is the
 * worker's first child, and init the runtime's.  The caller is the worker, hit at the
 * runtime's call, where that is stopped.  What they start is not traced.  The exit status
 *is COMMAND's, or 128 and the signal's number; it is 99, and COMMAND's run undisturbed, if
 *there were fewer calls.  On descriptor 7, if it is open, the number of the call that
 *failed is written.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OVER = 99, OWN_STOP = SIGTRAP | 0x80 };

static pid_t start(char *argv[])
{
	pid_t pid = fork();

	if (pid < 0)
		err(98, "fork");
	if (pid > 0)
		return pid;
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

/* What a stop that is not ours passes on. */
static long passed_on(int status)
{
	int number = WSTOPSIG(status);

	return number == SIGTRAP || number == SIGSTOP ? 0 : number;
}

/* Let it run until it has a child, which is left stopped; 0 if it has ended. */
static pid_t find_child(pid_t parent, int *status)
{
	unsigned long child;

	ptrace(PTRACE_SETOPTIONS, parent, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE);
	ptrace(PTRACE_CONT, parent, 0, 0);
	while (waitpid(parent, status, __WALL) == parent && WIFSTOPPED(*status)) {
		if (*status >> 16 == PTRACE_EVENT_FORK ||
		    *status >> 16 == PTRACE_EVENT_CLONE) {
			ptrace(PTRACE_GETEVENTMSG, parent, 0, &child);
			waitpid((pid_t)child, status, __WALL);
			ptrace(PTRACE_DETACH, parent, 0, 0);
			return (pid_t)child;
		}
		ptrace(PTRACE_CONT, parent, 0, passed_on(*status));
	}
	return 0;
}

/* So many generations after the first. */
static int depth_of(const char *which)
{
	if (strcmp(which, "first") == 0)
		return 0;
	if (strcmp(which, "runtime") == 0 || strcmp(which, "caller") == 0)
		return 2;
	return strcmp(which, "init") == 0 ? 3 : 1;
}

/* ---- calls that change something ------------------------------------------- */

static long peek(pid_t pid, size_t at)
{
	return ptrace(PTRACE_PEEKUSER, pid, at, 0);
}

#define REGISTER(name) offsetof(struct user, regs.name)

/* Not a pipe, a socket or a terminal. */
static bool is_file(pid_t pid, long fd)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%ld", pid, fd);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* One that a full, broken or read-only file system refuses. */
static bool changes(pid_t pid)
{
	static const long calls[] = {
		SYS_write,    SYS_pwrite64,   SYS_ftruncate,       SYS_mkdir,
		SYS_mkdirat,  SYS_mknod,      SYS_mknodat,         SYS_link,
		SYS_linkat,   SYS_symlink,    SYS_symlinkat,       SYS_rename,
		SYS_renameat, SYS_renameat2,  SYS_unlink,          SYS_unlinkat,
		SYS_rmdir,    SYS_chmod,      SYS_fchmod,          SYS_fchmodat,
		SYS_chown,    SYS_fchown,     SYS_fchownat,        SYS_lchown,
		SYS_setxattr, SYS_fsetxattr,  SYS_fsync,           SYS_fdatasync,
		SYS_mount,    SYS_move_mount, SYS_open_tree,       SYS_mount_setattr,
		SYS_fsmount,  SYS_fsconfig,   SYS_copy_file_range, SYS_utimensat,
	};
	long call = peek(pid, REGISTER(orig_rax));

	if (call == SYS_openat)
		return peek(pid, REGISTER(rdx)) & O_CREAT;
	if (call == SYS_write || call == SYS_pwrite64)
		return is_file(pid, peek(pid, REGISTER(rdi)));
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i] == call)
			return true;
	return false;
}

/* It does nothing, and fails. */
static void fail_call(pid_t pid, int error)
{
	int status;

	dprintf(7, "%ld", peek(pid, REGISTER(orig_rax)));
	ptrace(PTRACE_POKEUSER, pid, REGISTER(orig_rax), -1);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	waitpid(pid, &status, __WALL);
	ptrace(PTRACE_POKEUSER, pid, REGISTER(rax), (long)-error);
}

/* ---- all calls --------------------------------------------------------------- */

/* Stop at the beginning of that call; false if the process has ended before. */
static bool go_to_call(pid_t pid, long number, bool (*counts)(pid_t pid), int *status)
{
	bool inside = false;

	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	while (waitpid(pid, status, __WALL) == pid && WIFSTOPPED(*status)) {
		bool call = WSTOPSIG(*status) == OWN_STOP;

		inside = call && !inside;
		if (inside && (!counts || counts(pid)) && --number == 0)
			return true;
		ptrace(PTRACE_SYSCALL, pid, 0, call ? 0 : passed_on(*status));
	}
	return false;
}

static int end_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		err(98, "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char *argv[])
{
	pid_t first, target, above = 0;
	int status, number, depth, error = 0;
	bool calls;

	if (argc < 5)
		errx(98, "usage: hitat WHICH NUMBER SIGNAL COMMAND [ARG...]");
	calls = strcmp(argv[1], "caller") == 0;
	number = atoi(argv[3]);
	if (strncmp(argv[3], "changes:", 8) == 0)
		error = atoi(argv[3] + 8);
	first = start(argv + 4);
	waitpid(first, &status, 0);
	target = first;
	for (depth = depth_of(argv[1]); depth > 0 && target; depth--) {
		above = target;
		target = find_child(target, &status);
	}
	if (target == 0)
		return OVER;
	if (!go_to_call(target, atol(argv[2]), error ? changes : NULL, &status)) {
		if (target != first)
			end_of(first);
		return OVER;
	}
	if (error)
		fail_call(target, error);
	else
		kill(target, calls ? SIGSTOP : number);
	if (strcmp(argv[1], "both") == 0)
		kill(first, number);
	if (calls)
		kill(above, number);
	ptrace(PTRACE_DETACH, target, 0, calls ? SIGSTOP : 0);
	if (target != first && !calls && number == SIGKILL)
		waitpid(target, &status, __WALL);
	return end_of(first);
}
