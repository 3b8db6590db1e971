// SPDX-License-Identifier: Apache-2.0
#include "mountrow.h"

#include <limits.h>
#include <string.h>

#include "here.h"
#include "mountagent.h"
#include "mountlist.h"
#include "mountsecret.h"

static bool has(const struct mount_request *request, enum mount_group group)
{
	return request->group[group] != NULL;
}

/* ---- where from ---------------------------------------------------------- */

static const struct mount_context *find_context(const struct mount_places *places,
                                                const char *name)
{
	/* The last one of a name wins. */
	for (size_t i = places->count; i-- > 0;)
		if (strcmp(places->contexts[i].name, name) == 0)
			return &places->contexts[i];
	return NULL;
}

static int unknown_context(const char *name, struct err *err)
{
	err_set(err, ERR_USAGE, "there is no context '%s'", name);
	return err_hint(err,
	                "name it with --build-context=%s=DIR; images are not looked for",
	                name);
}

/* The context that the source is in; *ret is NULL for a path of the host. */
static int choose_context(const struct mount_request *request,
                          const struct mount_places *places,
                          const struct mount_context **ret, struct err *err)
{
	*ret = request->confined ? find_context(places, request->from ? request->from : "")
	                         : NULL;
	return request->from && !*ret ? unknown_context(request->from, err) : 0;
}

/* ---- where to ------------------------------------------------------------ */

/* /proc must stay the kernel's: LSM labels are written there (CVE-2019-16884). */
static int check_target(const char *target, struct err *err)
{
	if (strlen(target) >= PATH_MAX)
		return err_set(err, ERR_USAGE, "the target is longer than a path can be");
	if (strcmp(target, "/") == 0)
		return err_set(err, ERR_USAGE, "the target must not be /");
	if (strcmp(target, "/proc") == 0 || str_starts(target, "/proc/"))
		return err_set(err, ERR_USAGE, "the target must not be in /proc");
	return 0;
}

/* A relative target is relative to the working directory (B161, B038). */
int mountrow_target(const char *target, const char *workdir, char **ret, struct err *err)
{
	auto_free char *joined = NULL, *tidy = NULL;

	if (!target || !*target)
		return err_set(err, ERR_USAGE, "has no target");
	joined = xasprintf("%s/%s", *target == '/' ? "" : workdir, target);
	tidy = mountlist_tidy(joined);
	if (check_target(tidy, err) < 0)
		return -1;
	*ret = steal(&tidy);
	return 0;
}

/* ---- the row ------------------------------------------------------------- */

json_t *mountrow_ours(const char *target, const char *source)
{
	return json_pack("{s:s, s:s, s:s, s:[s, s, s, s, s, s]}", "destination", target,
	                 "type", "bind", "source", source, "options", "bind", "rprivate",
	                 "nosuid", "nodev", "noexec", "ro");
}

json_t *mountrow_step(const struct mount_request *request, const char *kind,
                      const char *target, const char *id, const json_t *source)
{
	json_t *step = json_pack("{s:s, s:s, s:s, s:O}", "step", kind, "mount", target,
	                         "id", id, "source", (json_t *)(uintptr_t)source);

	if (request->has_mode)
		json_object_set_new(step, "mode", doc_u64(request->mode));
	if (request->uid || request->gid) {
		json_object_set_new(step, "uid", doc_u64(request->uid));
		json_object_set_new(step, "gid", doc_u64(request->gid));
	}
	return step;
}

static void add(json_t *options, const char *word)
{
	if (word)
		json_array_append_new(options, json_string(word));
}

static void add_data(const struct mount_request *request, json_t *options)
{
	if (request->has_mode) {
		auto_free char *mode = xasprintf("mode=%o", request->mode);

		add(options, mode);
	}
	if (request->has_size) {
		auto_free char *size =
			xasprintf("size=%llu", (unsigned long long)request->size);

		add(options, size);
	}
}

/* Only words that the kernel or a runtime knows; the rest becomes steps (B136). */
static json_t *options(const struct mount_request *request)
{
	static const enum mount_group order[] = { GROUP_RECURSION, GROUP_PROPAGATION,
		                                  GROUP_SUID,      GROUP_DEV,
		                                  GROUP_EXEC,      GROUP_ACCESS };
	const char *copyup = request->group[GROUP_COPYUP];
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		add(list, request->group[order[i]]);
	if (str_equal(copyup, "tmpcopyup"))
		add(list, copyup);
	add_data(request, list);
	return list;
}

/* Every bind mount says all three, so that no reader has to know a default (B137). */
static void complete_bind(struct mount_request *request)
{
	const char **group = request->group;

	if (!group[GROUP_RECURSION])
		group[GROUP_RECURSION] = "rbind";
	if (!group[GROUP_PROPAGATION])
		group[GROUP_PROPAGATION] = strcmp(group[GROUP_RECURSION], "rbind") == 0
		                                   ? "rprivate"
		                                   : "private";
}

static void add_step(json_t *steps, const char *kind, const char *mount)
{
	json_array_append_new(steps, json_pack("{s:s, s:s}", "step", kind, "mount", mount));
}

/* A source in a context may not lead out of it: it is looked up there, by ocirun. */
static void add_source(json_t *steps, const char *mount,
                       const struct mount_context *context, const char *path)
{
	json_array_append_new(steps,
	                      json_pack("{s:s, s:s, s:s, s:s}", "step", "source", "mount",
	                                mount, "root", context->path, "subpath", path));
}

