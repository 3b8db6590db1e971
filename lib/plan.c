// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include <string.h>
#include <sys/utsname.h>

#include "agents.h"
#include "caches.h"
#include "hooktrace.h"
#include "imagevolumes.h"
#include "mountlist.h"
#include "schema.h"
#include "secrets.h"
#include "spec.h"
#include "step.h"
#include "subscriptions.h"
#include "userns.h"

/* ---- the configuration that the runtime sees ----------------------------- */

/* A path of the document as an absolute one. */
static char *absolute(const char *path, const char *base)
{
	auto_free char *whole = xasprintf("%s/%s", *path == '/' ? "" : base, path);

	return mountlist_tidy(whole);
}

static bool has_namespace(const json_t *doc, const char *type)
{
	return spec_find_entry(spec_get(doc, "/linux/namespaces"), "type", type) >= 0;
}

/*
 * The container's host name: the document's; else the container's name where it
 * has a uts namespace of its own; else this host's (B075, B272).
 */
static char *choose_host_name(const json_t *doc, const char *name)
{
	const char *given = doc_string(json_object_get(doc, "hostname"));
	const json_t *list = spec_get(doc, "/linux/namespaces");
	ptrdiff_t at = spec_find_entry(list, "type", "uts");
	struct utsname host;

	if (given)
		return xstrdup(given);
	if (at >= 0 && !json_object_get(json_array_get(list, (size_t)at), "path"))
		return xstrdup(name);
	return xstrdup(uname(&host) == 0 ? host.nodename : "localhost");
}

static int set_host_name(struct plan *plan, struct err *err)
{
	json_t *config = plan->config, *env;

	if (json_object_get(config, "hostname") ||
	    strcmp(plan->host_name, plan->facts.name) != 0)
		return 0;
	if (spec_put_new(config, "/hostname", json_string(plan->host_name), err) < 0 ||
	    spec_ensure_array(config, "/process/env", &env, err) < 0)
		return -1;
	if (spec_env_get(env, "HOSTNAME"))
		return 0;
	return spec_env_put(env, "HOSTNAME", plan->host_name, err);
}

/* The namespace that ocirun itself makes, and is in when the runtime starts. */
static void drop_user_namespace(json_t *config)
{
	spec_drop_entry(spec_get(config, "/linux/namespaces"), "type", "user");
	spec_drop(config, "/linux/uidMappings");
	spec_drop(config, "/linux/gidMappings");
}

static int version_number(const char *version, int part)
{
	while (part-- > 0) {
		version = strchr(version, '.');
		if (!version)
			return 0;
		version++;
	}
	return (int)strtol(version, NULL, 10);
}

/* Raise ociVersion to what the members need, and no further: crun refuses what it does not
 * know. */
static int raise_version(json_t *config, struct err *err)
{
	const char *has = doc_string(json_object_get(config, "ociVersion"));
	const char *needs = schema_version(config);

	for (int part = 0; part < 3; part++) {
		int more = version_number(needs, part) - version_number(has, part);

		if (more < 0)
			return 0;
		if (more > 0)
			return spec_put_new(config, "/ociVersion", json_string(needs), err);
	}
	return 0;
}

/*
 * A cgroup that is made now has no limit.  crun 1.8 writes -1 where the kernel wants to
 * read "max".
 */
static void drop_unlimited(json_t *config)
{
	static const char *const pointers[] = { "/linux/resources/pids/limit",
		                                "/linux/resources/cpu/quota" };
	int64_t value;

	for (size_t i = 0; i < ARRAY_LEN(pointers); i++)
		if (doc_get_i64(spec_get(config, pointers[i]), &value) && value < 0)
			spec_drop(config, pointers[i]);
	spec_drop_empty(config, "/linux/resources/pids");
}

static bool has_dots(const char *path)
{
	auto_free char *slashed = xasprintf("/%s/", path);

	return strstr(slashed, "/../") != NULL;
}

bool plan_makes_cgroup(const struct plan *plan)
{
	return plan->facts.cgroups && plan->facts.cgroups->can;
}

/* Limits that limit nothing, which a runtime would still want to write into a cgroup. */
static void drop_limits(json_t *config)
{
	json_t *resources = json_object_get(json_object_get(config, "linux"), "resources");
	json_t *value;
	const char *key;
	void *next;

	json_object_foreach_safe(resources, next, key, value)
		if (!str_equal(key, "devices"))
			json_object_del(resources, key);
}

/* Where there can be no cgroup, nothing may be left to it. */
static int check_unlimited(const struct plan *plan, const json_t *doc, struct err *err)
{
	const struct cgroup_place *place = plan->facts.cgroups;
	const char *asked = cgroup_place_asked(doc);

	if (!place || plan->facts.prepare_only)
		return 0;
	if (!asked)
		drop_limits(plan->config);
	if (!asked || !place->why)
		return 0;
	err_at(err, asked, "cannot be kept: %s", place->why);
	err->kind = ERR_HOST;
	return place->remedy ? err_hint(err, "%s", place->remedy) : -1;
}

