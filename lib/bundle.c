// SPDX-License-Identifier: Apache-2.0
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

/* Open the file for writing, a new one; makes the directories above it. */
static int create(const struct bundle_file *file, struct err *err)
{
	auto_close int dir = open(file->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_free char *copy = xstrdup(file->path);
	char *rest = copy, *name = strsep(&rest, "/");
	int fd;

	for (; rest && dir >= 0; name = strsep(&rest, "/")) {
		int next;

		if (mkdirat(dir, name, 0711) < 0 && errno != EEXIST)
			return err_errno(err, "", "cannot make a directory in the bundle");
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(dir);
		dir = next;
	}
	if (dir < 0)
		return err_errno(err, "", "cannot enter the bundle");
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            file->mode & 0600);
	return fd < 0 ? err_errno(err, "", "cannot make the file in the bundle") : fd;
}

static int fill(int fd, const struct bundle_file *file, const struct buf *text,
                struct err *err)
{
	if (io_write_all(fd, text->data, text->len, err) < 0)
		return -1;
	if (fchown(fd, file->owner.uid, file->owner.gid) < 0 || fchmod(fd, file->mode) < 0)
		return err_errno(err, "", "cannot give the file to the container's root");
	return 0;
}

int bundle_write(const struct bundle_file *file, const struct buf *text, struct err *err)
{
	auto_close int fd = create(file, err);

	if (fd >= 0 && fill(fd, file, text, err) == 0)
		return 0;
	return err_where(err, "%s/%s", file->bundle, file->path);
}
