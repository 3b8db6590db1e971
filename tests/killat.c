// SPDX-License-Identifier: Apache-2.0
/*
 * killat - send a signal to one of ocirun's processes at one of its system calls
 *
 *	killat first|worker|both NUMBER SIGNAL COMMAND [ARG...]
 *
 * The process that is started is the first; the worker is its first child; both
 * are hit at the worker's call.  What they start is not traced.  The exit status
 * is COMMAND's, or 128 and the signal's number; it is 99, and COMMAND's run
 * undisturbed, if there were fewer calls.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
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

/* Let the first one run until it has a child, which is left stopped; 0 if it has ended. */
static pid_t find_worker(pid_t first, int *status)
{
	unsigned long child;

	ptrace(PTRACE_SETOPTIONS, first, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE);
	ptrace(PTRACE_CONT, first, 0, 0);
	while (waitpid(first, status, 0) == first && WIFSTOPPED(*status)) {
		if (*status >> 16 == PTRACE_EVENT_FORK ||
		    *status >> 16 == PTRACE_EVENT_CLONE) {
			ptrace(PTRACE_GETEVENTMSG, first, 0, &child);
			waitpid((pid_t)child, status, __WALL);
			ptrace(PTRACE_DETACH, first, 0, 0);
			return (pid_t)child;
		}
		ptrace(PTRACE_CONT, first, 0, passed_on(*status));
	}
	return 0;
}

/* Stop at the beginning of that call; false if the process has ended before. */
static bool go_to_call(pid_t pid, long number, int *status)
{
	bool inside = false;

	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	while (waitpid(pid, status, __WALL) == pid && WIFSTOPPED(*status)) {
		bool call = WSTOPSIG(*status) == OWN_STOP;

		inside = call && !inside;
		if (inside && --number == 0)
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
	pid_t first, target;
	int status, number;

	if (argc < 5)
		errx(98, "usage: killat first|worker|both NUMBER SIGNAL COMMAND [ARG...]");
	number = atoi(argv[3]);
	first = start(argv + 4);
	waitpid(first, &status, 0);
	target = strcmp(argv[1], "first") == 0 ? first : find_worker(first, &status);
	if (target == 0)
		return OVER;
	if (!go_to_call(target, atol(argv[2]), &status)) {
		if (target != first)
			end_of(first);
		return OVER;
	}
	kill(target, number);
	if (strcmp(argv[1], "both") == 0)
		kill(first, number);
	ptrace(PTRACE_DETACH, target, 0, 0);
	if (target != first && number == SIGKILL)
		waitpid(target, &status, __WALL);
	return end_of(first);
}
