// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mountcalls.h"

int stage_enter(struct err *err)
{
	if (unshare(CLONE_NEWNS) < 0) {
		err_errno(err, "", "cannot make a mount namespace");
		err->kind = ERR_HOST;
		return -1;
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_errno(err, "/", "cannot detach the mounts from the host's");
	return 0;
}

int stage_cover(const char *path, size_t names, struct err *err)
{
	enum { MORE = 64 };
	auto_free char *data = xasprintf("mode=0711,size=64k,nr_inodes=%zu", names + MORE);

	if (mount("ocipipe", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, data) < 0)
		return err_errno(err, path, "cannot mount a tmpfs");
	return 0;
}

int stage_memory(const char *path, const char *label, struct err *err)
{
	bool labelled = label && *label && access("/sys/fs/selinux/enforce", F_OK) == 0;
	auto_free char *data = xasprintf("mode=0711%s%s%s", labelled ? ",context=\"" : "",
	                                 labelled ? label : "", labelled ? "\"" : "");

	if (mkdir(path, 0711) < 0)
		return errno == EEXIST ? 0
		                       : err_errno(err, path, "cannot make the directory");
	if (mount("ocipipe", path, "ramfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, data) < 0)
		return err_errno(err, path, "cannot mount a file system in memory");
	return 0;
}

void stage_uncover(const char *path)
{
	umount2(path, UNMOUNT_DETACH);
}

static int make_idmapped(int tree, int userns, const char *to, struct err *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (unsigned int)userns,
	};

	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
	            sizeof(attr)) == 0)
		return 0;
	err_errno(err, to, "cannot map the owners of this file system");
	err->kind = ERR_HOST;
	return err_hint(err, "chown it to the mapped ids instead");
}

/* What is mounted on must be of the same kind. */
static int make_point(int from, const char *to, struct err *err)
{
	struct stat st;
	int made;

	if (fstat(from, &st) < 0)
		return err_errno(err, to, "cannot examine what goes there");
	made = S_ISDIR(st.st_mode) ? mkdir(to, 0711) : mknod(to, S_IFREG | 0600, 0);
	return made < 0 && errno != EEXIST ? err_errno(err, to, "cannot be made") : 0;
}

int stage_bind(int from, const char *to, int userns, struct err *err)
{
	auto_close int tree = (int)syscall(SYS_open_tree, from, "",
	                                   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
	                                           AT_EMPTY_PATH | AT_RECURSIVE);

	if (tree < 0)
		return err_errno(err, to, "cannot clone the mount");
	if (userns >= 0 && make_idmapped(tree, userns, to, err) < 0)
		return -1;
	if (make_point(from, to, err) < 0)
		return -1;
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_errno(err, to, "cannot mount");
	return 0;
}

int stage_overlay(const char *to, const char *options, struct err *err)
{
	enum { LONGEST = 4095 }; /* mount(2) takes a page */

	if (strlen(options) > LONGEST)
		return err_set(err, ERR_HOST, "there are more layers than one mount takes");
	if (mkdir(to, 0711) < 0 && errno != EEXIST)
		return err_errno(err, to, "cannot make the directory");
	if (mount("overlay", to, "overlay", 0, options) < 0) {
		err_errno(err, to, "cannot mount an overlay");
		err->kind = ERR_HOST;
		return -1;
	}
	return 0;
}

int stage_unmount(const char *path, struct err *err)
{
	if (umount2(path, UNMOUNT_DETACH) < 0)
		return err_errno(err, path, "cannot unmount");
	return 0;
}
