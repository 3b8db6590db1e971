// SPDX-License-Identifier: Apache-2.0
#include "rmtree.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "treewalk.h"

static int remove_one(int dir, const char *name, bool directory, struct err *err)
{
	if (unlinkat(dir, name, directory ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT)
		return 0;
	return err_errno(err, name, "cannot remove");
}

static int visit(enum tree_moment moment, int dir, const char *name,
                 const struct statx *about, void *data, struct err *err)
{
	(void)data;
	if (moment == TREE_LEAVE)
		return remove_one(dir, name, true, err);
	if (!S_ISDIR(about->stx_mode))
		return remove_one(dir, name, false, err);
	/* overlayfs leaves a directory that not even its owner may read. */
	if ((about->stx_mode & 0700) != 0700)
		(void)!fchmodat(dir, name, 0700, 0);
	return 0;
}

int rmtree(int dir, const char *name, struct err *err)
{
	int fd = tree_open(dir, name), ret;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_errno(err, name, "cannot open to remove it");
	ret = tree_walk_on(fd, visit, NULL, err);
	close(fd);
	return ret < 0 ? -1 : remove_one(dir, name, true, err);
}
