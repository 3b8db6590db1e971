// SPDX-License-Identifier: Apache-2.0
#include "planparts.h"

#include <string.h>

#include "agents.h"
#include "caches.h"
#include "imagevolumes.h"
#include "secrets.h"
#include "spec.h"
#include "step.h"
#include "subscriptions.h"

void plan_add_new(struct plan *plan, json_t *step)
{
	json_array_append_new(plan->steps, step);
}

int plan_needs_us(const char *step, const char *what, struct err *err)
{
	err_set(err, ERR_HOST, "%s: %s needs an ocirun that lives", step, what);
	return err_hint(err, "run it without --prepare-only");
}

/* What mounts show: {"step": "source", "path": SOURCE, "mount": TARGET, ...}. */
static void add_sources(struct plan *plan)
{
	for (size_t i = 0; i < plan->prep_count; i++) {
		const struct mountprep *prep = &plan->preps[i];

		plan_add_new(plan,
		             json_pack("{s:s, s:s, s:s, s:I, s:s*, s:b, s:b, s:b, s:s*}",
		                       "step", "source", "path", prep->source, "mount",
		                       prep->target, "number", (json_int_t)i, "in",
		                       prep->root, "overlay", prep->overlay, "idmap",
		                       prep->idmap, "chown", prep->chown, "relabel",
		                       !prep->relabel ? NULL
		                       : prep->shared ? "shared"
		                                      : "private"));
	}
}

/* ---- mount targets ------------------------------------------------------- */

/*
 * The mount made earlier that `path` lies in, by its index in /mounts, and how much
 * of `path` its destination is; -1: it lies in the root filesystem.
 */
static json_int_t cover_of(const json_t *earlier, const char *path, size_t *len)
{
	auto_free char *prefix = xstrdup(path);
	json_int_t last = -1;

	for (;;) {
		const json_t *index = json_object_get(earlier, prefix);
		char *slash = strrchr(prefix, '/');

		/* The last one hides those before it. */
		if (index && json_integer_value(index) > last) {
			last = json_integer_value(index);
			*len = strlen(prefix);
		}
		if (!slash || slash == prefix)
			return last;
		*slash = '\0';
	}
}

static int by_mount(const void *key, const void *member)
{
	const json_int_t *mount = key;
	const struct mountprep *prep = member;

	return (*mount > (json_int_t)prep->mount) - (*mount < (json_int_t)prep->mount);
}

/*
 * Which of the preps the mount is that a target lies in, or -1 if the target is not for us
 * to make: in an overlay or a new file system the runtime makes it, and it goes with that.
 */
static json_int_t prep_of(const struct plan *plan, json_int_t mount)
{
	const struct mountprep *prep =
		bsearch(&mount, plan->preps, plan->prep_count, sizeof(*prep), by_mount);

	return prep && !prep->overlay ? prep - plan->preps : -1;
}

/* The value of "mode=1777" in a tmpfs's options, or NULL. */
static const char *mode_of(const json_t *mount)
{
	const json_t *option;
	size_t i;

	if (!str_equal(doc_string(json_object_get(mount, "type")), "tmpfs"))
		return NULL;
	json_array_foreach(json_object_get(mount, "options"), i, option)
		if (str_starts(doc_string(option), "mode="))
			return doc_string(option) + strlen("mode=");
	return NULL;
}

static void add_target(struct plan *plan, const json_t *earlier, const json_t *mount)
{
	const char *path = doc_string(json_object_get(mount, "destination"));
	const char *source = doc_string(json_object_get(mount, "source"));
	bool bind = str_equal(doc_string(json_object_get(mount, "type")), "bind");
	size_t len = 0;
	json_int_t cover = cover_of(earlier, path, &len);
	json_int_t number = cover < 0 ? -1 : prep_of(plan, cover);
	json_t *step;

	if (cover >= 0 && (number < 0 || !path[len]))
		return;
	step = json_pack("{s:s, s:s, s:s*, s:s*}", "step", "target", "path", path + len,
	                 "of", bind ? source : NULL, "mode", mode_of(mount));
	if (number >= 0) {
		json_object_set_new(step, "in", json_string(plan->preps[number].source));
		json_object_set_new(step, "number", json_integer(number));
	}
	plan_add_new(plan, step);
}

