// SPDX-License-Identifier: Apache-2.0
#include "caches.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "proc.h"
#include "rmtree.h"
#include "rootfs.h"
#include "spec.h"
#include "stage.h"
#include "subids.h"
#include "treewalk.h"
#include "userns.h"
#include "watch.h"

enum { MOST_PRIVATE = 1000, SAY_AFTER = 1000 /* ms */ };

/* ---- deciding ------------------------------------------------------------ */

/* One cache has one way of sharing in a run; *ret is NULL for the first of its mounts. */
static int find_planned(const json_t *known, const char *name, const json_t *wish,
                        json_t **ret, struct err *err)
{
	const char *sharing = step_text(wish, "sharing"), *other;

	*ret = json_object_get(known, name);
	if (!*ret)
		return 0;
	other = step_text(*ret, "sharing");
	if (strcmp(other, sharing ? sharing : "shared") == 0)
		return 0;
	err_at(err, "/sharing", "is not that of another mount of the cache '%s'",
	       step_text(wish, "id"));
	return -1;
}

static json_t *number_of(const json_t *wish, const char *member, json_int_t otherwise)
{
	const json_t *value = json_object_get(wish, member);

	return value ? json_copy((json_t *)(uintptr_t)value) : json_integer(otherwise);
}

static json_t *make_step(const struct plan *plan, const char *name, const json_t *wish)
{
	const char *sharing = step_text(wish, "sharing");

	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:[]}", "step", "cache",
	                 "path", json_sprintf("%s/%s", plan->facts.cache_dir, name), "id",
	                 step_text(wish, "id"), "name", name, "sharing",
	                 sharing ? sharing : "shared", "mode",
	                 number_of(wish, "mode", 0755), "uid", number_of(wish, "uid", 0),
	                 "gid", number_of(wish, "gid", 0), "below");
}

static int add_wish(const struct plan *plan, json_t *known, const json_t *wish,
                    struct err *err)
{
	auto_free char *name = mountprep_name(step_text(wish, "id"));
	const char *below = step_text(wish, "subpath");
	json_t *step;

	if (find_planned(known, name, wish, &step, err) < 0)
		return -1;
	if (!step) {
		step = make_step(plan, name, wish);
		json_object_set_new(known, name, step);
	}
	if (below)
		json_array_append_new(json_object_get(step, "below"), json_string(below));
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_sorted(struct plan *plan, json_t *known)
{
	size_t count = json_object_size(known), n = 0;
	auto_free const char **names = xcalloc(count, sizeof(*names));
	const char *name;
	json_t *step;

	json_object_foreach(known, name, step)
		names[n++] = name;
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count; i++)
		plan_add_new(plan, json_incref(json_object_get(known, names[i])));
}

int caches_plan(struct plan *plan, const json_t *doc, struct err *err)
{
	json_auto_t *known = json_object();
	const json_t *wish;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, wish) {
		if (strcmp(step_text(wish, "step"), "cache") != 0)
			continue;
		if (add_wish(plan, known, wish, err) < 0) {
			auto_free char *above = xasprintf("/ocipipe/prepare/%zu", i);

			return err_under(err, above);
		}
	}
	add_sorted(plan, known);
	return 0;
}

/* ---- directories --------------------------------------------------------- */

/* Ours alone: in a directory of others' anybody could put anything in the way (B174). */
static int check_ours(int dir, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return err_errno(err, path, "cannot examine");
	if (st.st_uid == geteuid() && !(st.st_mode & 022))
		return 0;
	err_set(err, ERR_HOST, "must belong to us, and others must not write to it");
	err_where(err, "%s", path);
	return err_hint(err, "--cache-dir chooses another one");
}

static int make_above(const char *path, struct err *err)
{
	auto_free char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return err_errno(err, copy, "cannot make the directory");
		*slash = '/';
	}
	return 0;
}

static int make_top(const char *path, struct err *err)
{
	bool there = mkdir(path, 0700) == 0 || errno == EEXIST;

	if (!there && errno == ENOENT) {
		if (make_above(path, err) < 0)
			return -1;
		there = mkdir(path, 0700) == 0 || errno == EEXIST;
	}
	return there ? 0 : err_errno(err, path, "cannot make the directory of the caches");
}

