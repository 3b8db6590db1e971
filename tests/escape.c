// SPDX-License-Identifier: Apache-2.0
/*
 * escape WAY [ARG] - try to leave a container; prints "out" if it succeeded
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int report(int out)
{
	puts(out ? "out" : "in");
	return 0;
}

/* The classical way: a directory held open outside of a new root. */
static int by_chroot(const char *canary)
{
	int top = open("/", O_RDONLY | O_DIRECTORY);

	mkdir("/tmp/jail", 0700);
	if (top < 0 || chroot("/tmp/jail") < 0 || fchdir(top) < 0)
		return report(0);
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			break;
	if (chroot(".") < 0)
		return report(0);
	return report(access(canary, F_OK) == 0);
}

/* Any other process that we can attach to and that is not a child of ours. */
static int by_ptrace(void)
{
	int found = 0;

	for (pid_t pid = 1; pid < 100000 && !found; pid++)
		found = pid != getpid() && ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0;
	return report(found);
}

static int by_terminal(void)
{
	char c = 'x';

	for (int fd = 0; fd < 3; fd++)
		if (ioctl(fd, TIOCSTI, &c) == 0)
			return report(1);
	return report(0);
}

static int by_mount(void)
{
	int done = mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0 ||
	           mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL) == 0 ||
	           umount2("/proc/sys", MNT_DETACH) == 0 || unshare(CLONE_NEWNS) == 0;

	return report(done);
}

/* A directory that was open before we were there. */
static int by_descriptor(void)
{
	struct stat st;

	for (int fd = 0; fd < 4096; fd++)
		if (fstat(fd, &st) == 0 && (fd > 2 || S_ISDIR(st.st_mode)))
			return report(1);
	return report(0);
}

/* The program of the host's that loader.c has opened: what keeps us from writing to it. */
static int by_self(void)
{
	enum { PROGRAM = 3 };
	int fd = open("/proc/self/fd/3", O_WRONLY | O_TRUNC);
	const char *why = fd < 0 ? strerror(errno) : "open";

	printf("%s, seals %d\n", why, fcntl(PROGRAM, F_GET_SEALS));
	return report(fd >= 0 && write(fd, "x", 1) == 1);
}

int main(int argc, char *argv[])
{
	const char *way = argc > 1 ? argv[1] : "";

	if (strcmp(way, "chroot") == 0 && argc > 2)
		return by_chroot(argv[2]);
	if (strcmp(way, "ptrace") == 0)
		return by_ptrace();
	if (strcmp(way, "terminal") == 0)
		return by_terminal();
	if (strcmp(way, "mount") == 0)
		return by_mount();
	if (strcmp(way, "self") == 0)
		return by_self();
	if (strcmp(way, "descriptor") == 0)
		return by_descriptor();
	return 2;
}
