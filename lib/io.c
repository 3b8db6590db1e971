// SPDX-License-Identifier: Apache-2.0
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_AHEAD = 64 * 1024 };

void io_secure_standard(void)
{
	/* Opened the wrong way round, so that using one fails instead of succeeding in
	 * vain. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
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
		ssize_t got = read(fd, buf_reserve(ret, READ_AHEAD), READ_AHEAD);

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

static bool same_content(const char *path, const void *data, size_t len)
{
	auto_buf struct buf old = { 0 };
	struct err ignored;

	return io_read_file(path, len, &old, &ignored) == 0 && old.len == len &&
	       (len == 0 || memcmp(old.data, data, len) == 0);
}

/* The mode an existing file has, else `mode` less the umask. */
static mode_t mode_of(const char *path, unsigned int mode)
{
	struct stat st;
	mode_t mask;

	if (stat(path, &st) == 0)
		return st.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return mode & ~mask;
}

static int write_and_rename(int fd, const char *temporary, const char *path,
                            const void *data, size_t len, mode_t mode, struct err *err)
{
	if (io_write_all(fd, data, len, err) < 0)
		return err_where(err, "%s", path);
	if (fchmod(fd, mode) < 0)
		return err_errno(err, path, "cannot set the mode");
	if (close(fd) < 0)
		return err_errno(err, path, "cannot write");
	if (rename(temporary, path) < 0)
		return err_errno(err, path, "cannot replace");
	return 0;
}

/* A device or a FIFO (--output=/dev/stdout) is written to, never replaced. */
static int write_in_place(const char *path, const void *data, size_t len, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int file = fd;

	if (fd < 0)
		return err_errno(err, path, "cannot open");
	if (io_write_all(fd, data, len, err) < 0)
		return err_where(err, "%s", path);
	fd = -1;
	if (close(file) < 0)
		return err_errno(err, path, "cannot write");
	return 0;
}

int io_write_file(const char *path, const void *data, size_t len, unsigned int mode,
                  bool if_changed, struct err *err)
{
	auto_free char *temporary = NULL;
	struct stat st;
	int fd;

	if (if_changed && same_content(path, data, len))
		return 0;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_in_place(path, data, len, err);
	temporary = xasprintf("%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, path, "cannot write");
	if (write_and_rename(fd, temporary, path, data, len, mode_of(path, mode), err) == 0)
		return 0;
	unlink(temporary);
	return -1;
}
