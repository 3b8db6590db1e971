// SPDX-License-Identifier: Apache-2.0
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "io.h"

enum { SOON = 64, MOST_TRIES = 2000 };

static int resolve(int root, const char *path, int flags, unsigned int how_far)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = how_far | RESOLVE_NO_MAGICLINKS,
	};

	/* EAGAIN: something was renamed or mounted meanwhile, anywhere on this machine. */
	for (int tries = 0; tries < MOST_TRIES; tries++) {
		long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return (int)fd;
		if (tries >= SOON)
			nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
	}
	return -1;
}

int rootfs_openat(int root, const char *path, int flags)
{
	return resolve(root, path, flags, RESOLVE_IN_ROOT);
}

int rootfs_open_beneath(int root, const char *path, int flags)
{
	return resolve(root, path + strspn(path, "/"), flags, RESOLVE_BENEATH);
}

int rootfs_open(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_close int again = -1;

	if (fd < 0)
		return err_errno(err, path, "cannot open the root filesystem");
	/* Seen at once, not when there is something to take back. */
	again = rootfs_openat(fd, ".", O_PATH);
	if (again >= 0)
		return steal_fd(&fd);
	err_errno(err, path, "cannot look into the root filesystem");
	err->kind = ERR_HOST;
	return err_hint(err,
	                "openat2(2) is needed: Linux 5.6, and no filter that denies it");
}

int rootfs_read(int root, const char *path, size_t max, struct buf *ret, struct err *err)
{
	auto_close int fd = rootfs_openat(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, path, "cannot open in the root filesystem");
	if (!S_ISREG(st.st_mode))
		return err_at(err, path, "is not a regular file in the root filesystem");
	return io_read_all(fd, path, max, ret, err) < 0 ? -1 : 1;
}
