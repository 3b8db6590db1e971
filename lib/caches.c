// SPDX-License-Identifier: Apache-2.0
#include "caches.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cachelock.h"
#include "dir.h"
#include "io.h"
#include "lastdir.h"
#include "spec.h"
#include "stage.h"

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

/* The cache's own directory, made if it is not there. */
static int open_cache(const char *path, const char *name, struct err *err)
{
	auto_free char *above = xstrndup(path, strlen(path) - strlen(name) - 1);
	auto_close int top = lastdir_open(above, "--cache-dir", err);
	int dir;

	if (top < 0)
		return -1;
	if (mkdirat(top, name, 0700) < 0 && errno != EEXIST)
		return err_errno(err, path, "cannot make the cache");
	dir = dir_open(top, name);
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

/*
 * The owner and mode that were asked for.  On disk the owner is the container's id,
 * whatever that is on this host: so runs with and without a user namespace share a cache
 * (B177).
 */
static int dress(int dir, const char *name, const struct owner *owner, mode_t mode)
{
	auto_close int fd = dir_open(dir, name);

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
	if (step_owner(acting, step, &owner, err) < 0) /* it has none outside */
		return -1;
	if (plan_maps_ids(acting->plan))
		owner = owner_of(step);
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
	return dir_open(dir, name);
}

/* ---- acting -------------------------------------------------------------- */

static int make_below(const json_t *step, int data, const struct acting *acting,
                      struct err *err)
{
	const struct owner owner =
		plan_maps_ids(acting->plan) ? (struct owner){ 0, 0 } : acting->root_ids;
	const json_t *path;
	size_t i;

	json_array_foreach(json_object_get(step, "below"), i, path)
		if (target_workdir(data, doc_string(path), owner, err) < 0)
			return -1;
	return 0;
}

static int show(const struct acting *acting, const json_t *step, int dir,
                const char *suffix, struct err *err)
{
	auto_free char *name = xasprintf("data%s", suffix);
	auto_free char *to = xasprintf("%s/cache-%s", acting->plan->facts.run_root,
	                               step_text(step, "name"));
	auto_close int data = dir_open(dir, name);

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
	if (dir < 0 || cachelock_take(acting, step, dir, &suffix, &lock, err) < 0)
		return -1;
	cachelock_keep(acting->caches, lock);
	if (io_is_removed(lock)) { /* by --clean=caches, just now */
		*again = true;
		return 0;
	}
	if (strcmp(step_text(step, "sharing"), "shared") != 0)
		cachelock_sign(lock, acting->plan->facts.name);
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
