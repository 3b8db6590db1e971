// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io.h"
#include "mountcalls.h"
#include "names.h"
#include "rootfs.h"
#include "spec.h"

/* ---- parameters of the kernel ------------------------------------------------ */

static int write_sysctl(const struct jail *jail, const char *name, const char *value,
                        struct err *err)
{
	auto_free char *path = xasprintf("/proc/sys/%s", name);
	auto_close int fd = -1;
	ssize_t len = (ssize_t)strlen(value);

	for (char *c = path; *c; c++)
		if (*c == '.')
			*c = '/';
	fd = rootfs_openat(jail->root, path, O_WRONLY);
	if (fd < 0 || write(fd, value, (size_t)len) != len)
		return jail_cannot(name, "cannot be set", err);
	return 0;
}

/* In another container a filter may forbid it: then that one's name stays (B376). */
static int set_name(const struct jail *jail, const char *member,
                    int (*set)(const char *name, size_t len), struct err *err)
{
	const char *name = doc_string(json_object_get(jail->config, member));
	struct err warning = { 0 };

	if (!name || !*name || set(name, strlen(name)) == 0)
		return 0;
	if (errno != EPERM)
		return jail_cannot(member, "cannot be set", err);
	err_errno(&warning, member, "cannot be set, so it is that of this host");
	jail_log(jail, "warning", &warning);
	return 0;
}

int jail_set_kernel(const struct jail *jail, struct err *err)
{
	json_t *sysctls = spec_get(jail->config, "/linux/sysctl"), *value;
	const char *name;

	if (set_name(jail, "hostname", sethostname, err) < 0 ||
	    set_name(jail, "domainname", setdomainname, err) < 0)
		return -1;
	json_object_foreach(sysctls, name, value)
		if (write_sysctl(jail, name, doc_string(value), err) < 0)
			return -1;
	return 0;
}

/* ---- becoming the root -------------------------------------------------------- */

static int propagate(const char *word, struct err *err)
{
	static const struct name words[] = {
		{ "private", MS_PRIVATE },
		{ "rprivate", MS_PRIVATE | MS_REC },
		{ "slave", MS_SLAVE },
		{ "rslave", MS_SLAVE | MS_REC },
		{ "shared", MS_SHARED },
		{ "rshared", MS_SHARED | MS_REC },
		{ "unbindable", MS_UNBINDABLE },
		{ "runbindable", MS_UNBINDABLE | MS_REC },
		{ NULL, 0 },
	};
	int flags;

	if (!word)
		return 0;
	if (!name_value(words, word, &flags))
		return err_at(err, "/linux/rootfsPropagation", "unknown word '%s'", word);
	if (mount(NULL, "/", NULL, (unsigned long)flags, NULL) < 0)
		return jail_cannot("/linux/rootfsPropagation", "cannot be set", err);
	return 0;
}

/* The old root lands on top of the new one, and goes. */
static int pivot(int root, struct err *err)
{
	auto_close int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0 || fchdir(root) < 0)
		return jail_cannot("/", "cannot open", err);
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		jail_cannot("/", "cannot pivot into the root filesystem", err);
		return err_hint(err, "--no-pivot, where / is a ramdisk");
	}
	if (fchdir(old) < 0 || mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
	    umount2(".", UNMOUNT_DETACH) < 0)
		return jail_cannot("/", "cannot leave the host's root", err);
	return 0;
}

/*
 * Where / is a ramdisk there is no other way.  Whoever may call chroot(2) or mount(2)
 * finds the way back, so nobody may.
 */
