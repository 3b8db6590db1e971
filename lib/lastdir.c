// SPDX-License-Identifier: Apache-2.0
#include "lastdir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "dir.h"

/* Ours alone: in a directory of others' anybody could put anything in the way (B174). */
int lastdir_check(int dir, const char *path, const char *option, struct err *err)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return err_errno(err, path, "cannot examine");
	if (st.st_uid == geteuid() && !(st.st_mode & 022))
		return 0;
	err_set(err, ERR_HOST, "must belong to us, and others must not write to it");
	err_where(err, "%s", path);
	return err_hint(err, "%s chooses another one", option);
}

static int make_above(const char *path, struct err *err)
{
	auto_free char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return err_errno(err, copy, "cannot make the directory");
		*slash = '/';
	}
	return 0;
}

static int make_top(const char *path, struct err *err)
{
	bool there = mkdir(path, 0700) == 0 || errno == EEXIST;

	if (!there && errno == ENOENT) {
		if (make_above(path, err) < 0)
			return -1;
		there = mkdir(path, 0700) == 0 || errno == EEXIST;
	}
	return there ? 0 : err_errno(err, path, "cannot make the directory");
}

int lastdir_open(const char *path, const char *option, struct err *err)
{
	auto_close int fd = -1;

	if (make_top(path, err) < 0)
		return -1;
	fd = dir_open(AT_FDCWD, path);
	if (fd < 0)
		return err_errno(err, path, "cannot open the directory");
	return lastdir_check(fd, path, option, err) < 0 ? -1 : steal_fd(&fd);
}
