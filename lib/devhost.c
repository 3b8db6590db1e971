// SPDX-License-Identifier: Apache-2.0
#include "devhost.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dir.h"

enum { DEEPEST = 64 };

/* "c", "b", "p", or NULL for what is no device (B105). */
static const char *type_of(mode_t mode)
{
	return S_ISCHR(mode) ? "c" : S_ISBLK(mode) ? "b" : S_ISFIFO(mode) ? "p" : NULL;
}

static json_t *node_of(const struct stat *st)
{
	json_t *node = json_pack("{s:s}", "type", type_of(st->st_mode));

	if (!S_ISFIFO(st->st_mode)) {
		json_object_set_new(node, "major", doc_u64(major(st->st_rdev)));
		json_object_set_new(node, "minor", doc_u64(minor(st->st_rdev)));
	}
	json_object_set_new(node, "fileMode", doc_u64(st->st_mode & 0777));
	json_object_set_new(node, "uid", doc_u64(st->st_uid));
	json_object_set_new(node, "gid", doc_u64(st->st_gid));
	return node;
}

static int examine(const char *host, struct stat *ret, struct err *err)
{
	if (stat(host, ret) == 0)
		return 0;
	err_errno(err, host, "cannot examine");
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES)
		err->kind = ERR_HOST;
	return -1;
}

json_t *devhost_look(const char *host, struct err *err)
{
	struct stat st;

	if (examine(host, &st, err) < 0)
		return NULL;
	if (type_of(st.st_mode))
		return node_of(&st);
	err_set(err, ERR_HOST, "is not a device");
	err_where(err, "%s", host);
	return NULL;
}

/* ---- directories --------------------------------------------------------- */

struct walk {
	devhost_visitor *visit;
	void *to;
	int depth;
};

struct names {
	char **list;
	size_t count;
	size_t room;
};

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* `fd` stays the caller's. */
static int list_names(int fd, const char *host, struct names *ret, struct err *err)
{
	auto_dir DIR *stream = dir_list(fd);
	const struct dirent *entry;

	if (!stream)
		return err_errno(err, host, "cannot read");
	while (errno = 0, (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (ret->count == ret->room) {
			ret->room = ret->room ? ret->room * 2 : 16;
			ret->list = xrealloc(ret->list, ret->room * sizeof(*ret->list));
		}
		ret->list[ret->count++] = xstrdup(entry->d_name);
	}
	if (errno)
		return err_errno(err, host, "cannot read");
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), compare);
	return 0;
}

/* What a container has of its own. */
static bool is_own(const char *name, bool directory)
{
	static const char *const names[] = { "pts",  "shm",         "fd",   "mqueue",
		                             ".lxc", ".lxd-mounts", ".udev" };

	for (size_t i = 0; directory && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return strcmp(name, "console") == 0;
}

static int walk_directory(struct walk *walk, int fd, const char *host, const char *path,
                          struct err *err);

static int walk_entry(struct walk *walk, int above, const char *name, const char *host,
                      const char *path, struct err *err)
{
	struct stat st;
	json_t *node, *text;

	if (fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) < 0) /* gone meanwhile */
		return errno == ENOENT ? 0 : err_errno(err, host, "cannot examine");
	if (is_own(name, S_ISDIR(st.st_mode)))
		return 0;
	if (S_ISDIR(st.st_mode)) {
		auto_close int fd = dir_open(above, name);

		if (fd < 0)
			return errno == ENOENT ? 0 : err_errno(err, host, "cannot open");
		return walk_directory(walk, fd, host, path, err);
	}
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return 0;
	text = doc_string_new(path);
	if (!text)
		return err_at(err, host, "its name is not UTF-8");
	node = json_pack("{s:o}", "path", text);
	text = node_of(&st);
	json_object_update(node, text);
	json_decref(text);
	return walk->visit(walk->to, host, node, err);
}

static int walk_directory(struct walk *walk, int fd, const char *host, const char *path,
                          struct err *err)
{
	__attribute__((cleanup(free_names))) struct names names = { 0 };
	int failed = 0;

	if (++walk->depth > DEEPEST)
		return err_at(err, host, "lies too deep");
	if (list_names(fd, host, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count && failed == 0; i++) {
		auto_free char *below = xasprintf("%s/%s", host, names.list[i]);
		auto_free char *place = xasprintf("%s/%s", path, names.list[i]);

		failed = walk_entry(walk, fd, names.list[i], below, place, err);
	}
	walk->depth--;
	return failed;
}

int devhost_find(const char *host, const char *path, bool *directory,
                 devhost_visitor *visit, void *to, struct err *err)
{
	struct walk walk = { visit, to, 0 };
	auto_close int fd = -1;
	json_t *node, *found;
	struct stat st;

	if (examine(host, &st, err) < 0)
		return -1;
	*directory = S_ISDIR(st.st_mode);
	if (*directory) {
		fd = open(host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return err_errno(err, host, "cannot open");
		return walk_directory(&walk, fd, host, path, err);
	}
	found = devhost_look(host, err);
	if (!found)
		return -1;
	node = json_pack("{s:s}", "path", path);
	json_object_update(node, found);
	json_decref(found);
	return visit(to, host, node, err);
}