/*
 * A cgroup of a path that we can find again, and whose name nobody else would give
 * to his own: what is in it is killed in the end.
 */
static int place_cgroup(struct plan *plan, const json_t *doc, struct err *err)
{
	const char *parent = doc_string(spec_get(doc, "/ocipipe/cgroup/parent"));
	const char *given = doc_string(spec_get(doc, "/linux/cgroupsPath"));
	const char *name = plan->facts.name;

	if (!plan_makes_cgroup(plan))
		return check_unlimited(plan, doc, err);
	drop_unlimited(plan->config);
	if (given || (plan->facts.prepare_only && !parent))
		return 0;
	/* runc makes it where we are; told so, it would insist on all hierarchies. */
	if (plan->facts.rootless && !parent) {
		plan->cgroup = xasprintf("%s/%s", plan->facts.cgroups->parent, name);
		return 0;
	}
	if (parent && has_dots(parent))
		return err_at(err, "/ocipipe/cgroup/parent", "must not go up by ..");
	if (parent)
		plan->cgroup =
			xasprintf("%s%s/%s", *parent == '/' ? "" : "/", parent, name);
	else
		plan->cgroup =
			xasprintf("/%s%s", str_starts(name, "ocipipe-") ? "" : "ocipipe-",
		                  name);
	return spec_put_new(plan->config, "/linux/cgroupsPath", json_string(plan->cgroup),
	                    err);
}

static int make_mounts(struct plan *plan, const json_t *doc, struct err *err)
{
	const struct mountprep_places places = {
		.base = plan->facts.base,
		.staging = plan->facts.prepare_only ? NULL : plan->facts.run_root,
		.bundle = plan->bundle,
		.user_namespace = plan->user_namespace,
	};

	return mountprep_make(doc, plan->config, &places, &plan->preps, &plan->prep_count,
	                      err);
}

/* Where the runtime will find the root filesystem; what lies in a bundle moves with it. */
static char *seen_rootfs(const struct plan *plan)
{
	size_t len = strlen(plan->bundle);

	if (!plan->facts.prepare_only)
		return xasprintf("%s/rootfs", plan->facts.run_root);
	if (str_starts(plan->rootfs, plan->bundle) && plan->rootfs[len] == '/')
		return xstrdup(plan->rootfs + len + 1);
	return xstrdup(plan->rootfs);
}

/* The filter is most of a document, and nobody changes it: it need not be copied. */
static json_t *copy_linux(json_t *from)
{
	json_t *ret = json_object(), *value;
	const char *key;

	json_object_foreach(from, key, value)
		json_object_set_new(ret, key,
		                    str_equal(key, "seccomp") ? json_incref(value)
		                                              : json_deep_copy(value));
	return ret;
}

/* What a runtime is to see of the document, to be changed. */
static json_t *copy_document(const json_t *doc)
{
	json_t *ret = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)doc, key, value) {
		if (str_equal(key, "ocipipe"))
			continue;
		json_object_set_new(ret, key,
		                    str_equal(key, "linux") ? copy_linux(value)
		                                            : json_deep_copy(value));
	}
	return ret;
}

/* The mappings, which a rootless runtime is not to see. */
static json_t *copy_maps(const json_t *doc)
{
	static const char *const names[] = { "uidMappings", "gidMappings" };
	json_t *linux_ = json_object_get(doc, "linux"), *ret = json_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const json_t *list = json_object_get(linux_, names[i]);

		if (list)
			json_object_set_new(ret, names[i], json_deep_copy(list));
	}
	return ret;
}

static int make_config(struct plan *plan, const json_t *doc, struct err *err)
{
	auto_free char *rootfs = seen_rootfs(plan);
	json_t *config = copy_document(doc);

	plan->config = config;
	if (plan->facts.rootless && plan->user_namespace && !plan->facts.prepare_only)
		drop_user_namespace(config);
	if (make_mounts(plan, doc, err) < 0 ||
	    spec_put_new(config, "/root/path", json_string(rootfs), err) < 0 ||
	    set_host_name(plan, err) < 0 || place_cgroup(plan, doc, err) < 0)
		return -1;
	if (plan->facts.hook_records)
		hooktrace_put(config, plan->facts.program, plan->facts.hook_records);
	return raise_version(config, err);
}

/* ---- the steps ----------------------------------------------------------- */

void plan_add_new(struct plan *plan, json_t *step)
{
	json_array_append_new(plan->steps, step);
}

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

