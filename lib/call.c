// SPDX-License-Identifier: Apache-2.0
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "program.h"

enum { LAST_STANDARD = STDERR_FILENO };

/* ---- in the child -------------------------------------------------------- */

static void reset_signals(void)
{
	static const unsigned long defaults[4]; /* of the kernel's struct: SIG_DFL */
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		signal(number,
		       SIG_IGN); /* what our process group was sent before we left it */
		/* By the kernel's own call: the C library keeps two for itself. */
		syscall(SYS_rt_sigaction, number, defaults, NULL, NSIG / 8);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors to be moved may lie where others go: copies beyond all of them first. */
static int place_streams(const struct call *call)
{
	int from[] = { call->streams[0], call->streams[1], call->streams[2], call->ready };
	int count = call->ready ? 4 : 3;

	for (int i = 0; i < count; i++) {
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC,
		                LAST_STANDARD + 2 + (int)call->preserve);
		if (from[i] < 0)
			return -1;
	}
	for (int i = 0; i < count; i++)
		if (dup2(from[i], i) < 0)
			return -1;
	return 0;
}

static int keep_descriptors(const struct call *call)
{
	for (int fd = LAST_STANDARD + 1; fd <= LAST_STANDARD + (int)call->preserve; fd++)
		if (fcntl(fd, F_SETFD, 0) < 0)
			return -1;
	return 0;
}

/* The pid is in the journal before there is a program to be found by it. */
static int write_down(const struct call *call)
{
	uint64_t started = 0;
	struct err ignored;
	json_t *line;

	if (!call->journal)
		return 0;
	if (!proc_started(getpid(), &started))
		return -1;
	line = json_pack("{s:s, s:i, s:o}", "call", call->phase, "pid", getpid(), "started",
	                 doc_u64(started));
	return journal_add_new(call->journal, line, &ignored);
}

/*
 * Our parent may have died before we could ask for its death to be ours, or before we were
 * in the journal: then whoever cleaned up after it did not know that we begin.
 */
static int tie(const struct call *call, pid_t parent)
{
	/* A program with an owner's rights (ssh-agent has a group's) would be spared. */
	if (call->unprivileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	if (call->dies_with_us && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (getppid() != parent)
		return -1;
	return call->own_mounts ? unshare(CLONE_NEWNS) : 0;
}

_Noreturn static void become(const struct call *call, pid_t parent, const char *const *env,
                             int failed)
{
	int error;

	/* Away from the numbers that others get. */
	failed = fcntl(failed, F_DUPFD_CLOEXEC, LAST_STANDARD + 2 + (int)call->preserve);
	setsid();
	umask(022);
	if (write_down(call) == 0 && tie(call, parent) == 0 && fchdir(call->dir) == 0 &&
	    place_streams(call) == 0 && keep_descriptors(call) == 0) {
		reset_signals();
		execve(call->argv[0], call->argv, (char *const *)(uintptr_t)env);
	}
	error = errno;
	(void)!write(failed, &error, sizeof(error));
	_exit(125);
}

/* ---- in the parent ------------------------------------------------------- */

/* The errno that kept it from starting, or 0: the pipe closes when it has started. */
static int learn_failure(int from)
{
	int error = 0;
	ssize_t got;

	do
		got = read(from, &error, sizeof(error));
	while (got < 0 && errno == EINTR);
	return got == sizeof(error) ? error : 0;
}

void call_reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

pid_t call_start(const struct call *call, struct err *err)
{
	auto_free char **ours = call->env ? NULL : program_environment();
	const char *const *env = call->env ? call->env : (const char *const *)ours;
	pid_t pid, parent = getpid();
	int failed[2], error;

	if (pipe2(failed, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		become(call, parent, env, failed[1]);
	close(failed[1]);
	error = pid < 0 ? errno : learn_failure(failed[0]);
	close(failed[0]);
	if (!error)
		return pid;
	if (pid > 0)
		call_reap(pid);
	errno = error;
	err_errno(err, call->argv[0], "cannot be started");
	err->kind = ERR_HOST;
	return -1;
}