/* Absolute, or NULL for none; owned. */
static int host_path(const char *path, const struct mount_places *places, char **ret,
                     struct err *err)
{
	*ret = path ? here_absolute(path, places->cwd, err) : NULL;
	return path && !*ret ? -1 : 0;
}

static int add_overlay(const struct mount_request *request,
                       const struct mount_places *places, const char *mount,
                       const char *lower, json_t *steps, struct err *err)
{
	auto_free char *upper = NULL, *work = NULL;

	if (host_path(request->upper, places, &upper, err) < 0 ||
	    host_path(request->work, places, &work, err) < 0)
		return -1;
	json_array_append_new(steps, json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "step",
	                                       "overlay", "mount", mount, "lower", lower,
	                                       "upper", upper, "work", work));
	return 0;
}

static void add_marks(const struct mount_request *request, const char *mount, json_t *steps)
{
	const char *label = request->group[GROUP_LABEL];

	if (label)
		json_array_append_new(steps,
		                      json_pack("{s:s, s:s, s:b}", "step", "relabel",
		                                "mount", mount, "shared", *label == 'z'));
	if (has(request, GROUP_OWNER))
		add_step(steps, "chown", mount);
	if (has(request, GROUP_IDMAP))
		add_step(steps, "idmap", mount);
}

static json_t *row(const char *target, const char *type, const char *source,
                   const struct mount_request *request)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "destination", target, "type", type,
	                 "source", source, "options", options(request));
}

/*
 * What a step writes to a context is thrown away: it is the same for every
 * step, and often the user's own tree (CVE-2025-4953).
 */
static bool is_overlay(const struct mount_request *request,
                       const struct mount_context *context)
{
	return request->type == MOUNT_OVERLAY ||
	       (context && strcmp(request->group[GROUP_ACCESS], "rw") == 0);
}

static int make_with_source(struct mount_request *request,
                            const struct mount_places *places, const char *target,
                            json_t **ret, json_t *steps, struct err *err)
{
	const struct mount_context *context;
	auto_free char *inside = NULL, *source = NULL;

	if (choose_context(request, places, &context, err) < 0)
		return -1;
	if (!request->source && !context)
		return err_set(err, ERR_USAGE, "needs a source");
	if (context) {
		inside = mountlist_tidy(request->source ? request->source : "");
		source = xasprintf("%s%s", context->path,
		                   strcmp(inside, "/") == 0 ? "" : inside);
		add_source(steps, target, context, inside);
	} else if (host_path(request->source, places, &source, err) < 0) {
		return -1;
	}
	if (is_overlay(request, context)) {
		request->group[GROUP_RECURSION] = request->group[GROUP_PROPAGATION] = NULL;
		if (add_overlay(request, places, target, source, steps, err) < 0)
			return -1;
		*ret = row(target, "overlay", "overlay", request);
	} else {
		complete_bind(request);
		*ret = row(target, "bind", source, request);
	}
	return 0;
}

/*
 * A cache is found by its id, without one by its target (B175).  In a context it is what
 * lies there, and only the lock is the cache's (B178).
 */
static int make_cache(struct mount_request *request, const struct mount_places *places,
                      const char *target, json_t **ret, json_t *steps, struct err *err)
{
	const char *id = request->id ? request->id : target;
	auto_free char *inside = mountlist_tidy(request->source ? request->source : "");
	const struct mount_context *context = NULL;
	json_t *step;

	if (request->from && choose_context(request, places, &context, err) < 0)
		return -1;
	step = json_pack("{s:s, s:s, s:s, s:s*}", "step", "cache", "mount", target, "id",
	                 id, "sharing", request->sharing);
	if (!step)
		return err_set(err, ERR_USAGE, "the id is not UTF-8");
	if (request->has_mode)
		json_object_set_new(step, "mode", doc_u64(request->mode));
	if (request->uid || request->gid) {
		json_object_set_new(step, "uid", doc_u64(request->uid));
		json_object_set_new(step, "gid", doc_u64(request->gid));
	}
	if (!context && strcmp(inside, "/") != 0)
		json_object_set_new(step, "subpath", json_string(inside));
	json_array_append_new(steps, step);
	if (context)
		add_source(steps, target, context, inside);
	else if (!request->group[GROUP_LABEL]) /* B173 */
		request->group[GROUP_LABEL] = "z";
	request->has_mode = false; /* it is the directory's, not the mount's */
	complete_bind(request);
	*ret = row(target, "bind", "cache", request);
	return 0;
}

int mountrow_make(const struct mount_request *request, const struct mount_places *places,
                  json_t **ret, json_t *steps, struct err *err)
{
	struct mount_request copy = *request;
	auto_free char *target = NULL;

	if (request->type == MOUNT_SSH)
		return mountagent_make(request, places->agents, ret, steps, err);
	if (request->type == MOUNT_SECRET)
		return mountsecret_make(request, places->secrets, places->workdir, ret,
		                        steps, err);
	if (mountrow_target(request->target, places->workdir, &target, err) < 0)
		return -1;
	if (request->type == MOUNT_TMPFS)
		*ret = row(target, "tmpfs", "tmpfs", request);
	else if (request->type == MOUNT_CACHE) {
		if (make_cache(&copy, places, target, ret, steps, err) < 0)
			return -1;
	} else if (make_with_source(&copy, places, target, ret, steps, err) < 0)
		return -1;
	add_marks(&copy, target, steps);
	return 0;
}