int plan_needs_us(const char *step, const char *what, struct err *err)
{
	err_set(err, ERR_HOST, "%s: %s needs an ocirun that lives", step, what);
	return err_hint(err, "run it without --prepare-only");
}

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

/* Without it an ordinary user has no right to a single mount. */
static int check_rootless(const struct plan *plan, const json_t *doc, struct err *err)
{
	const json_t *list = spec_get(doc, "/linux/namespaces");
	ptrdiff_t at = spec_find_entry(list, "type", "user");

	if (!plan->facts.rootless ||
	    (at >= 0 && !json_object_get(json_array_get(list, (size_t)at), "path")))
		return 0;
	err_at(err, "/linux/namespaces", "must have a new user namespace: we are not root");
	return err_hint(err, "idmap-apply --rootless");
}

/* One that the document names may be somebody else's too. */
static void add_cgroup(struct plan *plan)
{
	const char *path = plan->cgroup;

	if (!path)
		path = doc_string(spec_get(plan->config, "/linux/cgroupsPath"));
	if (plan_makes_cgroup(plan) && path && *path == '/' && !has_dots(path))
		plan_add_new(plan, json_pack("{s:s, s:s, s:b}", "step", "cgroup", "path",
		                             path, "own", plan->cgroup != NULL));
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

static int make_steps(struct plan *plan, const json_t *doc, struct err *err)
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
	add_cgroup(plan);
	add_network(plan);
	plan_add_new(plan, json_pack("{s:s, s:s, s:s*}", "step", "run", "path",
	                             plan->facts.runtime, "because", plan->facts.why));
	return 0;
}

int plan_make(const json_t *doc, const struct plan_facts *facts, struct plan *ret,
              struct err *err)
{
	*ret = (struct plan){
		.facts = *facts,
		.rootfs = absolute(doc_string(spec_get(doc, "/root/path")), facts->base),
		.bundle = facts->bundle ? absolute(facts->bundle, "")
		                        : xasprintf("%s/bundle", facts->run_root),
		.host_name = choose_host_name(doc, facts->name),
		.maps = copy_maps(doc),
		.layers = json_incref(spec_get(doc, "/ocipipe/rootfs")),
		.user_namespace = has_namespace(doc, "user"),
		.network = facts->network->record,
		.steps = json_array(),
	};
	if (check_rootless(ret, doc, err) < 0 || make_config(ret, doc, err) < 0)
		return -1;
	return make_steps(ret, doc, err);
}

bool plan_wants_idmap(const struct plan *plan, const struct stat *st)
{
	const json_t *asked = json_object_get(plan->layers, "idmap");

	if (plan->facts.rootless || !plan->user_namespace)
		return false;
	if (asked)
		return json_is_true(asked);
	return !(userns_covers(plan->maps, "uid", st->st_uid) &&
	         userns_covers(plan->maps, "gid", st->st_gid));
}

/* ---- showing ------------------------------------------------------------- */

static void print_compact(const struct plan *plan, struct buf *to)
{
	json_auto_t *all = json_pack("{s:s, s:O, s:O}", "name", plan->facts.name, "steps",
	                             plan->steps, "config", plan->config);

	doc_print(all, DOC_COMPACT, to);
	buf_char(to, '\n');
}

/* "source   /home/me/src (mount /src, overlay)" */
static void print_step(const json_t *step, struct buf *to)
{
	const char *separator = " (", *key;
	json_t *value;

	buf_printf(to, "%-8s %s", doc_string(json_object_get(step, "step")),
	           doc_string(json_object_get(step, "path")));
	json_object_foreach((json_t *)(uintptr_t)step, key, value) {
		const char *text = doc_string(value);

		if (strcmp(key, "step") == 0 || strcmp(key, "path") == 0 ||
		    !(text || json_is_true(value)))
			continue;
		buf_printf(to, "%s%s%s%s", separator, key, text ? " " : "",
		           text ? text : "");
		separator = ", ";
	}
	buf_text(to, *separator == ',' ? ")\n" : "\n");
}

void plan_print(const struct plan *plan, bool compact, struct buf *to)
{
	const json_t *step;
	size_t i;

	if (compact) {
		print_compact(plan, to);
		return;
	}
	buf_printf(to, "%-8s %s\n", "name", plan->facts.name);
	json_array_foreach(plan->steps, i, step)
		print_step(step, to);
}

void plan_free(struct plan *plan)
{
	mountprep_free(plan->preps, plan->prep_count);
	free(plan->rootfs);
	free(plan->bundle);
	free(plan->host_name);
	free(plan->cgroup);
	json_decref(plan->steps);
	json_decref(plan->config);
	json_decref(plan->maps);
	json_decref(plan->layers);
	*plan = (struct plan){ 0 };
}
