// SPDX-License-Identifier: Apache-2.0
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* How much to ask for at once; as much as a pipe holds, usually. */
enum { READ_AHEAD = 64 * 1024, WORTH_ASKING = 16 * 1024 };

/* Where to read to, and how much fits; nearly always without moving what is there. */
static char *room_to_read(struct buf *buf, size_t *room)
{
	*room = buf->room > buf->len ? buf->room - buf->len - 1 : 0;
	if (*room < WORTH_ASKING)
		*room = READ_AHEAD;
	return buf_reserve(buf, *room);
}

int io_secure_standard(struct err *err)
{
	/* Opened the wrong way round, so that using one fails instead of succeeding in
	 * vain. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return err_errno(err, "/dev/null", "cannot open");
	return 0;
}

/* True if the call is to be made again, after waiting where waiting is due. */
static bool retry(int fd, short events)
{
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	poll(&(struct pollfd){ .fd = fd, .events = events }, 1, -1);
	return true;
}

int io_read_all(int fd, const char *where, size_t max, struct buf *ret, struct err *err)
{
	for (;;) {
		size_t room;
		char *to = room_to_read(ret, &room);
		ssize_t got = read(fd, to, room);

		if (got < 0 && retry(fd, POLLIN))
			continue;
		if (got < 0) {
			err_errno(err, where, "cannot read");
			if (errno == EISDIR || errno == EBADF)
				err->kind = ERR_INPUT;
			return -1;
		}
		if (got == 0)
			break;
		ret->len += (size_t)got;
		if (ret->len > max)
			return err_at(err, where, "is larger than %zu bytes", max);
	}
	buf_add(ret, "", 0);
	return 0;
}

int io_open_file(int dir, const char *path, struct err *err)
{
	auto_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0) {
		err_errno(err, path, "cannot open");
		err->kind = ERR_INPUT;
		return -1;
	}
	if (fstat(fd, &st) < 0)
		return err_errno(err, path, "cannot examine");
	if (!S_ISREG(st.st_mode))
		return err_at(err, path, "is not a regular file");
	return steal_fd(&fd);
}

int io_read_file(const char *path, size_t max, struct buf *ret, struct err *err)
{
	auto_close int fd = io_open_file(AT_FDCWD, path, err);

	if (fd < 0)
		return -1;
	return io_read_all(fd, path, max, ret, err);
}

int io_where(int fd, const char *name, struct err *err)
{
	auto_free char *link = xasprintf("/proc/self/fd/%d", fd);
	char path[PATH_MAX];
	ssize_t len = readlink(link, path, sizeof(path));

	if (len <= 0 || len == (ssize_t)sizeof(path) || *path != '/')
		return name ? err_where(err, "%s", name) : -1;
	return err_where(err, "%.*s%s%s", (int)len, path, name ? "/" : "",
	                 name ? name : "");
}

int io_random(uint64_t *ret, struct err *err)
{
	if (getrandom(ret, sizeof(*ret), 0) != sizeof(*ret))
		return err_errno(err, "", "no randomness");
	return 0;
}

int io_lock(int fd, int how)
{
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

bool io_is_removed(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || st.st_nlink == 0;
}

bool io_is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

int io_write_all(int fd, const void *data, size_t len, struct err *err)
{
	const char *from = data;

	while (len > 0) {
		ssize_t put = write(fd, from, len);

		if (put < 0 && retry(fd, POLLOUT))
			continue;
		if (put < 0 && errno == EPIPE)
			return err_set(err, ERR_QUIET, "the reader went away");
		if (put < 0)
			return err_errno(err, "", "cannot write");
		from += put;
		len -= (size_t)put;
	}
	return 0;
}

int io_write_output(const void *data, size_t len, struct err *err)
{
	if (io_write_all(STDOUT_FILENO, data, len, err) < 0)
		return -1;
	return close(STDOUT_FILENO) < 0 ? err_errno(err, "", "cannot write") : 0;
}

/* ---- replacing a file ---------------------------------------------------- */

static bool same_content(const char *path, const void *data, size_t len)
{
	auto_buf struct buf old = { 0 };
	struct err ignored;

	return io_read_file(path, len, &old, &ignored) == 0 && old.len == len &&
	       (len == 0 || memcmp(old.data, data, len) == 0);
}

/* Mode and owner of the file that is replaced, or the mode that a new one gets. */
static int dress(int fd, const struct stat *old, unsigned int mode)
{
	mode_t mask;

	if (old) {
		/* Whoever may not give files away keeps it. */
		if (fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
			return -1;
		return fchmod(fd, old->st_mode & 0777);
	}
	mask = umask(0);
	umask(mask);
	return fchmod(fd, mode & ~mask);
}

static int fill(int fd, const char *path, const void *data, size_t len, struct err *err)
{
	if (io_write_all(fd, data, len, err) == 0)
		return 0;
	return err_where(err, "%s", path);
}

static int close_written(int *fd, const char *path, struct err *err)
{
	return close(steal_fd(fd)) < 0 ? err_errno(err, path, "cannot write") : 0;
}

/* A device or a FIFO (--output=/dev/stdout) is written to, never replaced. */
static int write_in_place(const char *path, const void *data, size_t len, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_errno(err, path, "cannot open");
	if (fill(fd, path, data, len, err) < 0)
		return -1;
	return close_written(&fd, path, err);
}

static int write_beside(const char *path, const struct stat *old, unsigned int mode,
                        const void *data, size_t len, struct err *err)
{
	auto_free char *temporary = xasprintf("%s.XXXXXX", path);
	auto_close int fd = mkostemp(temporary, O_CLOEXEC);
	int failed;

	if (fd < 0)
		return err_errno(err, path, "cannot write");
	failed = dress(fd, old, mode) < 0
	                 ? err_errno(err, path, "cannot set mode and owner")
	                 : fill(fd, path, data, len, err);
	if (!failed)
		failed = close_written(&fd, path, err);
	if (!failed && rename(temporary, path) < 0)
		failed = err_errno(err, path, "cannot replace");
	if (failed)
		unlink(temporary);
	return failed;
}

/* Where `path` leads, if it is a symbolic link, owned; NULL if it leads nowhere. */
static char *follow(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode))
		return xstrdup(path);
	return realpath(path, NULL);
}

int io_write_file(const char *path, const void *data, size_t len, unsigned int mode,
                  bool if_changed, struct err *err)
{
	auto_free char *real = NULL;
	struct stat old;
	bool exists;

	if (if_changed && same_content(path, data, len))
		return 0;
	exists = stat(path, &old) == 0;
	if (exists && !S_ISREG(old.st_mode))
		return write_in_place(path, data, len, err);
	real = follow(path);
	if (!real)
		return err_errno(err, path, "cannot tell where it leads");
	return write_beside(real, exists ? &old : NULL, mode, data, len, err);
}
