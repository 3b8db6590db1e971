// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "rootfs.h"
#include "spec.h"
#include "targets.h"

enum { MEMORY = 1, TERMINAL = 5, OWN_TERMINAL = 0, ANYBODY = 0666 };

struct device {
	const char *path;
	mode_t type;
	dev_t number;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

static const struct owner container_root = { 0, 0 };

static int cannot(const struct device *device, const char *what, struct err *err)
{
	err_errno(err, device->path, "the device %s", what);
	err->kind = ERR_HOST;
	return -1;
}

static char *directory_of(const char *path)
{
	return xstrndup(path, (size_t)(strrchr(path, '/') + 1 - path));
}

static bool is_it(const struct device *device, const struct stat *st)
{
	return (st->st_mode & S_IFMT) == device->type && st->st_rdev == device->number;
}

/* ---- a node of our own ----------------------------------------------------- */

/* 1, or 0 if it cannot be made there, or would be no device. */
static int make_node(const struct device *device, int directory, struct err *err)
{
	const char *name = strrchr(device->path, '/') + 1;
	struct statvfs fs;

	if (fstatvfs(directory, &fs) < 0)
		return cannot(device, "cannot be made", err);
	if (fs.f_flag & ST_NODEV && device->type != S_IFIFO)
		return 0;
	if (mknodat(directory, name, device->type | device->mode, device->number) < 0) {
		if (errno == EEXIST)
			return 1;
		return errno == EPERM ? 0 : cannot(device, "cannot be made", err);
	}
	if (fchownat(directory, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(directory, name, device->mode, 0) < 0)
		return cannot(device, "cannot be given away", err);
	return 1;
}

/* ---- the outer one --------------------------------------------------------- */

static int show_outer(const struct jail *jail, const struct device *device, struct err *err)
{
	auto_close int from = open(device->path, O_PATH | O_CLOEXEC), tree = -1, to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return cannot(device, "is not there to be shown", err);
	if (!is_it(device, &st)) {
		err_set(err, ERR_HOST,
		        "is another device here, and none can be made in a user namespace");
		return err_where(err, "%s", device->path);
	}
	tree = jail_clone(from, false);
	if (tree < 0)
		return cannot(device, "cannot be shown", err);
	if (target_mount(jail->root, NULL, device->path, S_IFREG, container_root, err) < 0)
		return -1;
	to = rootfs_openat(jail->root, device->path, O_PATH);
	if (to < 0 || jail_attach(tree, to) < 0)
		return cannot(device, "cannot be shown", err);
	return 0;
}

/* ---- either ---------------------------------------------------------------- */

static int verify(const struct jail *jail, const struct device *device, struct err *err)
{
	auto_close int fd = rootfs_openat(jail->root, device->path, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot(device, "cannot be examined", err);
	if (is_it(device, &st))
		return 0;
	err_set(err, ERR_HOST, "is something else in the root filesystem");
	return err_where(err, "%s", device->path);
}

static int make_device(const struct jail *jail, const struct device *device,
                       struct err *err)
{
	auto_free char *above = directory_of(device->path);
	auto_close int directory = -1;
	int made;

	if (target_mount(jail->root, NULL, above, S_IFDIR | 0755, container_root, err) < 0)
		return -1;
	directory = rootfs_openat(jail->root, above, O_PATH | O_DIRECTORY);
	if (directory < 0)
		return cannot(device, "cannot be made", err);
	made = make_node(device, directory, err);
	if (made < 0 || (!made && show_outer(jail, device, err) < 0))
		return -1;
	return verify(jail, device, err);
}

/* ---- those that every container has ---------------------------------------- */

static int make_defaults(const struct jail *jail, struct err *err)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} rows[] = {
		{ "/dev/null", MEMORY, 3 },    { "/dev/zero", MEMORY, 5 },
		{ "/dev/full", MEMORY, 7 },    { "/dev/random", MEMORY, 8 },
		{ "/dev/urandom", MEMORY, 9 }, { "/dev/tty", TERMINAL, OWN_TERMINAL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct device device = {
			.path = rows[i].path,
			.type = S_IFCHR,
			.number = makedev(rows[i].major, rows[i].minor),
			.mode = ANYBODY,
		};

		if (make_device(jail, &device, err) < 0)
			return -1;
	}
	return 0;
}

/* A kernel need not have a /proc/kcore; the rest depends on who looks, and when. */
static bool is_there(const struct jail *jail, const char *path)
{
	auto_close int fd = -1;

	if (strcmp(path, "/proc/kcore") != 0)
		return true;
	fd = rootfs_openat(jail->root, path, O_PATH);
	return fd >= 0;
}

static int make_links(const struct jail *jail, struct err *err)
{
	static const struct {
		const char *to, *name;
	} links[] = {
		{ "/proc/self/fd", "fd" },       { "/proc/self/fd/0", "stdin" },
		{ "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
		{ "/proc/kcore", "core" },       { "pts/ptmx", "ptmx" },
	};
	auto_close int dev = rootfs_openat(jail->root, "/dev", O_PATH | O_DIRECTORY);

	if (dev < 0)
		return err_errno(err, "/dev", "cannot open");
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (is_there(jail, links[i].to) &&
		    symlinkat(links[i].to, dev, links[i].name) < 0 && errno != EEXIST)
			return err_errno(err, "/dev", "cannot make the link %s",
			                 links[i].name);
	return 0;
}

/* ---- those of the document -------------------------------------------------- */

static uint32_t number_of(const json_t *row, const char *member, uint32_t otherwise)
{
	uint64_t value;

	return doc_get_u64(json_object_get(row, member), &value) ? (uint32_t)value
	                                                         : otherwise;
}

static int make_listed(const struct jail *jail, struct err *err)
{
	const json_t *row;
	size_t i;

	json_array_foreach(spec_get(jail->config, "/linux/devices"), i, row) {
		const char *type = doc_string(json_object_get(row, "type"));
		struct device device = {
			.path = doc_string(json_object_get(row, "path")),
			.type = *type == 'b'   ? S_IFBLK
			        : *type == 'p' ? S_IFIFO
			                       : S_IFCHR,
			.mode = number_of(row, "fileMode", ANYBODY) & 07777,
			.uid = number_of(row, "uid", 0),
			.gid = number_of(row, "gid", 0),
		};

		if (device.type != S_IFIFO)
			device.number = makedev(number_of(row, "major", 0),
			                        number_of(row, "minor", 0));
		if (make_device(jail, &device, err) < 0)
			return -1;
	}
	return 0;
}

/* True if the document shows a /dev of somebody else's, where nothing is to be made. */
static bool has_outer_dev(const json_t *config)
{
	const json_t *mounts = json_object_get(config, "mounts");
	ptrdiff_t at = spec_find_entry(mounts, "destination", "/dev");
	const json_t *row = at < 0 ? NULL : json_array_get(mounts, (size_t)at);

	return str_equal(doc_string(json_object_get(row, "type")), "bind");
}

int jail_make_devices(const struct jail *jail, struct err *err)
{
	if (!has_outer_dev(jail->config) &&
	    (make_defaults(jail, err) < 0 || make_links(jail, err) < 0))
		return -1;
	return make_listed(jail, err);
}
