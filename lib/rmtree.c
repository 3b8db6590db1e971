// SPDX-License-Identifier: Apache-2.0
#include "rmtree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A directory without its links, on the mount of `dir`. */
static int open_below(int dir, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};

	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int empty(int fd, struct err *err)
{
	DIR *dir = fdopendir(fd);
	int ret = 0;

	if (!dir) {
		close(fd);
		return err_errno(err, "", "cannot read a directory");
	}
	for (struct dirent *entry; ret == 0 && (entry = readdir(dir));) {
		if (is_dot(entry->d_name))
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		ret = errno == EISDIR ? rmtree(dirfd(dir), entry->d_name, err)
		                      : err_errno(err, entry->d_name, "cannot remove");
	}
	closedir(dir);
	return ret;
}

int rmtree(int dir, const char *name, struct err *err)
{
	int fd = open_below(dir, name);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_errno(err, name, "cannot open to remove it");
	if (empty(fd, err) < 0)
		return -1;
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_errno(err, name, "cannot remove");
	return 0;
}
