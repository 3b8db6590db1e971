// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mountcalls.h"
#include "mountopts.h"
#include "rootfs.h"
#include "spec.h"
#include "targets.h"
#include "treecopy.h"

static const struct owner container_root = { 0, 0 };

/* ---- the calls ------------------------------------------------------------ */

int jail_clone(int fd, bool recursive)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;

	return (int)syscall(SYS_open_tree, fd, "", flags | (recursive ? AT_RECURSIVE : 0));
}

int jail_attach(int tree, int target)
{
	return (int)syscall(SYS_move_mount, tree, "", target, "",
	                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int jail_set_attr(int mount, const struct jail_attr *attr)
{
	struct mount_attr how = {
		.attr_set = attr->set,
		.attr_clr = attr->clear,
		.propagation = attr->propagation,
	};

	return (int)syscall(SYS_mount_setattr, mount, "",
	                    AT_EMPTY_PATH | (attr->recursive ? AT_RECURSIVE : 0), &how,
	                    sizeof(how));
}

/* As statvfs(3) shows them. */
static uint64_t flags_of(const struct statvfs *fs)
{
	static const struct {
		unsigned long shown;
		uint64_t attr;
	} flags[] = {
		{ ST_RDONLY, MOUNT_ATTR_RDONLY },
		{ ST_NOSUID, MOUNT_ATTR_NOSUID },
		{ ST_NODEV, MOUNT_ATTR_NODEV },
		{ ST_NOEXEC, MOUNT_ATTR_NOEXEC },
	};
	uint64_t ret = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (fs->f_flag & flags[i].shown)
			ret |= flags[i].attr;
	return ret;
}

enum {
	RESTRICTIVE =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
};

int jail_lacks(int root, const char *path, uint64_t flags, uint64_t *ret)
{
	auto_close int fd = rootfs_openat(root, path, O_PATH);
	struct statvfs fs;

	if (fd < 0 || fstatvfs(fd, &fs) < 0)
		return -1;
	*ret = flags & RESTRICTIVE & ~flags_of(&fs);
	return 0;
}

/* ---- the root ------------------------------------------------------------- */

/*
 * Without a cgroup that limits devices a node in the root filesystem, which anybody
 * may have put there, would be the host's device: so there are none on it.
 */
int jail_open_root(struct jail *jail, struct err *err)
{
	const char *path = doc_string(spec_get(jail->config, "/root/path"));
	const struct jail_attr attr = {
		.set = MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
		.recursive = true,
	};
	auto_close int outside = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), tree = -1;
	uint64_t lacks;

	jail->bundle = open(jail->bundle_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (outside < 0 || jail->bundle < 0)
		return jail_cannot(path, "cannot open", err);
	tree = jail_clone(outside, true);
	if (tree < 0 || jail_set_attr(tree, &attr) < 0 || jail_attach(tree, outside) < 0)
		return jail_cannot(path, "cannot be mounted", err);
	jail->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (jail->root < 0 || jail_lacks(jail->root, "/", attr.set, &lacks) < 0)
		return jail_cannot(path, "cannot open", err);
	return lacks ? err_set(err, ERR_HOST, "the root filesystem is not nodev") : 0;
}

/* ---- the document's mounts ------------------------------------------------- */

struct mounting {
	const struct jail *jail;
	const char *to;
	const char *type;
	const char *source;
	struct mountopts opts;
};

static int failed(const struct mounting *m, const char *what, struct err *err)
{
	return jail_cannot(m->to, what, err);
}

/* What is mounted on, made if it is not there: -1 and *err. */
static int open_target(const struct mounting *m, bool directory, struct err *err)
{
	int fd = rootfs_openat(m->jail->root, m->to, O_PATH);

	if (fd >= 0)
		return fd;
	if (target_mount(m->jail->root, NULL, m->to, directory ? S_IFDIR | 0755 : S_IFREG,
	                 container_root, err) < 0)
		return -1;
	fd = rootfs_openat(m->jail->root, m->to, O_PATH);
	return fd < 0 ? failed(m, "cannot open", err) : fd;
}

/* A mount is what it was asked to be, or there is none (B362). */
static int verify(const struct mounting *m, uint64_t flags, struct err *err)
{
	uint64_t lacks;

	if (jail_lacks(m->jail->root, m->to, flags, &lacks) < 0)
		return failed(m, "cannot examine", err);
	if (!lacks)
		return 0;
	err_set(err, ERR_HOST, "is mounted, but not as it was asked for");
	return err_where(err, "%s", m->to);
}

static int set_propagation(const struct mounting *m, struct err *err)
{
	auto_close int fd = -1;
	const struct jail_attr attr = {
		.propagation = m->opts.propagation,
		.recursive = m->opts.propagate_all,
	};

	if (!m->opts.propagation)
		return 0;
	fd = rootfs_openat(m->jail->root, m->to, O_PATH);
	if (fd < 0 || jail_set_attr(fd, &attr) < 0)
		return failed(m, "cannot set the propagation", err);
	return 0;
}

/*
 * A copy of what is at `fd` becomes the mount.  What restricts it already stays,
 * unless the document says otherwise and the kernel lets us (B365).
 */
static int mount_copy(const struct mounting *m, int fd, const struct jail_attr *attr,
                      bool recursive, struct err *err)
{
	const struct jail_attr private = {
		.propagation = MS_PRIVATE,
		.recursive = true,
	};
	const struct jail_attr below = { .set = attr->set, .recursive = true };
	auto_close int tree = jail_clone(fd, recursive), target = -1;
	struct jail_attr top = *attr;
	struct statvfs fs;
	struct stat st;

	if (tree < 0 || fstat(fd, &st) < 0 || fstatvfs(tree, &fs) < 0)
		return failed(m, "cannot be copied from its source", err);
	target = open_target(m, S_ISDIR(st.st_mode), err);
	if (target < 0)
		return -1;
	top.recursive = false;
	top.clear &= flags_of(&fs) | ~(uint64_t)RESTRICTIVE;
	if ((!m->opts.propagation && jail_set_attr(tree, &private) < 0) ||
	    (attr->recursive && jail_set_attr(tree, &below) < 0) ||
	    jail_set_attr(tree, &top) < 0)
		return failed(m, "its options cannot be set", err);
	if (jail_attach(tree, target) < 0)
		return failed(m, "cannot be mounted", err);
	if (verify(m, attr->set, err) < 0)
		return -1;
	return set_propagation(m, err);
}

/* What the kernel shows of the host; there an option holds for all that is below (B359). */
static bool is_of_kernel(const char *path)
{
	return strcmp(path, "/proc") == 0 || str_starts(path, "/proc/") ||
	       strcmp(path, "/sys") == 0 || str_starts(path, "/sys/");
}

static int mount_bind(const struct mounting *m, struct err *err)
{
	auto_close int from = openat(m->jail->bundle, m->source, O_PATH | O_CLOEXEC);
	struct jail_attr attr = { .set = m->opts.set, .clear = m->opts.clear };
	struct jail_attr all = { .set = m->opts.set_all, .recursive = true };
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return failed(m, "its source cannot be opened", err);
	/* Devices only where one was asked for: see jail_open_root(). */
	if (!(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) &&
	    !(attr.clear & MOUNT_ATTR_NODEV))
		all.set |= MOUNT_ATTR_NODEV;
	if (is_of_kernel(m->to))
		all.set |= m->opts.set & RESTRICTIVE;
	attr.set |= all.set;
	if (!all.set)
		return mount_copy(m, from, &attr, m->opts.recursive, err);
	if (mount_copy(m, from, &attr, m->opts.recursive, err) < 0)
		return -1;
	cleanup_close(&from);
	from = rootfs_openat(m->jail->root, m->to, O_PATH);
	if (from < 0 || jail_set_attr(from, &all) < 0)
		return failed(m, "its options cannot be set", err);
	return 0;
}

/* The outer one, with all that hides parts of it: nothing in it can be changed. */
static int mount_outer(const struct mounting *m, const char *path, struct err *err)
{
	auto_close int from = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct jail_attr attr = {
		.set = RESTRICTIVE,
		.recursive = true,
	};

	if (from < 0)
		return failed(m, "there is none here to be shown", err);
	return mount_copy(m, from, &attr, true, err);
}

static int mount_proc(const struct mounting *m, struct err *err)
{
	const struct jail_attr attr = { .set = m->opts.set, .clear = m->opts.clear };
	auto_close int target = -1;

	if (m->jail->proc < 0)
		return mount_outer(m, "/proc", err);
	target = open_target(m, true, err);
	if (target < 0)
		return -1;
	if (jail_set_attr(m->jail->proc, &attr) < 0 ||
	    jail_attach(m->jail->proc, target) < 0)
		return failed(m, "cannot be mounted", err);
	return verify(m, attr.set, err);
}

/* A tmpfs has the mode of the directory that it covers, unless the document gives one. */
static char *data_of(const struct mounting *m, int target)
{
	const char *data = m->opts.data.data ? m->opts.data.data : "";
	bool given = str_starts(data, "mode=") || strstr(data, ",mode=");
	struct stat st;

	if (given || strcmp(m->type, "tmpfs") != 0 || fstat(target, &st) < 0)
		return xasprintf("%s", data);
	return xasprintf("mode=%o%s%s", st.st_mode & 07777, *data ? "," : "", data);
}

/* A file system of its own; -1 and errno. */
static int mount_type(const struct mounting *m, int target)
{
	auto_free char *data = data_of(m, target);
	static const char *const without[] = { "tmpfs", "devpts", "mqueue", "sysfs" };
	unsigned long flags = m->opts.flags;
	bool files = true; /* of somebody else's, devices among them */

	for (size_t i = 0; i < ARRAY_LEN(without); i++)
		files = files && strcmp(m->type, without[i]) != 0;
	if (files && !(m->opts.clear & MOUNT_ATTR_NODEV))
		flags |= MS_NODEV;
	if (m->opts.copy_up)
		flags &= ~(unsigned long)MS_RDONLY; /* until it is filled */
	if (fchdir(target) < 0)
		return -1;
	return mount(m->source ? m->source : m->type, ".", m->type, flags, data);
}

/* What the tmpfs covers is in it, too. */
static int fill(const struct mounting *m, int covered, struct err *err)
{
	static const struct tree_copying how = { .in_memory = true };
	const struct jail_attr attr = { .set = m->opts.set };
	auto_close int to = -1;
	struct err why = { 0 };

	if (!m->opts.copy_up)
		return 0;
	to = rootfs_openat(m->jail->root, m->to, O_PATH);
	if (to < 0)
		return failed(m, "cannot open", err);
	if (tree_fill(covered, to, &how, &why) < 0) {
		auto_free char *prefix = xasprintf("%s/", m->to);

		*err = why;
		err->kind = ERR_HOST;
		return err_under(err, prefix);
	}
	return jail_set_attr(to, &attr) < 0 ? failed(m, "its options cannot be set", err)
	                                    : 0;
}

static int mount_other(const struct mounting *m, struct err *err)
{
	auto_close int target = open_target(m, true, err), covered = -1;

	if (target < 0)
		return -1;
	/* A mount of its own, since from below the other the way up would lead into that.
	 */
	covered = m->opts.copy_up ? jail_clone(target, false) : -1;
	if (m->opts.copy_up && covered < 0)
		return failed(m, "cannot be copied", err);
	if (mount_type(m, target) < 0) {
		/* With the host's network it is the host's to show. */
		if (strcmp(m->type, "sysfs") == 0 && errno == EPERM)
			return mount_outer(m, "/sys", err);
		return failed(m, "cannot be mounted", err);
	}
	if (fill(m, covered, err) < 0 || verify(m, m->opts.set, err) < 0)
		return -1;
	return set_propagation(m, err);
}

static int mount_one(const struct mounting *m, struct err *err)
{
	if (m->opts.bind)
		return mount_bind(m, err);
	if (strcmp(m->type, "proc") == 0)
		return mount_proc(m, err);
	if (str_starts(m->type, "cgroup"))
		return mount_outer(m, "/sys/fs/cgroup", err);
	return mount_other(m, err);
}

int jail_mount_all(const struct jail *jail, struct err *err)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(jail->config, "mounts"), i, row) {
		struct mounting m = {
			.jail = jail,
			.to = doc_string(json_object_get(row, "destination")),
			.type = doc_string(json_object_get(row, "type")),
			.source = doc_string(json_object_get(row, "source")),
		};
		char where[32];
		int ret;

		if (!m.type)
			m.type = "none";
		ret = mountopts_read(row, &m.opts, err);
		if (ret < 0) {
			snprintf(where, sizeof(where), "/mounts/%zu", i);
			return err_under(err, where);
		}
		ret = mount_one(&m, err);
		mountopts_free(&m.opts);
		if (ret < 0)
			return -1;
	}
	return 0;
}
