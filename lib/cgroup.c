// SPDX-License-Identifier: Apache-2.0
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dir.h"
#include "io.h"
#include "proc.h"
#include "rmtree.h"

static const char top[] = "/sys/fs/cgroup";

enum { LARGEST = 1024 * 1024, ROUNDS = 100, PATIENCE = 10 /* milliseconds */ };

bool cgroup_writable(void)
{
	return geteuid() == 0 && (access("/sys/fs/cgroup/pids", W_OK) == 0 ||
	                          access("/sys/fs/cgroup/cgroup.procs", W_OK) == 0);
}

static bool is_cgroup(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC);
}

/* ---- walking ------------------------------------------------------------- */

typedef int visitor(int parent, const char *name, struct err *err);

/* Visit each directory in `fd`, which is closed; the first error, after all of them. */
static int visit_below(int fd, visitor *visit, struct err *err)
{
	DIR *dir = fdopendir(fd);
	struct err later;
	int ret = 0;

	if (!dir) {
		close(fd);
		return 0;
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (visit(dirfd(dir), entry->d_name, ret < 0 ? &later : err) < 0)
			ret = -1;
	}
	closedir(dir);
	return ret;
}

/* Visit the cgroup in every hierarchy that has it. */
static int visit_all(const char *path, visitor *visit, struct err *err)
{
	auto_close int base = dir_open(AT_FDCWD, top);
	const char *name = path + strspn(path, "/");
	struct err later;
	int ret = 0;
	DIR *dir;

	if (base < 0 || !*name)
		return 0;
	if (is_cgroup(base))
		return visit(base, name, err);
	dir = fdopendir(steal_fd(&base));
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		auto_close int hierarchy = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		hierarchy = dir_open(dirfd(dir), entry->d_name);
		if (hierarchy >= 0 && visit(hierarchy, name, ret < 0 ? &later : err) < 0)
			ret = -1;
	}
	if (dir)
		closedir(dir);
	return ret;
}

/* ---- emptying ------------------------------------------------------------ */

/* Kill one process of it and wait a little, so that it is gone when we look again. */
static bool kill_one(const char *pid)
{
	auto_close int fd = proc_open((pid_t)strtol(pid, NULL, 10));

	if (fd < 0)
		return false;
	proc_signal(fd, SIGKILL);
	(void)proc_ended(fd, PATIENCE);
	return true;
}

/* -1 (and no message) if there was something to kill. */
static int kill_in(int parent, const char *name, struct err *err)
{
	auto_close int fd = dir_open(parent, name);
	auto_close int procs = -1;
	auto_buf struct buf text = { 0 };
	char *rest;
	int ret;

	if (fd < 0 || !is_cgroup(fd))
		return 0;
	procs = openat(fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	ret = visit_below(steal_fd(&fd), kill_in, err);
	if (procs < 0 || io_read_all(procs, name, LARGEST, &text, err) < 0)
		return ret;
	rest = text.data;
	for (char *pid; (pid = strsep(&rest, "\n"));)
		if (*pid && kill_one(pid))
			ret = -1;
	return ret;
}

bool cgroup_kill(const char *path)
{
	struct err ignored;

	/* What was killed may have forked just before. */
	for (int round = 0; round < ROUNDS; round++)
		if (visit_all(path, kill_in, &ignored) == 0)
			return true;
	return false;
}

/* ---- removing ------------------------------------------------------------ */

/* The last process may still be on its way out. */
static int remove_empty(int parent, const char *name)
{
	for (int round = 0; round < ROUNDS; round++) {
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -1;
		poll(NULL, 0, PATIENCE);
	}
	return -1;
}

/* Where there is no cgroup file system after all, a runtime may have made plain files. */
static int remove_in(int parent, const char *name, struct err *err)
{
	auto_close int fd = dir_open(parent, name);

	if (fd < 0)
		return 0;
	if (!is_cgroup(fd))
		return rmtree(parent, name, err);
	if (visit_below(steal_fd(&fd), remove_in, err) < 0)
		return -1;
	if (remove_empty(parent, name) == 0)
		return 0;
	return err_errno(err, name, "cannot remove the cgroup");
}

int cgroup_remove(const char *path, struct err *err)
{
	return visit_all(path, remove_in, err);
}

/* -1 where it is: a failure in any hierarchy is one of the whole visit. */
static int find_in(int parent, const char *name, struct err *err UNUSED)
{
	return faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? -1 : 0;
}

bool cgroup_exists(const char *path)
{
	struct err ignored;

	return visit_all(path, find_in, &ignored) < 0;
}
