// SPDX-License-Identifier: Apache-2.0
#include "layering.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spec.h"
#include "stage.h"
#include "userns.h"

bool layering_wanted(const struct plan *plan)
{
	return json_array_size(json_object_get(plan->layers, "lower")) > 0;
}

/* The layer that takes the writes, or NULL. */
static const char *layer(const struct plan *plan)
{
	return step_text(plan->layers, "upper");
}

/* Where the writes land, and overlayfs's scratch beside them; owned. */
static char *upper_path(const struct acting *acting)
{
	const char *kept = layer(acting->plan);

	return kept ? xasprintf("%s.partial", kept)
	            : xasprintf("%s/rootfs-upper", acting->data_path);
}

static char *work_path(const struct acting *acting)
{
	const char *kept = layer(acting->plan);

	return kept ? xasprintf("%s.work", kept)
	            : xasprintf("%s/rootfs-work", acting->data_path);
}

/* ---- the lower directories ----------------------------------------------- */

static int stage_lower(const struct acting *acting, size_t number, const char *path,
                       struct stat *st, bool *mapped, struct err *err)
{
	const struct plan *plan = acting->plan;
	auto_free char *to = xasprintf("%s/lower-%zu", plan->facts.run_root, number);
	auto_close int userns = -1;
	auto_close int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, st) < 0) {
		err_errno(err, path, "cannot be a layer");
		err->kind = ERR_HOST;
		return -1;
	}
	*mapped = plan_wants_idmap(plan, st);
	if (*mapped) {
		userns = userns_open(plan->maps, err);
		if (userns < 0)
			return -1;
	}
	return stage_bind(fd, to, userns, err);
}

/* All of them; `st` and `mapped` are of the topmost. */
static int stage_lowers(const struct acting *acting, struct stat *st, bool *mapped,
                        struct err *err)
{
	const json_t *lower = json_object_get(acting->plan->layers, "lower");
	json_t *path;
	size_t i;

	json_array_foreach(lower, i, path) {
		if (stage_lower(acting, i, doc_string(path), st, mapped, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the upper directory ------------------------------------------------- */

static int exists_already(const char *path, const char *what, struct err *err)
{
	err_set(err, ERR_HOST, "%s", what);
	err_where(err, "%s", path);
	return err_hint(err, "remove it to run the step again");
}

/* Written down first, so that nothing of a step that failed is left. */
static int make_ours(const struct acting *acting, const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return exists_already(path, "is being made, or was left behind", err);
	if (journal_add_new(acting->journal,
	                    json_pack("{s:s, s:s}", "undo", "tree", "path", path), err) < 0)
		return -1;
	return mkdir(path, 0700) < 0 ? err_errno(err, path, "cannot make the directory")
	                             : 0;
}

/* The top of the overlay looks as the topmost layer does. */
static int dress(const struct acting *acting, const char *path, const struct stat *below,
                 bool mapped, struct err *err)
{
	const json_t *maps = acting->plan->maps;
	uint32_t uid = below->st_uid, gid = below->st_gid;

	if (mapped && (!userns_host_id(maps, "uid", below->st_uid, &uid) ||
	               !userns_host_id(maps, "gid", below->st_gid, &gid)))
		return err_set(err, ERR_HOST, "%s: its owner is not mapped", path);
	if (chown(path, uid, gid) < 0 || chmod(path, below->st_mode & 07777) < 0)
		return err_errno(err, path, "cannot be made to look as what is below");
	return 0;
}

static int make_upper(const struct acting *acting, const char *upper, const char *work,
                      const struct stat *below, bool mapped, struct err *err)
{
	const char *kept = layer(acting->plan);
	struct stat st;

	if (kept && lstat(kept, &st) == 0)
		return exists_already(kept, "there is such a layer already", err);
	if (make_ours(acting, upper, err) < 0 || make_ours(acting, work, err) < 0)
		return -1;
	return dress(acting, upper, below, mapped, err);
}

/* ---- the mount ----------------------------------------------------------- */

/* A path in an option: the kernel parts them at commas, and lower ones at colons. */
static void add_path(struct buf *to, const char *path)
{
	for (const char *c = path; *c; c++) {
		if (*c == ',' || *c == ':' || *c == '\\')
			buf_char(to, '\\');
		buf_char(to, *c);
	}
}

static void overlay_options(const struct acting *acting, const char *upper,
                            const char *work, struct buf *to)
{
	const struct plan *plan = acting->plan;
	size_t count = json_array_size(json_object_get(plan->layers, "lower"));

	buf_text(to, "lowerdir=");
	for (size_t i = count; i-- > 0;) { /* overlayfs wants the topmost first */
		add_path(to, plan->facts.run_root);
		buf_printf(to, "/lower-%zu%s", i, i ? ":" : "");
	}
	buf_text(to, ",upperdir=");
	add_path(to, upper);
	buf_text(to, ",workdir=");
	add_path(to, work);
	if (plan->facts.rootless)
		buf_text(to, ",userxattr");
}

/* Where overlayfs cannot write it mounts all the same, and says nothing. */
static int open_writable(const char *at, int *ret, struct err *err)
{
	auto_close int fd = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statvfs fs;

	if (fd < 0 || fstatvfs(fd, &fs) < 0)
		return err_errno(err, at, "cannot enter the overlay");
	if (fs.f_flag & ST_RDONLY)
		return err_set(err, ERR_HOST, "the overlay cannot be written to");
	*ret = steal_fd(&fd);
	return 0;
}

int layering_mount(const struct acting *acting, int *ret, struct err *err)
{
	auto_free char *at = xasprintf("%s/rootfs", acting->plan->facts.run_root);
	auto_free char *upper = upper_path(acting), *work = work_path(acting);
	auto_buf struct buf options = { 0 };
	struct stat below = { 0 };
	bool mapped = false;

	if (stage_lowers(acting, &below, &mapped, err) < 0 ||
	    make_upper(acting, upper, work, &below, mapped, err) < 0)
		return -1;
	overlay_options(acting, upper, work, &options);
	if (stage_overlay(at, options.data, err) < 0)
		return -1;
	return open_writable(at, ret, err);
}

/* ---- the end ------------------------------------------------------------- */

static int publish(const struct acting *acting, struct err *err)
{
	const char *kept = layer(acting->plan);
	auto_free char *upper = upper_path(acting);

	if (syscall(SYS_renameat2, AT_FDCWD, upper, AT_FDCWD, kept,
	            1 /* RENAME_NOREPLACE */) == 0)
		return 0;
	if (errno == EEXIST)
		return exists_already(kept, "there is such a layer meanwhile", err);
	return err_errno(err, kept, "cannot name the layer");
}

int layering_finish(const struct acting *acting, bool succeeded, struct err *err)
{
	auto_free char *at = xasprintf("%s/rootfs", acting->plan->facts.run_root);

	if (stage_unmount(at, err) < 0)
		return -1;
	return succeeded && layer(acting->plan) ? publish(acting, err) : 0;
}
