// SPDX-License-Identifier: Apache-2.0
#include "targets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "rootfs.h"

/* What is being made, for the functions below. */
struct making {
	int root;
	const struct journal *journal; /* NULL: what is made stays */
	struct owner owner;
};

/*
 * The directory `path` in the root filesystem as a descriptor; -1 and errno.
 * A link is followed, inside.
 */
static int open_directory(int root, const char *path)
{
	return rootfs_openat(root, path, O_PATH | O_DIRECTORY);
}

/* Before it is made, in case we die at once. */
static int announce(const struct making *making, const char *path, struct err *err)
{
	if (!making->journal)
		return 0;
	return journal_add_new(making->journal, json_pack("{s:s}", "target", path), err);
}

/* Once it is made: which one it is, so that no other is taken for it. */
static int note_made(const struct making *making, int fd, const char *path, struct err *err)
{
	struct stat st;

	if (!making->journal)
		return 0;
	if (fstat(fd, &st) < 0)
		return err_errno(err, path, "cannot examine");
	return journal_add_new(making->journal,
	                       json_pack("{s:s, s:o, s:o}", "made", path, "dev",
	                                 doc_u64(st.st_dev), "ino", doc_u64(st.st_ino)),
	                       err);
}

/*
 * Give a new directory its owner and mode.  In one that has the set-gid bit it has that
 * and the group already, as all that is made there.
 */
static int dress(int fd, struct owner owner, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_mode & S_ISGID) {
		mode |= S_ISGID;
		owner.gid = (gid_t)-1;
	}
	if (fchown(fd, owner.uid, owner.gid) < 0)
		return -1;
	return fchmod(fd, mode & 07777);
}

/* Somebody was faster: what is there now is not ours, however empty. */
static int note_not_made(const struct making *making, const char *path, struct err *err)
{
	if (!making->journal)
		return 0;
	return journal_add_new(making->journal,
	                       json_pack("{s:s, s:i, s:i}", "made", path, "dev", 0, "ino",
	                                 0),
	                       err);
}

/* Make one directory in `parent`, which was opened inside the root filesystem. */
static int make_directory(const struct making *making, int parent, const char *name,
                          const char *path, mode_t mode, struct err *err)
{
	auto_close int fd = -1;

	if (announce(making, path, err) < 0)
		return -1;
	if (mkdirat(parent, name, 0755) < 0)
		return errno == EEXIST ? note_not_made(making, path, err)
		                       : err_errno(err, path, "cannot make the directory");
	fd = dir_open(parent, name);
	if (fd < 0 || dress(fd, making->owner, mode) < 0)
		return err_errno(err, path,
		                 "cannot give the directory to the container's root");
	return note_made(making, fd, path, err);
}

static int make_file(const struct making *making, int parent, const char *name,
                     const char *path, struct err *err)
{
	auto_close int fd = -1;

	if (announce(making, path, err) < 0)
		return -1;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            0644);
	if (fd < 0)
		return errno == EEXIST ? note_not_made(making, path, err)
		                       : err_errno(err, path, "cannot make the file");
	if (fchown(fd, making->owner.uid, making->owner.gid) < 0 || fchmod(fd, 0644) < 0)
		return err_errno(err, path, "cannot give the file to the container's root");
	return note_made(making, fd, path, err);
}

/* "/a//b/" -> "/a/b"; owned. */
static char *tidy(const char *path)
{
	char *copy = xmalloc(strlen(path) + 2), *to = copy;

	*to++ = '/';
	for (const char *from = path; *from; from++)
		if (*from != '/' || to[-1] != '/')
			*to++ = *from;
	while (to > copy + 1 && to[-1] == '/')
		to--;
	*to = '\0';
	return copy;
}

static bool exists(int root, const char *path)
{
	auto_close int fd = rootfs_openat(root, path, O_PATH);

	return fd >= 0;
}

enum { MOST_LINKS = 40 }; /* as the kernel follows */

static int make(const struct making *making, const char *path, mode_t mode, int links,
                struct err *err);

/* `name` in `above` is a dangling link: make what it points to; 0 if it is no link. */
static int make_linked(const struct making *making, int parent, const char *above,
                       const char *name, mode_t mode, int links, struct err *err)
{
	auto_free char *path = NULL;
	char link[PATH_MAX];
	ssize_t len = readlinkat(parent, name, link, sizeof(link) - 1);

	if (len < 0)
		return 0;
	link[len] = '\0';
	if (links >= MOST_LINKS)
		return err_set(err, ERR_HOST, "%s/%s: too many links", above, name);
	path = *link == '/' ? xstrdup(link) : xasprintf("%s/%s", above, link);
	return make(making, path, mode, links + 1, err) < 0 ? -1 : 1;
}

