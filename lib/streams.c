// SPDX-License-Identifier: Apache-2.0
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "io.h"

enum { MEMORY_DEVICES = 1 /* /dev/null, zero, full, ... */, TERMINAL_PIECE = 128 };

/*
 * crun gives even /dev/null to the process's user, who could then close it to all,
 * and to its group.
 */
static bool is_safe(int fd, const struct streams_wish *wish)
{
	struct stat st;
	bool same;

	if (fstat(fd, &st) < 0)
		return false;
	same = st.st_uid == wish->uid && st.st_gid == wish->gid;
	if (S_ISCHR(st.st_mode))
		return major(st.st_rdev) == MEMORY_DEVICES && (!wish->gives || same);
	return (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)) && same;
}

/* ---- making -------------------------------------------------------------- */

/* A pipe whose inner end is the process's user's, and whose outer end does not block. */
static int make_pipe(const struct streams_wish *wish, bool input, int *inner, int *outer,
                     struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	*inner = ends[input ? 0 : 1];
	*outer = ends[input ? 1 : 0];
	if (fchown(*inner, wish->uid, wish->gid) == 0 &&
	    fcntl(*outer, F_SETFL, O_NONBLOCK) == 0)
		return 0;
	err_errno(err, "", "cannot give a pipe to the process's user");
	close(ends[0]);
	close(ends[1]);
	return -1;
}

/*
 * Our own copy of one of the user's streams.  A terminal is opened again: then it
 * need not block, though for all others it does.
 */
static int own_copy(int fd, bool input, bool *blocks, struct err *err)
{
	auto_free char *path = xasprintf("/proc/self/fd/%d", fd);
	int copy = -1;

	*blocks = isatty(fd);
	if (*blocks)
		copy = open(path, (input ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY |
		                          O_CLOEXEC);
	if (copy >= 0)
		*blocks = false;
	else
		copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return copy < 0 ? err_errno(err, "", "cannot copy a descriptor") : copy;
}

static int relay_one(const struct streams_wish *wish, int i, struct streams *streams,
                     struct err *err)
{
	bool input = i == STDIN_FILENO, blocks;
	struct channel *channel;
	int copy, outer = -1;

	copy = own_copy(wish->outer[i], input, &blocks, err);
	if (copy < 0)
		return -1;
	if (make_pipe(wish, input, &streams->inner[i], &outer, err) < 0) {
		close(copy);
		return -1;
	}
	streams->owned[i] = true;
	channel = input ? relay_add(&streams->relay, copy, outer)
	                : relay_add(&streams->relay, outer, copy);
	channel->input = input;
	if (blocks)
		channel->piece = TERMINAL_PIECE;
	return 0;
}

/* Output and error that go to the same place stay in order only in the same pipe. */
static bool same_file(int a, int b)
{
	struct stat one, other;

	return a >= 0 && b >= 0 && fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino &&
	       one.st_rdev == other.st_rdev;
}

/*
 * Nothing to read and nobody to write to: /dev/null.  Where that is not safe, a pipe
 * at its end, and memory: what is written there is the runtime's own, beside a terminal.
 */
static int make_nothing(const struct streams_wish *wish, int i, struct streams *streams,
                        struct err *err)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int outer;

	if (null < 0)
		return err_errno(err, "/dev/null", "cannot open");
	if (is_safe(null, wish)) {
		streams->inner[i] = steal_fd(&null);
	} else if (i == STDIN_FILENO) {
		if (make_pipe(wish, true, &streams->inner[i], &outer, err) < 0)
			return -1;
		close(outer);
	} else {
		streams->inner[i] = memfd_create("nobody", MFD_CLOEXEC);
		if (streams->inner[i] < 0)
			return err_errno(err, "", "cannot make a file in memory");
	}
	streams->owned[i] = true;
	return 0;
}

/* What was closed when we were started is open the wrong way round (io_secure_standard). */
static bool is_closed(int fd, int i)
{
	int wrong = i == STDIN_FILENO ? O_WRONLY : O_RDONLY;

	return (fcntl(fd, F_GETFL) & O_ACCMODE) == wrong;
}

static int make_one(const struct streams_wish *wish, int i, struct streams *streams,
                    struct err *err)
{
	if (wish->outer[i] < 0 || is_closed(wish->outer[i], i))
		return make_nothing(wish, i, streams, err);
	if (is_safe(wish->outer[i], wish)) {
		streams->inner[i] = wish->outer[i];
		return 0;
	}
	if (i == STDERR_FILENO && streams->owned[STDOUT_FILENO] &&
	    same_file(wish->outer[STDOUT_FILENO], wish->outer[i])) {
		streams->inner[i] = streams->inner[STDOUT_FILENO];
		return 0;
	}
	return relay_one(wish, i, streams, err);
}

int streams_make(const struct streams_wish *wish, struct streams *ret, struct err *err)
{
	*ret = (struct streams){ .inner = { -1, -1, -1 } };
	for (int i = 0; i < 3; i++)
		if (make_one(wish, i, ret, err) < 0)
			return -1;
	streams_recheck(ret);
	return 0;
}

bool streams_are_mixed(const struct streams *streams)
{
	struct stat st;
	int out = streams->inner[STDOUT_FILENO];

	return same_file(out, streams->inner[STDERR_FILENO]) && fstat(out, &st) == 0 &&
	       !S_ISCHR(st.st_mode);
}

bool streams_can_fail(const struct streams *streams)
{
	for (int i = STDOUT_FILENO; i <= STDERR_FILENO; i++) {
		struct stat st;

		if (fstat(streams->inner[i], &st) < 0 ||
		    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || io_is_null(&st)))
			return true;
	}
	return false;
}

/* ---- later --------------------------------------------------------------- */

void streams_started(struct streams *streams)
{
	for (int i = 0; i < 3; i++) {
		if (streams->owned[i])
			close(streams->inner[i]);
		streams->owned[i] = false;
	}
}

/* Reading from a terminal in the background would stop us, and with us the output. */
static bool is_in_background(int fd)
{
	pid_t group = isatty(fd) ? tcgetpgrp(fd) : -1;

	return group > 0 && group != getpgrp();
}

void streams_recheck(struct streams *streams)
{
	for (size_t i = 0; i < streams->relay.count; i++) {
		struct channel *channel = &streams->relay.channels[i];

		if (channel->input && channel->from >= 0)
			channel->quiet = is_in_background(channel->from);
	}
}

void streams_close(struct streams *streams)
{
	streams_started(streams);
	relay_close(&streams->relay);
}
