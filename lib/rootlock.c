// SPDX-License-Identifier: Apache-2.0
#include "rootlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "rootfs.h"
#include "spec.h"
#include "targets.h"

static const char prefix[] = ".rootfs-"; /* no container has such a name */

bool rootlock_is_name(const char *name)
{
	return str_starts(name, prefix);
}

/* Lock it; false if somebody removed it meanwhile, or (without waiting) holds it. */
static bool lock(int fd, int how)
{
	return io_lock(fd, how) == 0 && !io_is_removed(fd);
}

static int open_file(int dir, const char *name)
{
	return openat(dir, name, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	              0600);
}

/* The first line says whose file it is, for whoever finds it. */
static int introduce(const struct rootlock *lock, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(lock->journal.fd, &st) == 0 && st.st_size > 0)
		return 0;
	return journal_add_new(&lock->journal, json_pack("{s:s}", "rootfs", path), err);
}

int rootlock_take(int dir, int root, const char *path, struct rootlock *ret,
                  struct err *err)
{
	struct stat st;
	int fd = -1;

	if (fstat(root, &st) < 0)
		return err_errno(err, path, "cannot examine");
	ret->dir = dir;
	ret->name = xasprintf("%s%llx-%llx", prefix, (unsigned long long)st.st_dev,
	                      (unsigned long long)st.st_ino);
	do {
		cleanup_close(&fd);
		fd = open_file(dir, ret->name);
		if (fd < 0) {
			err_errno(err, ret->name, "cannot open");
			return io_where(dir, ret->name, err);
		}
	} while (!lock(fd, LOCK_SH));
	ret->journal.fd = fd;
	return introduce(ret, path, err);
}

/* Which root filesystem the lines are about, or NULL. */
static const char *path_of(const json_t *lines)
{
	return doc_string(json_object_get(json_array_get(lines, 0), "rootfs"));
}

/* The lock is ours alone: take back what all of them made, and the file. */
static int close_down(int dir, const char *name, const struct journal *journal, int root,
                      struct err *err)
{
	json_auto_t *lines = NULL;

	if (journal_read(journal, &lines, err) < 0)
		return -1;
	if (root >= 0 && targets_undo(root, lines, err) < 0) {
		const char *path = path_of(lines);

		err_hint(err, "the next run there or ocirun --clean tries again");
		return err_under(err, path ? path : "");
	}
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	err_errno(err, name, "cannot remove");
	return io_where(dir, name, err);
}

int rootlock_leave(struct rootlock *lock_, int root, struct err *err)
{
	int ret = 0;

	if (lock_->journal.fd >= 0 && lock(lock_->journal.fd, LOCK_EX | LOCK_NB))
		ret = close_down(lock_->dir, lock_->name, &lock_->journal, root, err);
	cleanup_close(&lock_->journal.fd);
	lock_->journal.fd = -1;
	free(steal(&lock_->name));
	return ret;
}

/* The root filesystem that the file is about, or -1: then nothing can be taken back. */
static int open_root(const json_t *lines, const char *name)
{
	const char *path = path_of(lines);
	auto_close int root = -1;
	auto_free char *is = NULL;
	struct stat st;

	if (!path)
		return -1;
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstat(root, &st) < 0)
		return -1;
	is = xasprintf("%s%llx-%llx", prefix, (unsigned long long)st.st_dev,
	               (unsigned long long)st.st_ino);
	return strcmp(is, name) == 0 ? steal_fd(&root) : -1;
}

int rootlock_reclaim(int dir, const char *name, struct err *err)
{
	struct journal journal = { .fd = -1 };
	json_auto_t *lines = NULL;
	auto_close int root = -1;
	int ret = 0;

	if (journal_open(dir, name, &journal, err) < 0)
		return errno == ENOENT ? 0 : -1;
	if (lock(journal.fd, LOCK_EX | LOCK_NB)) {
		ret = journal_read(&journal, &lines, err);
		if (ret == 0) {
			root = open_root(lines, name);
			ret = close_down(dir, name, &journal, root, err);
		}
	}
	close(journal.fd);
	return ret;
}
