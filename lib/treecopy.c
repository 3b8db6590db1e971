// SPDX-License-Identifier: Apache-2.0
#include "treecopy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "dir.h"
#include "io.h"
#include "owner.h"
#include "rmtree.h"
#include "treewalk.h"

enum { CHUNK = 16 * 1024 * 1024 };

struct copy {
	const struct tree_copying *how;
	int to;    /* the directory that is being filled; owned */
	int top;   /* the first such; in it lies, from the first file with several links on,
	            */
	int links; /* what such files are found again by; owned */
	char *links_name; /* owned */
};

static int cannot(const char *name, struct err *err)
{
	return err_errno(err, name, "cannot be copied");
}

static int check_wanted(const struct copy *copy, struct err *err)
{
	const struct tree_copying *how = copy->how;

	return how->stop && how->stop(how->data) ? err_set(err, ERR_QUIET, "told to end")
	                                         : 0;
}

/* ---- contents ------------------------------------------------------------ */

/* Some bytes at *at, which moves on; 0: the file has become shorter. */
static ssize_t copy_some(int from, int to, off_t *at, off_t end)
{
	size_t len = end - *at < CHUNK ? (size_t)(end - *at) : CHUNK;
	off_t out = *at;
	ssize_t done = copy_file_range(from, at, to, &out, len, 0);

	if (done >= 0 || errno == ENOSPC || errno == EDQUOT || errno == EINTR)
		return done;
	/* Not between such file systems. */
	return lseek(to, *at, SEEK_SET) < 0 ? -1 : sendfile(to, from, at, len);
}

static int copy_range(const struct copy *copy, int from, int to, off_t at, off_t end,
                      const char *name, struct err *err)
{
	while (at < end) {
		ssize_t done = copy_some(from, to, &at, end);

		if (done < 0 && errno != EINTR)
			return cannot(name, err);
		if (done == 0)
			return 0;
		if (check_wanted(copy, err) < 0)
			return -1;
	}
	return 0;
}

/* The holes stay holes; what is added meanwhile is left out. */
static int copy_contents(const struct copy *copy, int from, int to, off_t size,
                         const char *name, struct err *err)
{
	off_t at = 0, end;

	while (at < size) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0 && errno == ENXIO)
			break;
		end = at < 0 ? -1 : lseek(from, at, SEEK_HOLE);
		if (end < 0)
			return cannot(name, err);
		if (end > size)
			end = size;
		if (copy_range(copy, from, to, at, end, name, err) < 0)
			return -1;
		at = end;
	}
	return ftruncate(to, size) < 0 ? cannot(name, err) : 0;
}

/* ---- attributes ---------------------------------------------------------- */

/* A label is the container's, and other marks are of the file system that they are on. */
static bool is_kept(const char *attribute)
{
	return str_starts(attribute, "user.") ||
	       strcmp(attribute, "security.capability") == 0 ||
	       strcmp(attribute, "system.posix_acl_access") == 0 ||
	       strcmp(attribute, "system.posix_acl_default") == 0;
}

/* The value, owned; NULL: there is none, or none that we may see. */
static void *get_attribute(const char *from, const char *attribute, size_t *len)
{
	auto_free void *value = xmalloc(XATTR_SIZE_MAX);
	ssize_t got = getxattr(from, attribute, value, XATTR_SIZE_MAX);

	if (got < 0)
		return NULL;
	*len = (size_t)got;
	return steal(&value);
}

static int copy_attribute(const struct tree_copying *how, const char *from, const char *to,
                          const char *attribute, const char *name, struct err *err)
{
	size_t len = 0;
	auto_free void *value = get_attribute(from, attribute, &len);

	if (value && how->map &&
	    !attribute_map_ids(attribute, value, len, how->map, how->data)) {
		err_set(err, ERR_HOST, "an id in its attribute '%s' has no mapping",
		        attribute);
		return err_where(err, "%s", name);
	}
	if (!value || setxattr(to, attribute, value, len, 0) == 0)
		return 0;
	if (errno == ENOTSUP && how->in_memory)
		return 0;
	err_errno(err, name, "cannot be copied with its attribute '%s'", attribute);
	if (errno != ENOTSUP)
		return -1;
	err->kind = ERR_HOST;
	return err_hint(err, "another file system can have it");
}