static void add_targets(struct plan *plan)
{
	json_auto_t *earlier = json_object();
	const json_t *mount;
	size_t i;

	json_array_foreach(spec_get(plan->config, "/mounts"), i, mount) {
		add_target(plan, earlier, mount);
		json_object_set_new(earlier,
		                    doc_string(json_object_get(mount, "destination")),
		                    json_integer((json_int_t)i));
	}
}

/* ---- all of them --------------------------------------------------------- */

/* The entries of /ocipipe/prepare, whose kinds have been checked. */
static int add_prepare(struct plan *plan, const json_t *doc, struct err *err)
{
	const json_t *wish;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, wish) {
		const char *name = doc_string(json_object_get(wish, "step"));
		const struct step_kind *kind = step_kind(name);
		int ret = 0;

		if (!kind)
			ret = err_at(err, "/step", "unknown step '%s'", name);
		else if (plan->facts.prepare_only && kind->needs_us)
			ret = plan_needs_us(name, kind->needs_us, err);
		else if (kind->plan)
			ret = kind->plan(plan, wish, err);
		if (ret < 0) {
			auto_free char *above = xasprintf("/ocipipe/prepare/%zu", i);

			return err_under(err, above);
		}
	}
	return 0;
}

static void add_config(struct plan *plan)
{
	plan_add_new(plan,
	             json_pack("{s:s, s:s}", "step", "config", "path", "config.json"));
}

/* For somebody else's runtime, which makes mount targets and cgroups itself. */
static int make_steps_only(struct plan *plan, const json_t *doc, struct err *err)
{
	if (json_object_get(plan->layers, "lower"))
		return plan_needs_us("rootfs", "an overlay of the root file system", err);
	if (json_is_true(json_object_get(plan->layers, "idmap")))
		return plan_needs_us("rootfs", "an idmapped root file system", err);
	add_sources(plan);
	if (add_prepare(plan, doc, err) < 0)
		return -1;
	add_config(plan);
	if (netchoice_needs_us(plan->facts.network))
		return plan_needs_us("network", netchoice_mode(plan->facts.network), err);
	return 0;
}

/* Once there is a container, and before its command starts. */
static void add_network(struct plan *plan)
{
	const struct netchoice *choice = plan->facts.network;

	if (netchoice_needs_us(choice))
		plan_add_new(plan,
		             json_pack("{s:s, s:s, s:s, s:s*}", "step", "network", "path",
		                       choice->program, "mode", netchoice_mode(choice),
		                       "because", choice->why));
}

int plan_make_steps(struct plan *plan, const json_t *doc, struct err *err)
{
	if (plan->facts.prepare_only)
		return make_steps_only(plan, doc, err);
	plan_add_new(plan, json_pack("{s:s, s:s, s:O*, s:O*}", "step", "rootfs", "path",
	                             plan->rootfs, "lower",
	                             json_object_get(plan->layers, "lower"), "upper",
	                             json_object_get(plan->layers, "upper")));
	if (caches_plan(plan, doc, err) < 0)
		return -1;
	imagevolumes_plan(plan, doc);
	secrets_plan(plan, doc);
	subscriptions_plan(plan, doc);
	agents_plan(plan, doc);
	add_sources(plan);
	if (add_prepare(plan, doc, err) < 0)
		return -1;
	add_targets(plan);
	if (plan->facts.hook_records)
		plan_add_new(plan, json_pack("{s:s, s:s}", "step", "hooks", "path",
		                             plan->facts.hook_records));
	add_config(plan);
	plan_add_cgroup(plan);
	add_network(plan);
	plan_add_new(plan, json_pack("{s:s, s:s, s:s*}", "step", "run", "path",
	                             plan->facts.runtime, "because", plan->facts.why));
	return 0;
}