static int open_top(const char *path, struct err *err)
{
	auto_close int fd = -1;

	if (make_top(path, err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, path, "cannot open the directory of the caches");
	return check_ours(fd, path, err) < 0 ? -1 : steal_fd(&fd);
}

static int open_in(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The cache's own directory, made if it is not there. */
static int open_cache(const char *path, const char *name, struct err *err)
{
	auto_free char *above = xstrndup(path, strlen(path) - strlen(name) - 1);
	auto_close int top = open_top(above, err);
	int dir;

	if (top < 0)
		return -1;
	if (mkdirat(top, name, 0700) < 0 && errno != EEXIST)
		return err_errno(err, path, "cannot make the cache");
	dir = open_in(top, name);
	return dir < 0 ? err_errno(err, path, "cannot open the cache") : dir;
}

/* For whoever lists them. */
static void write_id(int dir, const char *id)
{
	auto_close int fd =
		openat(dir, "id", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct err ignored;

	if (fd >= 0)
		(void)!io_write_all(fd, id, strlen(id), &ignored);
}

/* The owner and mode that were asked for. */
static int dress(int dir, const char *name, const struct owner *owner, mode_t mode)
{
	auto_close int fd = open_in(dir, name);

	return fd < 0 || fchown(fd, owner->uid, owner->gid) < 0 || fchmod(fd, mode) < 0 ? -1
	                                                                                : 0;
}

/*
 * Made aside, so that it is there with its owner and mode or not at all; who shares it may
 * be making it too.
 */
static int make_data(int dir, const char *name, const struct acting *acting,
                     const json_t *step, struct err *err)
{
	auto_free char *aside = xasprintf("new-%d", (int)getpid());
	uint64_t mode = 0;
	struct owner owner;

	(void)!doc_get_u64(json_object_get(step, "mode"), &mode);
	if (step_owner(acting, step, &owner, err) < 0)
		return -1;
	if (mkdirat(dir, aside, 0700) < 0 && errno != EEXIST)
		return err_errno(err, "", "cannot make the cache");
	if (dress(dir, aside, &owner, (mode_t)mode) < 0)
		return err_errno(err, "", "cannot give the cache to %u:%u", owner.uid,
		                 owner.gid);
	if (renameat2(dir, aside, dir, name, RENAME_NOREPLACE) < 0) {
		if (errno != EEXIST)
			return err_errno(err, "", "cannot make the cache");
		unlinkat(dir, aside, AT_REMOVEDIR);
	}
	return open_in(dir, name);
}

/* ---- locks --------------------------------------------------------------- */

static void keep_lock(struct cache_lock **list, int fd)
{
	struct cache_lock *lock = xcalloc(1, sizeof(*lock));

	*lock = (struct cache_lock){ *list, fd };
	*list = lock;
}

void caches_release(struct cache_lock **list)
{
	while (*list) {
		struct cache_lock *lock = *list;

		*list = lock->next;
		close(lock->fd);
		free(lock);
	}
}

static int open_lock(int dir, const char *name, struct err *err)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_errno(err, name, "cannot open the cache's lock") : fd;
}

/* Who has it alone writes his name into it. */
static void sign(int fd, const char *run)
{
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, run, strlen(run), 0);
}

static void say_waiting(const struct acting *acting, int fd, const char *id)
{
	char holder[128];
	ssize_t len = pread(fd, holder, sizeof(holder), 0);

	fprintf(stderr, "%s: waiting for the cache '%s', which %.*s uses\n", acting->tool,
	        id, len > 0 ? (int)len : 11, len > 0 ? holder : "another run");
}

/*
 * flock(2) waits for ever and cannot be told to stop, so another process does the
 * waiting: the lock belongs to the open file, which both have.
 */
static pid_t start_waiter(int fd, int how)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			_exit(1);
	_exit(0);
}

static int await(const struct acting *acting, pid_t pid, int fd, const char *id)
{
	auto_close int process = proc_open(pid);
	int ended = watch_other(acting->watch, process, SAY_AFTER);

	if (ended == 0) {
		say_waiting(acting, fd, id);
		ended = watch_other(acting->watch, process, -1);
	}
	return ended < 0 ? -1 : 0;
}

static int wait_for(const struct acting *acting, int fd, int how, const char *id,
                    struct err *err)
{
	pid_t pid = start_waiter(fd, how);
	int status = 0, ret;