static int move(const struct jail *jail, struct err *err)
{
	static const char *const dangerous[] = { "CAP_SYS_CHROOT", "CAP_SYS_ADMIN" };

	for (size_t i = 0; i < ARRAY_LEN(dangerous); i++) {
		if (!(jail->caps.bounding >> cap_number(dangerous[i]) & 1))
			continue;
		err_set(err, ERR_HOST, "without pivot_root(2), %s would lead out again",
		        dangerous[i]);
		err_where(err, "--no-pivot");
		return err_hint(err, "caps-apply --cap-drop=%s", dangerous[i] + 4);
	}
	if (fchdir(jail->root) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0)
		return jail_cannot("/", "cannot move the root filesystem", err);
	return 0;
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int jail_pivot(struct jail *jail, struct err *err)
{
	const char *propagation =
		doc_string(spec_get(jail->config, "/linux/rootfsPropagation"));
	struct stat wanted, is;

	if (fstat(jail->root, &wanted) < 0)
		return jail_cannot("/", "cannot be examined", err);
	if ((jail->no_pivot ? move(jail, err) : pivot(jail->root, err)) < 0)
		return -1;
	if (chdir("/") < 0 || stat("/", &is) < 0)
		return jail_cannot("/", "cannot be examined", err);
	if (!same(&wanted, &is))
		return err_set(err, ERR_HOST,
		               "the root filesystem did not become the root");
	/* Not even a descriptor leads out. */
	cleanup_close(&jail->bundle);
	cleanup_close(&jail->root);
	jail->bundle = -1;
	jail->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (jail->root < 0)
		return jail_cannot("/", "cannot open", err);
	return propagate(propagation, err);
}

/* ---- hiding ---------------------------------------------------------------- */

static int hide_file(const struct jail *jail, int target)
{
	auto_close int null = rootfs_openat(jail->root, "/dev/null", O_PATH), tree = -1;
	struct stat st;

	if (null < 0 || fstat(null, &st) < 0)
		return -1;
	if (!io_is_null(&st)) {
		errno = ENXIO;
		return -1;
	}
	tree = jail_clone(null, false);
	return tree < 0 ? -1 : jail_attach(tree, target);
}

static int hide_directory(int target)
{
	if (fchdir(target) < 0)
		return -1;
	return mount("tmpfs", ".", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
	             "size=0k");
}

/* True if `path` is another directory than `was`, and read-only; or the null device. */
static bool is_hidden(const struct jail *jail, const char *path, const struct stat *was)
{
	auto_close int fd = rootfs_openat(jail->root, path, O_PATH);
	uint64_t lacks;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	return io_is_null(&st) ||
	       (S_ISDIR(st.st_mode) && !same(&st, was) &&
	        jail_lacks(jail->root, path, MOUNT_ATTR_RDONLY, &lacks) == 0 && !lacks);
}

static int hide_path(const struct jail *jail, const char *path, struct err *err)
{
	auto_close int fd = rootfs_openat(jail->root, path, O_PATH);
	struct stat st;
	int ret;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return jail_cannot(path, "cannot be masked", err);
	if (io_is_null(&st))
		return 0;
	ret = S_ISDIR(st.st_mode) ? hide_directory(fd) : hide_file(jail, fd);
	if (ret < 0 || chdir("/") < 0)
		return jail_cannot(path, "cannot be masked", err);
	if (is_hidden(jail, path, &st))
		return 0;
	err_set(err, ERR_HOST, "is masked, but can still be seen");
	return err_where(err, "%s", path);
}

static int protect_path(const struct jail *jail, const char *path, struct err *err)
{
	const struct jail_attr attr = { .set = MOUNT_ATTR_RDONLY, .recursive = true };
	auto_close int fd = rootfs_openat(jail->root, path, O_PATH), tree = -1;
	uint64_t lacks;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return jail_cannot(path, "cannot be made read-only", err);
	tree = jail_clone(fd, true);
	if (tree < 0 || jail_set_attr(tree, &attr) < 0 || jail_attach(tree, fd) < 0 ||
	    jail_lacks(jail->root, path, MOUNT_ATTR_RDONLY, &lacks) < 0)
		return jail_cannot(path, "cannot be made read-only", err);
	if (!lacks)
		return 0;
	err_set(err, ERR_HOST, "is still writable");
	return err_where(err, "%s", path);
}

static int protect_root(const struct jail *jail, struct err *err)
{
	const struct jail_attr attr = { .set = MOUNT_ATTR_RDONLY };
	uint64_t lacks;

	if (!json_is_true(spec_get(jail->config, "/root/readonly")))
		return 0;
	if (jail_set_attr(jail->root, &attr) < 0 ||
	    jail_lacks(jail->root, "/", attr.set, &lacks) < 0 || lacks)
		return jail_cannot("/root/readonly", "the root cannot be made read-only",
		                   err);
	return 0;
}

int jail_hide(const struct jail *jail, struct err *err)
{
	const json_t *path;
	size_t i;

	json_array_foreach(spec_get(jail->config, "/linux/readonlyPaths"), i, path)
		if (protect_path(jail, doc_string(path), err) < 0)
			return -1;
	json_array_foreach(spec_get(jail->config, "/linux/maskedPaths"), i, path)
		if (hide_path(jail, doc_string(path), err) < 0)
			return -1;
	return protect_root(jail, err);
}
