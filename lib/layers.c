// SPDX-License-Identifier: Apache-2.0
#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "io.h"
#include "rootfs.h"

/* A walk ends; a hostile path need not. */
enum { MOST_LINKS = 40, MOST_STEPS = 4096 };

int layers_push(struct layers *layers, const char *path, const char *name, struct err *err)
{
	int dir, len;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	dir = rootfs_open(path, err);
	if (dir < 0) {
		err->kind = ERR_INPUT;
		return -1;
	}
	layers->list = xrealloc(layers->list, (layers->count + 1) * sizeof(*layers->list));
	memmove(layers->list + 1, layers->list, layers->count * sizeof(*layers->list));
	for (len = (int)strlen(name); len > 0 && name[len - 1] == '/';)
		len--;
	layers->list[0] = (struct layer){ dir, name, len };
	layers->count++;
	return 0;
}

void layers_free(struct layers *layers)
{
	for (size_t i = 0; i < layers->count; i++)
		close(layers->list[i].dir);
	free(layers->list);
	*layers = (struct layers){ 0 };
}

/* ---- what overlayfs reads ------------------------------------------------ */

/* "trusted.overlay.NAME", or what an ordinary user's overlay has instead. */
static bool has_mark(int fd, const char *name, char value)
{
	auto_free char *path = xasprintf("/proc/self/fd/%d", fd);
	auto_free char *mark =
		xasprintf("%s.overlay.%s", geteuid() == 0 ? "trusted" : "user", name);
	char buffer[2];
	ssize_t len = getxattr(path, mark, buffer, sizeof(buffer));

	return len >= 0 && (!value || (len == 1 && buffer[0] == value));
}

/* A name that was removed: nothing of it in the directories below counts. */
static bool is_whiteout(int fd, const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return st->st_rdev == makedev(0, 0);
	return S_ISREG(st->st_mode) && st->st_size == 0 && has_mark(fd, "whiteout", 0);
}

/* A directory that was made anew: it is not merged with those below. */
static bool is_opaque(int fd)
{
	return has_mark(fd, "opaque", 'y');
}

/* ---- walking ------------------------------------------------------------- */

/* A place in the merged tree: never behind a link. */
struct walk {
	const struct layers *layers;
	int *dirs;       /* of this directory in each layer, or -1 */
	struct buf path; /* of it: "/usr/bin", nothing for the root */
	unsigned int steps;
	unsigned int links;
};

/* What a name is: in the topmost layer that has it. */
struct found {
	size_t layer;
	mode_t mode;
	int *dirs; /* where it is a directory: it, in each layer */
};

static int *no_dirs(size_t count)
{
	int *dirs = xcalloc(count, sizeof(*dirs));

	for (size_t i = 0; i < count; i++)
		dirs[i] = -1;
	return dirs;
}

static void close_dirs(int *dirs, size_t count)
{
	for (size_t i = 0; dirs && i < count; i++)
		if (dirs[i] >= 0)
			close(dirs[i]);
	free(dirs);
}

static void walk_to_root(struct walk *walk)
{
	size_t count = walk->layers->count;

	close_dirs(walk->dirs, count);
	walk->dirs = no_dirs(count);
	for (size_t i = 0; i < count; i++)
		walk->dirs[i] = fcntl(walk->layers->list[i].dir, F_DUPFD_CLOEXEC, 0);
	walk->path.len = 0;
	buf_add(&walk->path, "", 0);
}

static void walk_free(struct walk *walk)
{
	close_dirs(walk->dirs, walk->layers->count);
	buf_free(&walk->path);
}

/* True if the directories below `fd` do not count any more. */
static bool ends_search(int fd, const struct stat *st, size_t layers)
{
	return layers > 1 && S_ISDIR(st->st_mode) && is_opaque(fd);
}

