// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include <string.h>
#include <sys/utsname.h>

#include "names.h"
#include "networds.h"
#include "schema.h"
#include "spec.h"

/* ---- the configuration that the runtime sees ----------------------------- */

/* A path of the document as an absolute one. */
static char *absolute(const char *path, const char *base)
{
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", base, path);
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

static int place_cgroup(struct plan *plan, const json_t *doc, struct err *err)
{
	const char *parent = doc_string(spec_get(doc, "/ocipipe/cgroup/parent"));
	auto_free char *path = NULL;

	if (!plan->facts.cgroups || spec_get(doc, "/linux/cgroupsPath"))
		return 0;
	drop_unlimited(plan->config);
	path = xasprintf("%s%s/%s", parent && *parent != '/' ? "/" : "",
	                 parent ? parent : "", plan->facts.name);
	return spec_put_new(plan->config, "/linux/cgroupsPath", json_string(path), err);
}

static int make_mounts(struct plan *plan, const json_t *doc, struct err *err)
{
	const struct mountprep_places places = {
		.base = plan->facts.base,
		.staging = plan->facts.run_root,
		.bundle = plan->bundle,
		.user_namespace = plan->user_namespace,
	};

	return mountprep_make(doc, plan->config, &places, &plan->preps, &plan->prep_count,
	                      err);
}

static int make_config(struct plan *plan, const json_t *doc, struct err *err)
{
	auto_free char *rootfs = xasprintf("%s/rootfs", plan->facts.run_root);
	json_t *config = json_deep_copy(doc);

	plan->config = config;
	json_object_del(config, "ocipipe");
	if (plan->facts.rootless && plan->user_namespace)
		drop_user_namespace(config);
	if (make_mounts(plan, doc, err) < 0 ||
	    spec_put_new(config, "/root/path", json_string(rootfs), err) < 0 ||
	    set_host_name(plan, err) < 0 || place_cgroup(plan, doc, err) < 0)
		return -1;
	return raise_version(config, err);
}

/* ---- the steps ----------------------------------------------------------- */

static struct step *add(struct plan *plan, enum act act, const char *path,
                        const char *detail)
{
	struct step *step = &plan->steps[plan->count++];

	*step = (struct step){
		.act = act,
		.path = xstrdup(path),
		.detail = detail ? xstrdup(detail) : NULL,
	};
	return step;
}

/* True if a mount made earlier hides `path` of the root filesystem. */
static bool covered(const json_t *earlier, const char *path)
{
	auto_free char *prefix = xstrdup(path);

	for (;;) {
		char *slash;

		if (json_object_get(earlier, prefix))
			return true;
		slash = strrchr(prefix, '/');
		if (!slash || slash == prefix)
			return false;
		*slash = '\0';
	}
}

/* "/home/me/src for /src, overlay, U" */
static void add_sources(struct plan *plan)
{
	for (size_t i = 0; i < plan->prep_count; i++) {
		const struct mountprep *prep = &plan->preps[i];
		auto_free char *detail =
			xasprintf("for %s%s%s%s%s%s%s", prep->target,
		                  prep->overlay ? ", overlay" : "",
		                  prep->root ? ", in " : "", prep->root ? prep->root : "",
		                  prep->chown ? ", U" : "",
		                  prep->relabel ? prep->shared ? ", z" : ", Z" : "",
		                  prep->idmap ? ", idmap" : "");

		add(plan, ACT_SOURCE, prep->source, detail)->prep = i;
	}
}

static void add_targets(struct plan *plan)
{
	json_auto_t *earlier = json_object();
	const json_t *mount;
	size_t i;

	json_array_foreach(spec_get(plan->config, "/mounts"), i, mount) {
		const char *path = doc_string(json_object_get(mount, "destination"));
		const char *source = doc_string(json_object_get(mount, "source"));
		bool bind = str_equal(doc_string(json_object_get(mount, "type")), "bind");
		struct step *step;

		if (!covered(earlier, path)) {
			step = add(plan, ACT_TARGET, path, bind ? source : NULL);
			step->directory = !bind;
		}
		json_object_set_new(earlier, path, json_true());
	}
}

static int add_prepare(struct plan *plan, const json_t *doc, struct err *err)
{
	/* What they ask for has become part of their mount's own step. */
	static const struct name of_mounts[] = { { "source", 0 }, { "overlay", 0 },
		                                 { "chown", 0 },  { "relabel", 0 },
		                                 { "idmap", 0 },  { NULL, 0 } };
	const json_t *step;
	int ignored;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, step) {
		const char *kind = doc_string(json_object_get(step, "step"));

		if (strcmp(kind, "workdir") == 0) {
			add(plan, ACT_WORKDIR, doc_string(spec_get(doc, "/process/cwd")),
			    NULL);
		} else if (strcmp(kind, "file") == 0) {
			add(plan, ACT_FILE, doc_string(json_object_get(step, "path")),
			    doc_string(json_object_get(step, "kind")))
				->asks = step;
		} else if (!name_value(of_mounts, kind, &ignored)) {
			err_at(err, "", "unknown step '%s'", kind);
			return err_where(err, "/ocipipe/prepare/%zu/step", i);
		}
	}
	return 0;
}

