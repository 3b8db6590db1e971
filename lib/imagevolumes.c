// SPDX-License-Identifier: Apache-2.0
#include "imagevolumes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "dir.h"
#include "io.h"
#include "lastdir.h"
#include "rmtree.h"
#include "rootfs.h"
#include "spec.h"
#include "stage.h"
#include "treecopy.h"
#include "userns.h"
#include "watch.h"

/* The kernel's word for an owner that it cannot say. */
enum { NOBODY = 65534 };

/* ---- deciding ------------------------------------------------------------ */

void imagevolumes_plan(struct plan *plan, const json_t *doc)
{
	const json_t *wish;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, wish) {
		const char *path = step_text(wish, "mount");

		if (strcmp(step_text(wish, "step"), "volume") != 0)
			continue;
		plan_add_new(plan, json_pack("{s:s, s:s, s:s*}", "step", "volume", "path",
		                             path, "dir", step_text(wish, "dir")));
	}
}

/* ---- what it is filled from ---------------------------------------------- */

static int cannot_fill(const char *path, struct err *err)
{
	err_errno(err, path, "cannot be a volume");
	err->kind = ERR_HOST;
	return -1;
}

/*
 * The directory in the root filesystem, which is made if it is missing, and stays (B127).
 * It is looked at where the container will see it, so with the owners that it will have.
 */
static int open_original(const struct acting *acting, const char *path, struct err *err)
{
	auto_free char *staged = xasprintf("%s/rootfs", acting->plan->facts.run_root);
	auto_close int root = -1;
	int fd;

	if (target_mount(acting->root, NULL, path, S_IFDIR | 0755, acting->owner, err) < 0)
		return -1;
	root = rootfs_open(staged, err);
	if (root < 0)
		return -1;
	fd = rootfs_openat(root, path, O_RDONLY | O_DIRECTORY);
	return fd < 0 ? cannot_fill(path, err) : fd;
}

/* What the copying asks us about. */
struct filling {
	const struct acting *acting;
	bool lasts;
};

static bool told_to_end(void *data)
{
	const struct acting *acting = ((const struct filling *)data)->acting;

	watch_look(acting->watch);
	return watch_asked(acting->watch);
}

/*
 * What lasts is for runs of any mappings: its owners are the container's ids.  An id that
 * the mappings leave out is seen as nobody's, who would really get the file.
 */
static bool map_owner(void *data, const char *kind, uint32_t id, uint32_t *ret)
{
	const struct filling *filling = data;
	const json_t *maps = filling->acting->plan->maps;

	*ret = id;
	if (!plan_maps_ids(filling->acting->plan))
		return true;
	if (filling->lasts)
		return userns_container_id(maps, kind, id, ret);
	return id != NOBODY || userns_covers(maps, kind, id);
}

/* ---- filling ------------------------------------------------------------- */

/* A directory of ours in `above`, which goes if we die; its name is owned. */
static int make_aside(const struct acting *acting, int above, const char *path, char **name,
                      struct err *err)
{
	uint64_t random;
	json_t *line;
	int fd;

	if (io_random(&random, err) < 0)
		return -1;
	*name = xasprintf("new-%016llx", (unsigned long long)random);
	line = json_pack("{s:s, s:o}", "undo", "tree", "path",
	                 json_sprintf("%s/%s", path, *name));
	if (!line)
		return err_set(err, ERR_HOST, "%s is not UTF-8", path);
	if (journal_add_new(acting->journal, line, err) < 0)
		return -1;
	fd = mkdirat(above, *name, 0700) < 0 ? -1 : dir_open(above, *name);
	return fd < 0 ? err_errno(err, path, "cannot make a directory") : fd;
}

/* Who fills the same volume at the same time may be faster: then that one is it. */
static int fill_aside(struct filling *filling, int original, int aside, int above,
                      const char *name, struct err *err)
{
	const struct tree_copying how = {
		.stop = told_to_end,
		.map = map_owner,
		.data = filling,
	};

	if (tree_copy(original, aside, "data", &how, err) < 0)
		return -1;
	if (renameat2(aside, "data", above, name, RENAME_NOREPLACE) == 0 || errno == EEXIST)
		return 0;
	return err_errno(err, "", "cannot be named");
}

static int fill(struct filling *filling, int original, int above, const char *path,
                const char *name, struct err *err)
{
	auto_free char *aside_name = NULL;
	auto_close int aside = make_aside(filling->acting, above, path, &aside_name, err);
	struct err later;
	int ret;

	if (aside < 0)
		return -1;
	ret = fill_aside(filling, original, aside, above, name, err);
	if (rmtree(above, aside_name, ret < 0 ? &later : err) < 0)
		return -1;
	return ret;
}

/* ---- acting -------------------------------------------------------------- */

/* Where volumes of the step's kind live: owned. */
static char *place_of(const struct acting *acting, const json_t *step)
{
	const char *dir = step_text(step, "dir");

	return dir ? xstrdup(dir) : xasprintf("%s/volumes", acting->data_path);
}

static int open_volume(const struct acting *acting, const json_t *step, int original,
                       struct err *err)
{
	struct filling filling = { acting, step_text(step, "dir") != NULL };
	const char *path = step_text(step, "path");
	auto_free char *place = place_of(acting, step);
	auto_free char *name = digest_bytes(path, strlen(path));
	auto_close int above = lastdir_open(place, "--image-volume-dir", err);
	auto_close int fd = -1;

	if (above < 0)
		return -1;
	fd = dir_open(above, name);
	if (fd < 0 && errno == ENOENT) {
		if (fill(&filling, original, above, place, name, err) < 0)
			return -1;
		fd = dir_open(above, name);
	}
	return fd < 0 ? err_errno(err, place, "cannot open %s", name) : steal_fd(&fd);
}

static int show(const struct acting *acting, const json_t *step, struct err *err)
{
	const char *path = step_text(step, "path");
	auto_free char *name = mountprep_name(path);
	auto_free char *to = xasprintf("%s/volume-%s", acting->plan->facts.run_root, name);
	auto_close int original = open_original(acting, path, err);
	auto_close int volume = -1;

	if (original < 0)
		return -1;
	volume = open_volume(acting, step, original, err);
	return volume < 0 ? -1 : stage_bind(volume, to, -1, err);
}

/* "sub/file" is in the volume. */
static int blame(const char *path, struct err *err)
{
	auto_free char *above = xasprintf("%s/", path);

	if (!err->where[0])
		return err_where(err, "%s", path);
	return *err->where == '/' ? -1 : err_under(err, above);
}

int imagevolumes_act(const struct acting *acting, const json_t *step, struct err *err)
{
	return show(acting, step, err) < 0 ? blame(step_text(step, "path"), err) : 0;
}
