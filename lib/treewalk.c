// SPDX-License-Identifier: Apache-2.0
#include "treewalk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"
#include "dir.h"

/* A directory on the way down. */
struct level {
	char *names; /* what is in it, each with its NUL; owned */
	size_t len;
	size_t next;
	char *name; /* its own, in the one above; owned, NULL for the first */
	struct statx self;
};

struct walk {
	int fd; /* of the directory that is being read */
	struct level *levels;
	size_t depth;
	size_t room;
	tree_visitor *visit;
	void *data;
	bool goes_on; /* where a visit fails */
	bool failed;  /* one of them did: the error is known */
};

static bool same_object(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor && a->stx_mnt_id == b->stx_mnt_id;
}

static int examine(int dir, const char *name, struct statx *ret)
{
	return statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH,
	             STATX_BASIC_STATS | STATX_MNT_ID, ret);
}

int tree_open(int dir, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};

	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int cannot_read(const struct level *level, struct err *err)
{
	return err_errno(err, level->name ? level->name : "", "cannot read the directory");
}

/* All names at once, so that what the visitor removes or makes cannot confuse the reading.
 */
static int read_names(int fd, struct level *to, struct err *err)
{
	auto_buf struct buf names = { 0 };
	auto_dir DIR *dir = dir_list(fd);
	struct dirent *entry;

	if (!dir)
		return cannot_read(to, err);
	while (errno = 0, (entry = readdir(dir)))
		if (!is_dot(entry->d_name))
			buf_add(&names, entry->d_name, strlen(entry->d_name) + 1);
	if (errno)
		return cannot_read(to, err);
	to->len = names.len;
	to->names = buf_steal(&names);
	return 0;
}

/* Enter the directory `fd`, which the walk then owns. */
static int push(struct walk *walk, int fd, const char *name, struct err *err)
{
	struct level *level;

	if (walk->depth == walk->room) {
		walk->room = walk->room ? 2 * walk->room : 16;
		walk->levels = xrealloc(walk->levels, walk->room * sizeof(*walk->levels));
	}
	level = &walk->levels[walk->depth++];
	*level = (struct level){ .name = name ? xstrdup(name) : NULL };
	cleanup_close(&walk->fd);
	walk->fd = fd;
	if (examine(fd, "", &level->self) < 0)
		return err_errno(err, name ? name : "", "cannot examine");
	return read_names(fd, level, err);
}

static void drop_level(struct walk *walk)
{
	struct level *level = &walk->levels[--walk->depth];

	free(level->names);
	free(level->name);
}

/* "9: cannot ..." -> "sub/9: cannot ...": the way from the directory that is walked. */
static void say_way(const struct walk *walk, struct err *err)
{
	size_t depth = walk->depth;

	if (!err->where[0])
		return;
	if (depth > 1 && strcmp(err->where, walk->levels[depth - 1].name) == 0)
		depth--; /* the directory itself */
	while (depth-- > 1) {
		auto_free char *above = xasprintf("%s/", walk->levels[depth].name);

		err_under(err, above);
	}
}

static int call_visitor(struct walk *walk, enum tree_moment moment, const char *name,
                        const struct statx *about, struct err *err)
{
	struct err failed;

	if (walk->visit(moment, walk->fd, name, about, walk->data, &failed) == 0)
		return 0;
	if (!walk->failed) {
		say_way(walk, &failed);
		*err = failed;
	}
	walk->failed = true;
	return walk->goes_on ? 0 : -1;
}

/* Back to the directory above, if it still is that one. */
static int pop(struct walk *walk, struct err *err)
{
	struct level *level = &walk->levels[walk->depth - 1];
	struct statx above, self = level->self;
	auto_free char *name = steal(&level->name);
	int fd;

	drop_level(walk);
	if (walk->depth == 0)
		return 0;
	fd = openat(walk->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close(&walk->fd);
	walk->fd = fd;
	if (fd < 0 || examine(fd, "", &above) < 0)
		return err_errno(err, name, "cannot go back from the directory");
	if (!same_object(&above, &walk->levels[walk->depth - 1].self))
		return err_set(err, ERR_HOST, "%s was moved meanwhile", name);
	return call_visitor(walk, TREE_LEAVE, name, &self, err);
}

static int visit_entry(struct walk *walk, const char *name, struct err *err)
{
	const struct level *level = &walk->levels[walk->depth - 1];
	struct statx about;
	int fd;

	if (examine(walk->fd, name, &about) < 0)
		return errno == ENOENT ? 0 : err_errno(err, name, "cannot examine");
	if (about.stx_mnt_id !=
	    level->self.stx_mnt_id) /* mounted over: not ours to touch */
		return 0;
	if (call_visitor(walk, TREE_ENTRY, name, &about, err) < 0)
		return -1;
	if (!S_ISDIR(about.stx_mode))
		return 0;
	fd = tree_open(walk->fd, name);
	if (fd < 0 && errno == ENOENT) /* gone by now */
		return call_visitor(walk, TREE_LEAVE, name, &about, err);
	if (fd < 0)
		return err_errno(err, name, "cannot enter");
	return push(walk, fd, name, err);
}

static int step(struct walk *walk, struct err *err)
{
	struct level *level = &walk->levels[walk->depth - 1];
	const char *name = level->names + level->next;

	if (level->next == level->len)
		return pop(walk, err);
	level->next += strlen(name) + 1;
	return visit_entry(walk, name, err);
}

static int run(struct walk *walk, int dir, struct err *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;
	struct err later;

	if (fd < 0)
		return err_errno(err, "", "cannot read the directory");
	ret = push(walk, fd, NULL, err);
	while (ret == 0 && walk->depth > 0)
		ret = step(walk, walk->failed ? &later : err);
	if (ret < 0 && !walk->failed)
		say_way(walk, err);
	while (walk->depth > 0)
		drop_level(walk);
	cleanup_close(&walk->fd);
	free(walk->levels);
	return ret < 0 || walk->failed ? -1 : 0;
}

int tree_walk(int dir, tree_visitor *visit, void *data, struct err *err)
{
	struct walk walk = { .fd = -1, .visit = visit, .data = data };

	return run(&walk, dir, err);
}

int tree_walk_on(int dir, tree_visitor *visit, void *data, struct err *err)
{
	struct walk walk = { .fd = -1, .visit = visit, .data = data, .goes_on = true };

	return run(&walk, dir, err);
}
