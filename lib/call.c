// SPDX-License-Identifier: Apache-2.0
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"

enum { LAST_STANDARD = STDERR_FILENO };

/* What a program of ours may know of our environment. */
static char **make_environment(void)
{
	static const char *const names[] = { "PATH=", "XDG_RUNTIME_DIR=", "TMPDIR=",
		                             "DBUS_SESSION_BUS_ADDRESS=" };
	static char language[] = "LANG=C";
	char **env = xcalloc(ARRAY_LEN(names) + 2, sizeof(*env));
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char **entry = environ;

		while (*entry && !str_starts(*entry, names[i]))
			entry++;
		if (*entry)
			env[count++] = *entry;
	}
	env[count] = language;
	return env;
}

/* ---- in the child -------------------------------------------------------- */

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* what cannot be set is as it should be */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors to be moved may lie where others go: copies beyond all of them first. */
static int place_streams(const struct call *call)
{
	int copies[3];

	for (int i = 0; i < 3; i++) {
		copies[i] = fcntl(call->streams[i], F_DUPFD_CLOEXEC,
		                  LAST_STANDARD + 1 + (int)call->preserve);
		if (copies[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(copies[i], i) < 0)
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

_Noreturn static void become(const struct call *call, char *const *env, int failed)
{
	int error;

	setsid();
	umask(022);
	if (write_down(call) == 0 && fchdir(call->dir) == 0 && place_streams(call) == 0 &&
	    keep_descriptors(call) == 0) {
		reset_signals();
		execve(call->argv[0], call->argv, env);
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
	auto_free char **env = make_environment();
	int failed[2], error;
	pid_t pid;

	if (pipe2(failed, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		become(call, env, failed[1]);
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
