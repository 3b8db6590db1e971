// SPDX-License-Identifier: Apache-2.0
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "localaddr.h"

enum { LARGEST = 4096 };

static int wait_for(pid_t pid, struct err *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, "", "cannot learn how a process ended");
	if (status == 0)
		return 0;
	err_set(err, ERR_SYSTEM, "cannot be worked in");
	return err_where(err, "the network namespace");
}

int netns_run(int netns, int (*run)(const void *data, int out), const void *data,
              struct buf *answer, struct err *err)
{
	int ends[2], failed;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		_exit(setns(netns, CLONE_NEWNET) < 0 || run(data, ends[1]) < 0);
	close(ends[1]);
	failed = pid < 0 ? err_errno(err, "", "cannot fork")
	                 : io_read_all(ends[0], "", LARGEST, answer, err);
	close(ends[0]);
	if (pid > 0 && wait_for(pid, err) < 0)
		failed = -1;
	return failed;
}

static int write_address(const void *data UNUSED, int out)
{
	auto_free char *address = localaddr_find();

	if (!address)
		return 0;
	return write(out, address, strlen(address)) < 0 ? -1 : 0;
}

char *netns_address(int netns)
{
	auto_buf struct buf answer = { 0 };
	struct err ignored;

	if (netns_run(netns, write_address, NULL, &answer, &ignored) < 0 || answer.len == 0)
		return NULL;
	return buf_steal(&answer);
}

/* Which file it is depends on the namespace of who opens it. */
static int set_accept_dad(const void *data, int out)
{
	auto_close int fd =
		open("/proc/sys/net/ipv6/conf/default/accept_dad", O_RDWR | O_CLOEXEC);
	char was;

	if (fd < 0 || read(fd, &was, 1) != 1 || pwrite(fd, data, 1, 0) != 1)
		return -1;
	return write(out, &was, 1) == 1 ? 0 : -1;
}

char netns_set_accept_dad(int netns, char value)
{
	auto_buf struct buf answer = { 0 };
	struct err ignored;

	if (netns_run(netns, set_accept_dad, &value, &answer, &ignored) < 0 ||
	    answer.len != 1)
		return 0;
	return answer.data[0];
}

/* ---- one that nobody is in ----------------------------------------------- */

/* Be in a new one, tell `peer`, and stay until it closes its end. */
_Noreturn static void dwell(int peer)
{
	char answer = 0;

	if (unshare(CLONE_NEWNET) < 0 || write(peer, &answer, 1) != 1)
		_exit(1);
	_exit(read(peer, &answer, 1) != 0);
}

static int open_of(pid_t pid, int in)
{
	auto_free char *path = xasprintf("/proc/%d/ns/net", pid);
	char answer;

	return read(in, &answer, 1) == 1 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

int netns_make(struct err *err)
{
	int ends[2], fd = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, "", "cannot make a socket pair");
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		dwell(ends[1]);
	}
	close(ends[1]);
	if (pid > 0)
		fd = open_of(pid, ends[0]);
	close(ends[0]);
	if (pid > 0 && wait_for(pid, err) == 0 && fd >= 0)
		return fd;
	cleanup_close(&fd);
	return err_set(err, ERR_SYSTEM, "cannot make a network namespace");
}