static int copy_attributes(const struct tree_copying *how, const char *from, const char *to,
                           const char *name, struct err *err)
{
	ssize_t len = listxattr(from, NULL, 0);
	auto_free char *list = NULL;

	if (len <= 0)
		return 0;
	list = xmalloc(XATTR_LIST_MAX);
	len = listxattr(from, list, XATTR_LIST_MAX);
	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(list + at) + 1)
		if (is_kept(list + at) &&
		    copy_attribute(how, from, to, list + at, name, err) < 0)
			return -1;
	return 0;
}

static struct timespec moment(const struct statx_timestamp *time)
{
	return (struct timespec){ .tv_sec = time->tv_sec, .tv_nsec = time->tv_nsec };
}

static bool map_owner(const struct tree_copying *how, const struct statx *about,
                      struct owner *ret)
{
	*ret = (struct owner){ about->stx_uid, about->stx_gid };
	return !how->map || (how->map(how->data, "uid", about->stx_uid, &ret->uid) &&
	                     how->map(how->data, "gid", about->stx_gid, &ret->gid));
}

/*
 * All that a file is besides its contents.  Each line can undo what a later one does: a
 * new owner takes set-id bits and capabilities away, and everything changes the times.
 */
static int dress(const struct copy *copy, int original, const char *name,
                 const struct statx *about, struct err *err)
{
	const struct timespec times[] = { moment(&about->stx_atime),
		                          moment(&about->stx_mtime) };
	auto_free char *from = xasprintf("/proc/self/fd/%d", original);
	auto_free char *to = xasprintf("/proc/self/fd/%d/%s", copy->to, name);
	const struct tree_copying *how = copy->how;
	struct owner owner;

	if (!map_owner(how, about, &owner)) {
		err_set(err, ERR_HOST, "its owner %u:%u has no mapping", about->stx_uid,
		        about->stx_gid);
		return err_where(err, "%s", name);
	}
	if (fchownat(copy->to, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(err, name, "cannot be given to %u:%u", owner.uid,
		                 owner.gid);
	if (!S_ISLNK(about->stx_mode) &&
	    fchmodat(copy->to, name, about->stx_mode & 07777, 0) < 0)
		return cannot(name, err);
	if ((S_ISREG(about->stx_mode) || S_ISDIR(about->stx_mode)) &&
	    copy_attributes(how, from, to, name, err) < 0)
		return -1;
	if (utimensat(copy->to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return cannot(name, err);
	return 0;
}

/* ---- files --------------------------------------------------------------- */

static int copy_regular(const struct copy *copy, int original, const char *name,
                        const struct statx *about, struct err *err)
{
	auto_free char *path = xasprintf("/proc/self/fd/%d", original);
	auto_close int from = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	auto_close int to = -1;

	if (from < 0)
		return cannot(name, err);
	to = openat(copy->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return cannot(name, err);
	return copy_contents(copy, from, to, (off_t)about->stx_size, name, err);
}

static int copy_link(const struct copy *copy, int original, const char *name,
                     struct err *err)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(original, "", text, sizeof(text) - 1);

	if (len < 0)
		return cannot(name, err);
	text[len] = '\0';
	return symlinkat(text, copy->to, name) < 0 ? cannot(name, err) : 0;
}

/* 1 if it was made, 0 if it is left out. */
static int copy_node(const struct copy *copy, const char *name, const struct statx *about,
                     struct err *err)
{
	mode_t kind = about->stx_mode & S_IFMT;
	dev_t device = makedev(about->stx_rdev_major, about->stx_rdev_minor);

	if (kind == S_IFSOCK || (kind != S_IFIFO && copy->how->in_memory))
		return 0;
	if (mknodat(copy->to, name, kind | 0600, device) == 0)
		return 1;
	return errno == EPERM && kind != S_IFIFO ? 0 : cannot(name, err);
}

static int make_copy(const struct copy *copy, int original, const char *name,
                     const struct statx *about, struct err *err)
{
	int made = 1;

	if (S_ISREG(about->stx_mode))
		made = copy_regular(copy, original, name, about, err) < 0 ? -1 : 1;
	else if (S_ISLNK(about->stx_mode))
		made = copy_link(copy, original, name, err) < 0 ? -1 : 1;
	else
		made = copy_node(copy, name, about, err);
	if (made <= 0)
		return made;
	return dress(copy, original, name, about, err) < 0 ? -1 : 1;
}

/* The name of the file's first link; owned. */
static char *link_name(const struct statx *about)
{
	return xasprintf("%x-%x-%llx", about->stx_dev_major, about->stx_dev_minor,
	                 (unsigned long long)about->stx_ino);
}

/* By a name that nothing in the original can have been given. */
static int make_links(struct copy *copy, struct err *err)
{
	uint64_t random;

	if (io_random(&random, err) < 0)
		return -1;
	copy->links_name = xasprintf("links-%016llx", (unsigned long long)random);
	if (mkdirat(copy->top, copy->links_name, 0700) < 0)
		return cannot(copy->links_name, err);
	copy->links = dir_open(copy->top, copy->links_name);
	return copy->links < 0 ? cannot(copy->links_name, err) : 0;
}

static int copy_file(struct copy *copy, int original, const char *name,
                     const struct statx *about, struct err *err)
{
	auto_free char *first = about->stx_nlink > 1 ? link_name(about) : NULL;
	int made;

	if (first && copy->links < 0 && make_links(copy, err) < 0)
		return -1;
	if (first && linkat(copy->links, first, copy->to, name, 0) == 0)
		return 0;
	if (first && errno != ENOENT)
		return cannot(name, err);
	made = make_copy(copy, original, name, about, err);
	if (made <= 0 || !first)
		return made < 0 ? -1 : 0;
	return linkat(copy->to, name, copy->links, first, 0) < 0 ? cannot(name, err) : 0;
}

/* ---- directories --------------------------------------------------------- */

static int go_to(struct copy *copy, const char *name, struct err *err)
{
	int fd = dir_open(copy->to, name);

	if (fd < 0)
		return cannot(name, err);
	cleanup_close(&copy->to);
	copy->to = fd;
	return 0;
}

static int begin_directory(struct copy *copy, const char *name, struct err *err)
{
	if (mkdirat(copy->to, name, 0700) < 0)
		return cannot(name, err);
	return go_to(copy, name, err);
}

/* The copy lies in a directory of ours, where nothing moves: so ".." is the way back. */
static int end_directory(struct copy *copy, int dir, const char *name,
                         const struct statx *about, struct err *err)
{
	auto_close int original =
		openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (go_to(copy, "..", err) < 0)
		return -1;
	return dress(copy, original, name, about, err);
}

static int enter_or_copy(struct copy *copy, int dir, const char *name,
                         const struct statx *seen, struct err *err)
{
	auto_close int original = -1;
	struct statx about;

	if (S_ISDIR(seen->stx_mode))
		return begin_directory(copy, name, err);
	original = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (original < 0)
		return errno == ENOENT ? 0 : cannot(name, err);
	if (statx(original, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &about) < 0)
		return cannot(name, err);
	if (!S_ISDIR(about.stx_mode))
		return copy_file(copy, original, name, &about, err);
	err_set(err, ERR_HOST, "was replaced meanwhile");
	return err_where(err, "%s", name);
}

static int visit(enum tree_moment moment, int dir, const char *name,
                 const struct statx *about, void *data, struct err *err)
{
	struct copy *copy = data;

	if (check_wanted(copy, err) < 0)
		return -1;
	return moment == TREE_LEAVE ? end_directory(copy, dir, name, about, err)
	                            : enter_or_copy(copy, dir, name, about, err);
}

/* ---- all of it ----------------------------------------------------------- */

static int copy_named(struct copy *copy, int from, const char *name, struct err *err)
{
	struct statx about;

	if (statx(from, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &about) < 0)
		return cannot("", err);
	if (begin_directory(copy, name, err) < 0 || tree_walk(from, visit, copy, err) < 0 ||
	    go_to(copy, "..", err) < 0)
		return -1;
	return dress(copy, from, name, &about, err);
}

/* As `name` in `top`, or (NULL) what is in it into `top` itself. */
static int copy_to(int from, int top, const char *name, const struct tree_copying *how,
                   struct err *err)
{
	struct copy copy = { how, dir_open(top, "."), top, -1, NULL };
	int ret;

	if (copy.to < 0)
		return cannot("", err);
	ret = name ? copy_named(&copy, from, name, err)
	           : tree_walk(from, visit, &copy, err);
	if (ret == 0 && copy.links_name)
		ret = rmtree(top, copy.links_name, err);
	cleanup_close(&copy.to);
	cleanup_close(&copy.links);
	free(copy.links_name);
	return ret;
}

int tree_copy(int from, int dir, const char *name, const struct tree_copying *how,
              struct err *err)
{
	return copy_to(from, dir, name, how, err);
}

int tree_fill(int from, int to, const struct tree_copying *how, struct err *err)
{
	return copy_to(from, to, NULL, how, err);
}
