// SPDX-License-Identifier: Apache-2.0
#include "step.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents.h"
#include "bundle.h"
#include "caches.h"
#include "cgroup.h"
#include "crunfilter.h"
#include "crunhooks.h"
#include "dir.h"
#include "etcfiles.h"
#include "hooktrace.h"
#include "imagevolumes.h"
#include "layering.h"
#include "parse.h"
#include "secrets.h"
#include "spec.h"
#include "stage.h"
#include "subscriptions.h"
#include "userns.h"

const char *step_text(const json_t *step, const char *member)
{
	return doc_string(json_object_get(step, member));
}

void step_add_shown(struct plan *plan, const json_t *doc, const char *kind,
                    json_t *(*origin)(const json_t *source))
{
	const json_t *wish;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, wish) {
		const json_t *source = json_object_get(wish, "source");
		const char *mount = step_text(wish, "mount");
		auto_free char *name = NULL;

		if (strcmp(step_text(wish, "step"), kind) != 0)
			continue;
		name = mountprep_name(mount);
		plan_add_new(plan,
		             json_pack("{s:s, s:s, s:s*, s:o, s:s, s:O, s:O*, s:O*, s:O*}",
		                       "step", kind, "path", mount, "id",
		                       step_text(wish, "id"), "from", origin(source),
		                       "name", name, "source", source, "mode",
		                       json_object_get(wish, "mode"), "uid",
		                       json_object_get(wish, "uid"), "gid",
		                       json_object_get(wish, "gid")));
	}
}

int step_place(const struct acting *acting, const char *name, bool in_memory,
               struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", acting->plan->facts.run_root, name);
	const char *label = doc_string(spec_get(acting->plan->config, "/linux/mountLabel"));
	int fd;

	if (in_memory) {
		if (stage_memory(path, label, err) < 0)
			return -1;
	} else if (mkdir(path, 0711) < 0 && errno != EEXIST) {
		return err_errno(err, path, "cannot make the directory");
	}
	fd = dir_open(AT_FDCWD, path);
	return fd < 0 ? err_errno(err, path, "cannot open") : fd;
}

int step_blame(const char *name, struct err *err)
{
	auto_free char *where = xasprintf("%s%s", name, err->where[0] ? ": " : "");

	return err_under(err, where);
}

int step_owner(const struct acting *acting, const json_t *step, struct owner *ret,
               struct err *err)
{
	const struct owner inner = owner_of(step);
	const json_t *maps = acting->plan->maps;

	*ret = inner;
	if (!plan_maps_ids(acting->plan))
		return 0;
	if (userns_host_id(maps, "uid", inner.uid, &ret->uid) &&
	    userns_host_id(maps, "gid", inner.gid, &ret->gid))
		return 0;
	return err_set(err, ERR_HOST, "its owner %u:%u has no mapping", inner.uid,
	               inner.gid);
}

/* ---- rootfs: show it where nobody else can reach it ---------------------- */

static int act_rootfs(const struct acting *acting, const json_t *step UNUSED,
                      struct err *err)
{
	const struct plan *plan = acting->plan;
	auto_free char *to = xasprintf("%s/rootfs", plan->facts.run_root);
	auto_close int userns = -1;

	if (layering_wanted(plan))
		return 0; /* it is there: everything else is done in it */
	if (acting->idmapped) {
		userns = userns_open(plan->maps, err);
		if (userns < 0)
			return -1;
	}
	return stage_bind(acting->root, to, userns, err);
}

/* ---- source: what a mount shows ------------------------------------------ */

static struct mountprep_owners owners_of(const struct plan *plan)
{
	return (struct mountprep_owners){
		.maps = plan->maps,
		.user = spec_get(plan->config, "/process/user"),
		.outside = !plan->facts.rootless || plan->facts.prepare_only,
		.user_namespace = plan->user_namespace,
		.label = doc_string(spec_get(plan->config, "/linux/mountLabel")),
	};
}

static const struct mountprep *prep_of(const struct plan *plan, const json_t *step)
{
	return &plan->preps[json_integer_value(json_object_get(step, "number"))];
}

static int act_source(const struct acting *acting, const json_t *step, struct err *err)
{
	const struct mountprep_owners owners = owners_of(acting->plan);

	return mountprep_act(prep_of(acting->plan, step), &owners, err);
}

/* ---- workdir: the working directory, which stays ------------------------- */

static int plan_workdir(struct plan *plan, const json_t *wish UNUSED,
                        struct err *err UNUSED)
{
	plan_add_new(plan, json_pack("{s:s, s:O}", "step", "workdir", "path",
	                             spec_get(plan->config, "/process/cwd")));
	return 0;
}

static int act_workdir(const struct acting *acting, const json_t *step, struct err *err)
{
	return target_workdir(acting->root, step_text(step, "path"), acting->owner, err);
}

/* ---- target: what something is mounted on -------------------------------- */

/*
 * What a target must be for what goes there; 0 if that is missing.  Over a directory
 * that is there runc 1.1 gives a tmpfs its mode, so a new one gets what was asked for.
 */
static mode_t target_mode(const json_t *step, struct err *err)
{
	const char *of = step_text(step, "of"), *mode = step_text(step, "mode");
	uint32_t bits = 0755;
	struct stat st;

	if (of && *of == '/') {
		if (stat(of, &st) == 0)
			return S_ISDIR(st.st_mode) ? S_IFDIR | 0755 : S_IFREG;
		err_errno(err, of, "cannot be mounted at %s", step_text(step, "path"));
		err->kind = ERR_HOST;
		return 0;
	}
	if (of) /* a file in the bundle, which has been made by now */
		return S_IFREG;
	if (mode && !parse_octal(mode, 07777, &bits))
		bits = 0755;
	return S_IFDIR | bits;
}