	if (pid < 0)
		return err_errno(err, "", "cannot fork");
	ret = await(acting, pid, fd, id);
	if (ret < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (ret < 0)
		return err_set(err, ERR_QUIET, "told to end");
	if (status != 0)
		return err_set(err, ERR_SYSTEM, "the cache '%s' cannot be locked", id);
	return 0;
}

static bool is_removed(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || st.st_nlink == 0;
}

/* The lock `name`, which is kept; 0 without waiting if others have it, 1 if it is ours. */
static int try_lock(int dir, const char *name, int how, int *ret, struct err *err)
{
	auto_close int fd = open_lock(dir, name, err);

	if (fd < 0)
		return -1;
	*ret = -1;
	if (flock(fd, how | LOCK_NB) < 0 && errno != EWOULDBLOCK)
		return err_errno(err, name, "cannot lock the cache");
	if (flock(fd, how | LOCK_NB) < 0) {
		*ret = steal_fd(&fd);
		return 0;
	}
	*ret = steal_fd(&fd);
	return 1;
}

/* A private cache is the first one that nobody uses; the suffix of its names is owned. */
static int lock_private(int dir, char **suffix, int *ret, struct err *err)
{
	for (int n = 0; n < MOST_PRIVATE; n++) {
		auto_free char *mine = n ? xasprintf("-%d", n) : xstrdup("");
		auto_free char *name = xasprintf("lock%s", mine);
		int got = try_lock(dir, name, LOCK_EX, ret, err);

		if (got < 0)
			return -1;
		if (got) {
			*suffix = steal(&mine);
			return 0;
		}
		close(*ret);
	}
	return err_set(err, ERR_HOST, "%d runs have it already", MOST_PRIVATE);
}

static int lock_cache(const struct acting *acting, const json_t *step, int dir,
                      char **suffix, int *ret, struct err *err)
{
	const char *sharing = step_text(step, "sharing");
	int how = strcmp(sharing, "locked") == 0 ? LOCK_EX : LOCK_SH, got;

	if (strcmp(sharing, "private") == 0)
		return lock_private(dir, suffix, ret, err);
	*suffix = xstrdup("");
	got = try_lock(dir, "lock", how, ret, err);
	if (got < 0)
		return -1;
	if (got || wait_for(acting, *ret, how, step_text(step, "id"), err) == 0)
		return 0;
	close(steal_fd(ret));
	return -1;
}

/* ---- acting -------------------------------------------------------------- */

static int make_below(const json_t *step, int data, const struct acting *acting,
                      struct err *err)
{
	const json_t *path;
	size_t i;

	json_array_foreach(json_object_get(step, "below"), i, path)
		if (target_workdir(data, doc_string(path), acting->root_ids, err) < 0)
			return -1;
	return 0;
}

static int show(const struct acting *acting, const json_t *step, int dir,
                const char *suffix, struct err *err)
{
	auto_free char *name = xasprintf("data%s", suffix);
	auto_free char *to = xasprintf("%s/cache-%s", acting->plan->facts.run_root,
	                               step_text(step, "name"));
	auto_close int data = open_in(dir, name);

	if (data < 0 && errno == ENOENT)
		data = make_data(dir, name, acting, step, err);
	else if (data < 0)
		return err_errno(err, "", "cannot open the cache");
	if (data < 0 || make_below(step, data, acting, err) < 0)
		return -1;
	return stage_bind(data, to, -1, err);
}

static int act_locked(const struct acting *acting, const json_t *step, bool *again,
                      struct err *err)
{
	auto_close int dir =
		open_cache(step_text(step, "path"), step_text(step, "name"), err);
	auto_free char *suffix = NULL;
	int lock = -1;

	*again = false;
	if (dir < 0 || lock_cache(acting, step, dir, &suffix, &lock, err) < 0)
		return -1;
	keep_lock(acting->caches, lock);
	if (is_removed(lock)) { /* by --clean=caches, just now */
		*again = true;
		return 0;
	}
	if (strcmp(step_text(step, "sharing"), "shared") != 0)
		sign(lock, acting->plan->facts.name);
	write_id(dir, step_text(step, "id"));
	return show(acting, step, dir, suffix, err);
}

int caches_act(const struct acting *acting, const json_t *step, struct err *err)
{
	bool again;

	do {
		if (act_locked(acting, step, &again, err) < 0)
			return err->where[0]
			               ? -1
			               : err_where(err, "%s", step_text(step, "path"));
	} while (again);
	return 0;
}

/* ---- --clean=caches ------------------------------------------------------ */

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
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	bool free_ = list != NULL;

	if (!list)
		cleanup_close(&copy);
	for (struct dirent *entry; free_ && (entry = readdir(list));) {
		struct err ignored;
		int fd = -1;

		if (!str_starts(entry->d_name, "lock"))
			continue;
		free_ = try_lock(dir, entry->d_name, LOCK_EX, &fd, &ignored) == 1;
		if (fd >= 0)
			keep_lock(locks, fd);
	}
	if (list)
		closedir(list);
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
	auto_close int dir = open_in(top, name);
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
	caches_release(&locks);
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
	auto_close int top =
		open(cleaning->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int copy = top < 0 ? -1 : openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	bool clean;

	if (!list) {
		cleanup_close(&copy);
		if (errno == ENOENT)
			return 0;
		err_errno(&err, cleaning->dir, "cannot open");
		err_report(&err, cleaning->tool);
		return 1;
	}
	clean = check_ours(top, cleaning->dir, &err) == 0 &&
	        remove_all(top, list, cleaning->tool);
	if (err.kind != ERR_NONE)
		err_report(&err, cleaning->tool);
	closedir(list);
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
bool caches_clean(const char *dir, const char *tool)
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