static int check_network(const json_t *doc, struct err *err)
{
	static const struct name modes[] = {
		{ "private", 0 }, { "none", 0 }, { "host", 0 }, { "path", 0 }, { NULL, 0 },
	};
	const char *mode = doc_string(spec_get(doc, "/ocipipe/network/mode"));
	auto_buf struct buf words = { 0 };
	int ignored;

	if (!mode)
		return 0;
	if (network_check(spec_get(doc, "/ocipipe/network"), err) < 0)
		return err_under(err, "/ocipipe/network");
	if (name_value(modes, mode, &ignored))
		return 0;
	name_list(modes, &words);
	err_at(err, "/ocipipe/network/mode", "'%s' cannot be set up yet", mode);
	return err_hint(err, "those that can: %s", words.data);
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

static int make_steps(struct plan *plan, const json_t *doc, struct err *err)
{
	const char *cgroup = doc_string(spec_get(plan->config, "/linux/cgroupsPath"));
	size_t most = 8 + 2 * json_array_size(spec_get(doc, "/mounts")) +
	              json_array_size(spec_get(doc, "/ocipipe/prepare"));

	plan->steps = xcalloc(most, sizeof(*plan->steps));
	add(plan, ACT_STAGE, plan->rootfs, NULL);
	add_sources(plan);
	if (add_prepare(plan, doc, err) < 0)
		return -1;
	add_targets(plan);
	add(plan, ACT_CONFIG, "config.json", NULL);
	if (plan->facts.cgroups && cgroup && *cgroup == '/')
		add(plan, ACT_CGROUP, cgroup, NULL);
	add(plan, ACT_RUN, plan->facts.runtime, plan->facts.why);
	return 0;
}

int plan_make(const json_t *doc, const struct plan_facts *facts, struct plan *ret,
              struct err *err)
{
	*ret = (struct plan){
		.facts = *facts,
		.rootfs = absolute(doc_string(spec_get(doc, "/root/path")), facts->base),
		.bundle = xasprintf("%s/bundle", facts->run_root),
		.host_name = choose_host_name(doc, facts->name),
		.maps = json_deep_copy(json_object_get(doc, "linux")),
		.user_namespace = has_namespace(doc, "user"),
		.no_network = str_equal(doc_string(spec_get(doc, "/ocipipe/network/mode")),
		                        "none"),
	};
	if (check_network(doc, err) < 0 || check_rootless(ret, doc, err) < 0 ||
	    make_config(ret, doc, err) < 0)
		return -1;
	return make_steps(ret, doc, err);
}

/* ---- showing ------------------------------------------------------------- */

static const char *const acts[] = {
	[ACT_STAGE] = "rootfs",  [ACT_SOURCE] = "source", [ACT_WORKDIR] = "workdir",
	[ACT_TARGET] = "target", [ACT_FILE] = "file",     [ACT_CONFIG] = "config",
	[ACT_CGROUP] = "cgroup", [ACT_RUN] = "run",
};

static void print_compact(const struct plan *plan, struct buf *to)
{
	json_auto_t *all = NULL;
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->count; i++)
		json_array_append_new(steps, json_pack("{s:s, s:s, s:s*}", "step",
		                                       acts[plan->steps[i].act], "path",
		                                       plan->steps[i].path, "detail",
		                                       plan->steps[i].detail));
	all = json_pack("{s:s, s:o, s:O}", "name", plan->facts.name, "steps", steps,
	                "config", plan->config);
	doc_print(all, DOC_COMPACT, to);
	buf_char(to, '\n');
}

void plan_print(const struct plan *plan, bool compact, struct buf *to)
{
	if (compact) {
		print_compact(plan, to);
		return;
	}
	buf_printf(to, "%-8s %s\n", "name", plan->facts.name);
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		buf_printf(to, "%-8s %s%s%s%s\n", acts[step->act], step->path,
		           step->detail ? " (" : "", step->detail ? step->detail : "",
		           step->detail ? ")" : "");
	}
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->steps[i].path);
		free(plan->steps[i].detail);
	}
	free(plan->steps);
	mountprep_free(plan->preps, plan->prep_count);
	free(plan->rootfs);
	free(plan->bundle);
	free(plan->host_name);
	json_decref(plan->config);
	json_decref(plan->maps);
	*plan = (struct plan){ 0 };
}
