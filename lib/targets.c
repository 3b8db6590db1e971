// SPDX-License-Identifier: Apache-2.0
#include "targets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Make one directory in `parent`, which was opened inside the root filesystem. */
static int make_directory(const struct making *making, int parent, const char *name,
                          const char *path, struct err *err)
{
	auto_close int fd = -1;

	if (making->journal && journal_target(making->journal, path, err) < 0)
		return -1;
	if (mkdirat(parent, name, 0755) < 0)
		return errno == EEXIST ? 0
		                       : err_errno(err, path, "cannot make the directory");
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, making->owner.uid, making->owner.gid) < 0 ||
	    fchmod(fd, 0755) < 0)
		return err_errno(err, path,
		                 "cannot give the directory to the container's root");
	return 0;
}

static int make_file(const struct making *making, int parent, const char *name,
                     const char *path, struct err *err)
{
	auto_close int fd = -1;

	if (making->journal && journal_target(making->journal, path, err) < 0)
		return -1;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            0644);
	if (fd < 0)
		return errno == EEXIST ? 0 : err_errno(err, path, "cannot make the file");
	if (fchown(fd, making->owner.uid, making->owner.gid) < 0 || fchmod(fd, 0644) < 0)
		return err_errno(err, path, "cannot give the file to the container's root");
	return 0;
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

static int make(const struct making *making, const char *path, bool directory, int links,
                struct err *err);

/* `name` in `above` is a dangling link: make what it points to; 0 if it is no link. */
static int make_linked(const struct making *making, int parent, const char *above,
                       const char *name, bool directory, int links, struct err *err)
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
	return make(making, path, directory, links + 1, err) < 0 ? -1 : 1;
}

/*
 * Make `path` and what is missing above it.  Every prefix is resolved from the
 * root, so that links and ".." mean what they mean inside; where one dangles,
 * its target is made, as the container would see it.
 */
static int make(const struct making *making, const char *path, bool directory, int links,
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
	if (make(making, above, true, links, err) < 0)
		return -1;
	parent = open_directory(making->root, above);
	if (parent < 0)
		return err_errno(err, above, "cannot enter in the root filesystem");
	linked = make_linked(making, parent, above, name, directory, links, err);
	if (linked != 0)
		return linked < 0 ? -1 : 0;
	if (directory)
		return make_directory(making, parent, name, tidied, err);
	return make_file(making, parent, name, tidied, err);
}

int target_workdir(int root, const char *path, struct owner owner, struct err *err)
{
	const struct making making = { .root = root, .owner = owner };
	auto_close int fd = -1;

	if (make(&making, path, true, 0, err) < 0)
		return -1;
	fd = open_directory(root, path);
	if (fd < 0)
		return err_errno(err, path, "cannot be the working directory");
	return 0;
}

int target_mount(const struct journal *journal, const char *path, bool directory,
                 struct owner owner, struct err *err)
{
	const struct making making = { journal->root, journal, owner };

	return make(&making, path, directory, 0, err);
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
