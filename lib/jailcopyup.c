// SPDX-License-Identifier: Apache-2.0
#include "dir.h"
#include "jailparts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "treewalk.h"

/* Where the copy has got to. */
struct copying {
	int to;
	ino_t from; /* what it is the copy of */
};

static int failed(const char *name, const char *what, struct err *err)
{
	err_errno(err, name, "%s", what);
	err->kind = ERR_HOST;
	return -1;
}

/* The mode comes last: a change of the owner would take bits of it away. */
static int copy_owner(int to, const char *name, const struct statx *about)
{
	if (fchownat(to, name, about->stx_uid, about->stx_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return S_ISLNK(about->stx_mode) ? 0
	                                : fchmodat(to, name, about->stx_mode & 07777, 0);
}

static int copy_times(int to, const char *name, const struct statx *about)
{
	const struct timespec times[] = {
		{ about->stx_atime.tv_sec, about->stx_atime.tv_nsec },
		{ about->stx_mtime.tv_sec, about->stx_mtime.tv_nsec },
	};

	return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_file(int from, int to, const char *name)
{
	auto_close int in =
		openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_close int out =
		openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	               0600);
	ssize_t got;

	if (in < 0 || out < 0)
		return -1;
	do
		got = sendfile(out, in, NULL, INT_MAX);
	while (got > 0);
	return (int)got;
}

static int copy_link(int from, int to, const char *name)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(from, name, text, sizeof(text) - 1);

	if (len < 0)
		return -1;
	text[len] = '\0';
	return symlinkat(text, to, name);
}

/* 1; 0 if it is none that is copied; -1 and errno. */
static int copy_one(int from, int to, const char *name, const struct statx *about)
{
	int ret = 0;

	switch (about->stx_mode & S_IFMT) {
	case S_IFREG:
		ret = copy_file(from, to, name);
		break;
	case S_IFLNK:
		ret = copy_link(from, to, name);
		break;
	case S_IFDIR:
		ret = mkdirat(to, name, 0700);
		break;
	case S_IFIFO:
		ret = mknodat(to, name, S_IFIFO | 0600, 0);
		break;
	default: /* a device would be one there, and a socket's owner is elsewhere */
		return 0;
	}
	return ret < 0 || copy_owner(to, name, about) < 0 ? -1 : 1;
}

static int change(struct copying *copying, const char *name)
{
	int fd = dir_open(copying->to, name);

	if (fd < 0)
		return -1;
	cleanup_close(&copying->to);
	copying->to = fd;
	return 0;
}

static int visit(enum tree_moment moment, int dir, const char *name,
                 const struct statx *about, void *data, struct err *err)
{
	struct copying *copying = data;
	struct stat st;
	int copied = 1;

	if (fstat(dir, &st) < 0)
		return failed(name, "cannot examine", err);
	if (moment == TREE_LEAVE) {
		copying->from = st.st_ino;
		copied = change(copying, "..") < 0 ? -1 : 1;
	} else if (st.st_ino != copying->from) {
		return err_set(err, ERR_HOST, "a directory went away meanwhile");
	} else {
		copied = copy_one(dir, copying->to, name, about);
	}
	if (copied < 0)
		return failed(name, "cannot be copied", err);
	if (S_ISDIR(about->stx_mode) && moment == TREE_ENTRY) {
		copying->from = about->stx_ino;
		return change(copying, name) < 0 ? failed(name, "cannot be copied", err)
		                                 : 0;
	}
	/* A directory's only now that nothing is made in it any more. */
	if (copied && copy_times(copying->to, name, about) < 0)
		return failed(name, "cannot be copied", err);
	return 0;
}

int jail_copy_up(int from, int to, struct err *err)
{
	struct copying copying = { dir_open(to, "."), 0 };
	struct stat st;
	int ret;

	if (copying.to < 0 || fstat(from, &st) < 0)
		return failed("", "cannot be opened", err);
	copying.from = st.st_ino;
	ret = tree_walk(from, visit, &copying, err);
	cleanup_close(&copying.to);
	return ret;
}