static int make_below(const struct acting *acting, const json_t *step, mode_t mode,
                      struct err *err)
{
	const struct mountprep *prep = prep_of(acting->plan, step);
	const struct mountprep_owners owners = owners_of(acting->plan);
	const struct below_target target = {
		.path = step_text(step, "path"),
		.mode = mode,
		.owner = mountprep_root(prep, &owners),
	};

	if (below_make(acting->below, acting->rootlock->dir, prep, &target, err) == 0)
		return 0;
	return err->where[0] ? -1 : err_where(err, "%s%s", prep->target, target.path);
}

static int act_target(const struct acting *acting, const json_t *step, struct err *err)
{
	mode_t mode = target_mode(step, err);

	if (!mode)
		return -1;
	if (json_object_get(step, "number"))
		return make_below(acting, step, mode, err);
	return target_mount(acting->root, acting->targets, step_text(step, "path"), mode,
	                    acting->owner, err);
}

/* ---- file: a generated one ----------------------------------------------- */

static int plan_file(struct plan *plan, const json_t *wish, struct err *err UNUSED)
{
	json_t *step = json_deep_copy(wish);

	json_object_del(step, "mount"); /* which has a step of its own */
	plan_add_new(plan, step);
	return 0;
}

static int act_file(const struct acting *acting, const json_t *step, struct err *err)
{
	const struct plan *plan = acting->plan;
	const char *kind = step_text(step, "kind");
	const struct etc_context context = {
		.config = plan->config,
		.step = step,
		.network = plan->network,
		.name = plan->facts.name,
		.host_name = plan->host_name,
		.rootless = plan->facts.rootless,
	};
	const struct bundle_file file = {
		.bundle = plan->bundle,
		.path = step_text(step, "path"),
		.mode = strcmp(kind, "containerenv") == 0 ? 0755 : 0644, /* B273 */
		.owner = acting->root_ids,
	};
	auto_buf struct buf text = { 0 };

	if (etc_file(kind, &context, &text, err) < 0)
		return -1;
	return bundle_write(&file, &text, err);
}

/* ---- config: config.json ------------------------------------------------- */

/* What is only for this runtime, nobody else must come to see. */
static json_t *config_for(const struct plan *plan, struct err *err)
{
	if (!plan->facts.unseen)
		return json_incref(plan->config);
	if (json_object_get(plan->config, "hooks"))
		return crunhooks_add(plan, err);
	return crunfilter_add(plan->config, plan->facts.runtime);
}

static int act_config(const struct acting *acting, const json_t *step, struct err *err)
{
	json_auto_t *config = config_for(acting->plan, err);
	const struct bundle_file file = {
		.bundle = acting->plan->bundle,
		.path = step_text(step, "path"),
		.mode = 0600,
		.owner = { geteuid(), getegid() },
	};
	auto_buf struct buf text = { 0 };

	if (!config)
		return -1;
	doc_print(config, DOC_INDENTED, &text);
	buf_char(&text, '\n');
	return bundle_write(&file, &text, err);
}

/* ---- cgroup: which the runtime makes ------------------------------------- */

/* A cgroup that was there before is not ours to remove. */
static int act_cgroup(const struct acting *acting, const json_t *step, struct err *err)
{
	const char *path = step_text(step, "path");
	bool own = json_is_true(json_object_get(step, "own"));

	if (cgroup_exists(path)) {
		if (!own)
			return 0;
		err_set(err, ERR_HOST, "there is such a cgroup already");
		return err_where(err, "%s", path);
	}
	return journal_add_new(acting->journal,
	                       json_pack("{s:s, s:s, s:b}", "undo", "cgroup", "path", path,
	                                 "own", own),
	                       err);
}

/* ---- all of them --------------------------------------------------------- */

/* clang-format off */
static const struct step_kind kinds[] = {
	{ .name = "rootfs", .act = act_rootfs },
	{ .name = "source", .act = act_source, .needs_us = "a source that is pinned in its context" },
	{ .name = "workdir", .plan = plan_workdir, .act = act_workdir },
	{ .name = "target", .act = act_target },
	{ .name = "file", .plan = plan_file, .act = act_file },
	{ .name = "hooks", .act = hooktrace_act },
	{ .name = "config", .act = act_config },
	{ .name = "cgroup", .act = act_cgroup },
	{ .name = "network" },
	{ .name = "run" },

	/* Entries of /ocipipe/prepare that are part of their mount's source. */
	{ .name = "overlay" }, { .name = "chown" }, { .name = "relabel" },
	{ .name = "cache", .act = caches_act, .needs_us = "a cache that is locked" },
	{ .name = "volume", .act = imagevolumes_act, .needs_us = "an image volume" },
	{ .name = "secret", .act = secrets_act, .needs_us = "a secret" },
	{ .name = "subscription", .act = subscriptions_act, .needs_us = "a copy in memory" },
	{ .name = "ssh", .act = agents_act, .needs_us = "an ssh agent" },
	{ .name = "idmap", .needs_us = "an idmapped source" },
};
/* clang-format on */

const struct step_kind *step_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