/*
 * Make `path` and what is missing above it.  Every prefix is resolved from the
 * root, so that links and ".." mean what they mean inside; where one dangles,
 * its target is made, as the container would see it.
 */
static int make(const struct making *making, const char *path, mode_t mode, int links,
                struct err *err)
{
	auto_free char *tidied = tidy(path), *above = NULL;
	auto_close int parent = -1;
	const char *name;
	int linked;

	if (exists(making->root, tidied))
		return 0;
	name = strrchr(tidied, '/') + 1;
	above = xstrndup(tidied, (size_t)(name - tidied));
	if (make(making, above, S_IFDIR | 0755, links, err) < 0)
		return -1;
	parent = open_directory(making->root, above);
	if (parent < 0)
		return err_errno(err, tidied, "cannot be made in the root filesystem");
	linked = make_linked(making, parent, above, name, mode, links, err);
	if (linked != 0)
		return linked < 0 ? -1 : 0;
	if (S_ISDIR(mode))
		return make_directory(making, parent, name, tidied, mode, err);
	return make_file(making, parent, name, tidied, err);
}

int target_workdir(int root, const char *path, struct owner owner, struct err *err)
{
	const struct making making = { .root = root, .owner = owner };
	auto_close int fd = -1;

	if (make(&making, path, S_IFDIR | 0755, 0, err) < 0)
		return -1;
	fd = open_directory(root, path);
	if (fd < 0)
		return err_errno(err, path, "cannot be the working directory");
	return 0;
}

int target_mount(int root, const struct journal *journal, const char *path, mode_t mode,
                 struct owner owner, struct err *err)
{
	const struct making making = { root, journal, owner };

	return make(&making, path, mode, 0, err);
}

int targets_check(int root, struct err *err)
{
	static const char *const names[] = { "dev", "proc", "sys" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct stat st;

		if (fstatat(root, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno == ENOENT)
			continue;
		if (!S_ISDIR(st.st_mode)) {
			err_set(err, ERR_HOST,
			        "/%s of the root filesystem is not a directory", names[i]);
			return err_hint(err, "a runtime would follow it out of there");
		}
	}
	return 0;
}

int targets_check_host(int root, struct err *err)
{
	struct stat st, host;

	if (fstat(root, &st) < 0 || stat("/", &host) < 0)
		return err_errno(err, "/", "cannot examine");
	if (st.st_dev != host.st_dev || st.st_ino != host.st_ino)
		return 0;
	err_set(err, ERR_HOST, "the root filesystem is this host's own");
	return err_hint(err, "ocigen --rootfs=/:O keeps what is written apart from it");
}

/* ---- taking back --------------------------------------------------------- */

/* True if this is what was made, as far as is known, and nothing was put into it. */
static bool is_ours(const struct stat *st, const json_t *made)
{
	uint64_t dev = st->st_dev, ino = st->st_ino;

	if (made && (!doc_get_u64(json_object_get(made, "dev"), &dev) ||
	             !doc_get_u64(json_object_get(made, "ino"), &ino)))
		return false;
	if (dev != st->st_dev || ino != st->st_ino)
		return false;
	return S_ISDIR(st->st_mode) || (S_ISREG(st->st_mode) && st->st_size == 0);
}

/*
 * Remove an empty directory or file.  Its parent is resolved again and the name
 * is never followed: the container may have put a link there (CVE-2024-23652).
 */
static int undo_target(int root, const char *path, const json_t *made, struct err *err)
{
	const char *name = strrchr(path, '/') + 1;
	auto_free char *above = xstrndup(path, (size_t)(name - path));
	auto_close int parent = rootfs_openat(root, above, O_PATH | O_DIRECTORY);
	struct stat st;
	int flag;

	if (parent < 0 || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_ours(&st, made))
		return 0;
	flag = S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0;
	if (unlinkat(parent, name, flag) == 0 || errno == ENOENT || errno == ENOTEMPTY)
		return 0;
	return err_errno(err, path, "cannot remove the mount point");
}

int targets_undo(int root, const json_t *lines, struct err *err)
{
	json_auto_t *known = json_object(); /* path: what was made there */
	struct err later;
	int ret = 0;

	for (size_t i = json_array_size(lines); i-- > 0;) {
		json_t *line = json_array_get(lines, i);
		const char *made = doc_string(json_object_get(line, "made"));
		const char *path = doc_string(json_object_get(line, "target"));

		if (made)
			json_object_set(known, made, line);
		if (!path || *path != '/')
			continue;
		if (undo_target(root, path, json_object_get(known, path),
		                ret < 0 ? &later : err) < 0)
			ret = -1;
		json_object_del(known, path);
	}
	return ret;
}