/* Look one name up in all directories of the place.  -1 and errno if there is none. */
static int look(const struct walk *walk, const char *name, struct found *ret)
{
	size_t count = walk->layers->count;
	bool any = false;

	*ret = (struct found){ .dirs = no_dirs(count) };
	for (size_t i = 0; i < count; i++) {
		auto_close int fd = -1;
		struct stat st;

		if (walk->dirs[i] < 0)
			continue;
		fd = openat(walk->dirs[i], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		if (fd < 0 || fstat(fd, &st) < 0)
			return -1;
		if (is_whiteout(fd, &st) || (any && !S_ISDIR(st.st_mode)))
			break;
		if (!any)
			*ret = (struct found){ i, st.st_mode, ret->dirs };
		any = true;
		if (!S_ISDIR(st.st_mode))
			break;
		ret->dirs[i] = steal_fd(&fd);
		if (ends_search(ret->dirs[i], &st, count))
			break;
	}
	errno = ENOENT;
	return any ? 0 : -1;
}

static int enter(struct walk *walk, const char *name, struct found *found)
{
	if (!S_ISDIR(found->mode)) {
		errno = ENOTDIR;
		return -1;
	}
	close_dirs(walk->dirs, walk->layers->count);
	walk->dirs = steal(&found->dirs);
	buf_printf(&walk->path, "/%s", name);
	return 0;
}

/* Look one name up; -1 also after too many of them. */
static int find(struct walk *walk, const char *name, struct found *ret)
{
	close_dirs(ret->dirs, walk->layers->count);
	ret->dirs = NULL;
	if (++walk->steps <= MOST_STEPS)
		return look(walk, name, ret);
	errno = ELOOP;
	return -1;
}

/* To the directory above: the way there is known and has no links. */
static int walk_up(struct walk *walk)
{
	auto_free char *path = xstrdup(walk->path.data);
	char *last = strrchr(path, '/'), *rest = path;
	struct found found = { 0 };
	int failed = 0;

	walk_to_root(walk);
	if (!last)
		return 0;
	*last = '\0';
	for (char *name; !failed && (name = strsep(&rest, "/"));)
		if (*name)
			failed = find(walk, name, &found) < 0 ? -1
			                                      : enter(walk, name, &found);
	close_dirs(found.dirs, walk->layers->count);
	return failed;
}

/* The target of the link, with what remains of the path behind it. */
static int follow(struct walk *walk, const char *name, const struct found *found,
                  char **rest)
{
	char target[PATH_MAX];
	ssize_t len =
		readlinkat(walk->dirs[found->layer], name, target, sizeof(target) - 1);
	char *path;

	if (len < 0)
		return -1;
	if (++walk->links > MOST_LINKS) {
		errno = ELOOP;
		return -1;
	}
	target[len] = '\0';
	if (*target == '/')
		walk_to_root(walk);
	path = xasprintf("%s/%s", target, *rest);
	free(*rest);
	*rest = path;
	return 0;
}

/* Cut the first name off *rest; NULL if there is none.  *last if it is the only one. */
static char *next_name(char **rest, bool *last)
{
	const char *from = *rest + strspn(*rest, "/");
	size_t len = strcspn(from, "/");
	char *name = len ? xstrndup(from, len) : NULL;
	char *remains = xstrdup(from + len);

	free(*rest);
	*rest = remains;
	*last = !remains[strspn(remains, "/")];
	return name;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/*
 * Walk to the directory that the last name of `path` is in, behind all links on
 * the way, and behind the last one's own if `links`.  *name is owned.
 */
static int walk_to(struct walk *walk, const char *path, bool links, char **name,
                   struct found *found)
{
	auto_free char *rest = xstrdup(path);

	walk_to_root(walk);
	for (bool last;;) {
		auto_free char *one = next_name(&rest, &last);

		if (!one) { /* the root itself, or a link to a directory above */
			errno = EISDIR;
			return -1;
		}
		if (is_dots(one)) {
			if (one[1] && walk_up(walk) < 0)
				return -1;
			continue;
		}
		if (find(walk, one, found) < 0)
			return -1;
		if (last && !(links && S_ISLNK(found->mode))) {
			*name = steal(&one);
			return 0;
		}
		if ((S_ISLNK(found->mode) ? follow(walk, one, found, &rest)
		                          : enter(walk, one, found)) < 0)
			return -1;
	}
}

/* ---- asking -------------------------------------------------------------- */

static int read_found(const struct walk *walk, const char *name, const struct found *found,
                      const char *path, size_t max, struct buf *ret, struct err *err)
{
	auto_close int fd =
		openat(walk->dirs[found->layer], name,
	               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_errno(err, path, "cannot open in the root filesystem");
		err->kind = ERR_INPUT;
		return -1;
	}
	if (!S_ISREG(st.st_mode))
		return err_at(err, path, "is not a regular file in the root filesystem");
	return io_read_all(fd, path, max, ret, err);
}

static int read_walked(struct walk *walk, const char *path, size_t max, struct buf *ret,
                       json_t *inputs, struct err *err)
{
	auto_free char *name = NULL;
	struct found found = { 0 };
	int failed = walk_to(walk, path, true, &name, &found), because = errno;
	const struct layer *layer;

	close_dirs(found.dirs, walk->layers->count);
	if (failed && (because == ENOENT || because == ENOTDIR))
		return 0;
	if (failed) {
		errno = because;
		err_errno(err, path, "cannot find in the root filesystem");
		err->kind = ERR_INPUT;
		return -1;
	}
	if (!S_ISREG(found.mode)) /* a FIFO or a device is not even opened */
		return err_at(err, path, "is not a regular file in the root filesystem");
	if (read_found(walk, name, &found, path, max, ret, err) < 0)
		return -1;
	layer = &walk->layers->list[found.layer];
	json_array_append_new(inputs, json_sprintf("%.*s%s/%s", layer->len, layer->name,
	                                           walk->path.data, name));
	return 1;
}

int layers_read(const struct layers *layers, const char *path, size_t max, struct buf *ret,
                json_t *inputs, struct err *err)
{
	struct walk walk = { .layers = layers };
	int got = read_walked(&walk, path, max, ret, inputs, err);

	walk_free(&walk);
	return got;
}

bool layers_executable(const struct layers *layers, const char *path)
{
	struct walk walk = { .layers = layers };
	auto_free char *name = NULL;
	struct found found = { 0 };
	bool is = walk_to(&walk, path, false, &name, &found) == 0 && !S_ISDIR(found.mode) &&
	          (S_ISLNK(found.mode) || (found.mode & 0111));

	close_dirs(found.dirs, layers->count);
	walk_free(&walk);
	return is;
}
