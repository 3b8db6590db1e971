// SPDX-License-Identifier: Apache-2.0
#include "cacheclean.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cachelock.h"
#include "dir.h"
#include "io.h"
#include "lastdir.h"
#include "rmtree.h"
#include "subids.h"
#include "treewalk.h"
#include "userns.h"

static int add_size(enum tree_moment moment, int dir UNUSED, const char *name UNUSED,
                    const struct statx *about, void *data, struct err *err UNUSED)
{
	enum { BLOCK = 512 };
	uint64_t *size = data;

	if (moment == TREE_ENTRY)
		*size += about->stx_blocks * BLOCK;
	return 0;
}

/* Every lock of it, kept until it is removed; false if somebody has one. */
static bool lock_all(int dir, struct cache_lock **locks)
{
	auto_dir DIR *list = dir_list(dir);
	bool free_ = list != NULL;

	for (struct dirent *entry; free_ && (entry = readdir(list));) {
		struct err ignored;
		int fd = -1;

		if (!str_starts(entry->d_name, "lock"))
			continue;
		free_ = cachelock_try(dir, entry->d_name, LOCK_EX, &fd, &ignored) == 1;
		if (fd >= 0)
			cachelock_keep(locks, fd);
	}
	return free_;
}

static void say_removed(int dir, uint64_t size)
{
	auto_buf struct buf id = { 0 }, shown = { 0 };
	struct err ignored;
	auto_close int fd = io_open_file(dir, "id", &ignored);
	json_auto_t *text = NULL;

	if (fd >= 0)
		(void)!io_read_all(fd, "", PATH_MAX, &id, &ignored);
	/* As JSON: an id may have anything in it, and this may be a terminal. */
	text = json_stringn(id.data ? id.data : "", id.len);
	doc_print(text, DOC_COMPACT, &shown);
	printf("%8.1f MiB  %s\n", (double)size / (1024 * 1024), shown.data);
}

static int remove_cache(int top, const char *name, struct err *err)
{
	auto_close int dir = dir_open(top, name);
	struct cache_lock *locks = NULL;
	uint64_t size = 0;
	int ret = 0;

	if (dir < 0)
		return err_errno(err, name, "cannot open");
	if (lock_all(dir, &locks)) {
		ret = tree_walk(dir, add_size, &size, err);
		if (ret == 0)
			say_removed(dir, size);
		if (ret == 0)
			ret = rmtree(top, name, err);
	}
	cachelock_release(&locks);
	return ret;
}

static bool is_name(const char *name)
{
	return strlen(name) == 16 && strspn(name, "0123456789abcdef") == 16;
}

static bool remove_all(int top, DIR *list, const char *tool)
{
	bool clean = true;

	for (struct dirent *entry; (entry = readdir(list));) {
		struct err err = { 0 };

		if (!is_name(entry->d_name) || remove_cache(top, entry->d_name, &err) == 0)
			continue;
		err_report(&err, tool);
		clean = false;
	}
	return clean;
}

struct cleaning {
	const char *dir;
	const char *tool;
};

static int clean_inside(void *data)
{
	const struct cleaning *cleaning = data;
	struct err err = { 0 };
	auto_close int top = dir_open(AT_FDCWD, cleaning->dir);
	auto_dir DIR *list = top < 0 ? NULL : dir_list(top);
	bool clean;

	if (!list) {
		if (errno == ENOENT)
			return 0;
		err_errno(&err, cleaning->dir, "cannot open");
		err_report(&err, cleaning->tool);
		return 1;
	}
	clean = lastdir_check(top, cleaning->dir, "--cache-dir", &err) == 0 &&
	        remove_all(top, list, cleaning->tool);
	if (err.kind != ERR_NONE)
		err_report(&err, cleaning->tool);
	fflush(stdout);
	return !clean;
}

static json_t *own_maps(struct err *err)
{
	struct idmap uid = { 0 }, gid = { 0 };
	json_t *maps = NULL;

	if (subids_add_rootless(&uid, &gid, err) == 0)
		maps = json_pack("{s:o, s:o}", "uidMappings", idmap_print(&uid),
		                 "gidMappings", idmap_print(&gid));
	idmap_free(&uid);
	idmap_free(&gid);
	return maps;
}

/* What belongs to an ordinary user's subordinate ids, only their namespace may remove. */
bool cacheclean(const char *dir, const char *tool)
{
	struct cleaning cleaning = { dir, tool };
	json_auto_t *maps = NULL;
	struct err err = { 0 };

	if (geteuid() == 0)
		return clean_inside(&cleaning) == 0;
	if (access(dir, F_OK) < 0 && errno == ENOENT)
		return true;
	maps = own_maps(&err);
	if (maps && userns_run(maps, clean_inside, &cleaning, &err) == 0)
		return true;
	if (err.kind != ERR_NONE)
		err_report(&err, tool);
	return false;
}
