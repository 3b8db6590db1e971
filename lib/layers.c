// SPDX-License-Identifier: Apache-2.0
#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs.h"

int layers_open(const char *rootfs, struct layers *ret, struct err *err)
{
	int dir;

	*ret = (struct layers){ 0 };
	if (access(rootfs, F_OK) < 0 && errno == ENOENT)
		return 0;
	dir = rootfs_open(rootfs, err);
	if (dir < 0)
		return -1;
	ret->dirs = xcalloc(1, sizeof(*ret->dirs));
	ret->dirs[ret->count++] = dir;
	return 0;
}

void layers_close(struct layers *layers)
{
	for (size_t i = 0; i < layers->count; i++)
		close(layers->dirs[i]);
	free(layers->dirs);
	*layers = (struct layers){ 0 };
}

int layers_read(const struct layers *layers, const char *path, size_t max, struct buf *ret,
                struct err *err)
{
	return layers->count ? rootfs_read(layers->dirs[0], path, max, ret, err) : 0;
}

bool layers_executable(const struct layers *layers, const char *path)
{
	auto_close int fd = -1;
	struct stat st;

	if (layers->count == 0)
		return false;
	fd = rootfs_openat(layers->dirs[0], path, O_PATH | O_NOFOLLOW);
	return fd >= 0 && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode) &&
	       (S_ISLNK(st.st_mode) || (st.st_mode & 0111));
}
