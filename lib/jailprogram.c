// SPDX-License-Identifier: Apache-2.0
#include "jailprogram.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "io.h"
#include "jailparts.h"

static const char self[] = "/proc/self/exe";

/* By its path: the mount that /proc/self/exe is on is of the namespace that we left. */
static int open_self(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink(self, path, sizeof(path) - 1);
	auto_close int fd = -1;
	struct stat is, found;

	if (len < 0)
		return -1;
	path[len] = '\0';
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || stat(self, &is) < 0 || fstat(fd, &found) < 0 ||
	    is.st_dev != found.st_dev || is.st_ino != found.st_ino)
		return -1;
	return steal_fd(&fd);
}

/* Attached, because a mount that is nowhere yet could be changed by its descriptor. */
static int mount_self(const char *place)
{
	const struct jail_attr attr = {
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
	auto_close int from = open_self(), tree = -1, target = -1;
	struct statvfs fs;

	if (from < 0 || mknod(place, S_IFREG | 0600, 0) < 0)
		return -1;
	target = open(place, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	tree = jail_clone(from, false);
	if (target < 0 || tree < 0 || jail_set_attr(tree, &attr) < 0 ||
	    jail_attach(tree, target) < 0)
		return -1;
	if (fstatvfs(tree, &fs) < 0 || !(fs.f_flag & ST_RDONLY))
		return -1;
	return steal_fd(&tree);
}

static int copy_self(struct err *err)
{
	enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };
	auto_close int from = open(self, O_RDONLY | O_CLOEXEC);
	auto_close int to = memfd_create("ocirun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;
	off_t at = 0;

	if (from < 0 || to < 0 || fstat(from, &st) < 0)
		return err_errno(err, self, "cannot be copied");
	while (at < st.st_size)
		if (sendfile(to, from, &at, (size_t)(st.st_size - at)) <= 0)
			return err_errno(err, self, "cannot be copied");
	if (fchmod(to, 0500) < 0 || fcntl(to, F_ADD_SEALS, SEALS) < 0)
		return err_errno(err, self, "its copy cannot be sealed");
	return steal_fd(&to);
}

int jailprogram_open(const char *place, struct err *err)
{
	int fd = mount_self(place);

	return fd < 0 ? copy_self(err) : fd;
}
