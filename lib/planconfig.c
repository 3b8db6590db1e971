// SPDX-License-Identifier: Apache-2.0
#include "planparts.h"

#include <string.h>
#include <sys/utsname.h>

#include "hooktrace.h"
#include "namespaces.h"
#include "schema.h"
#include "spec.h"

/*
 * The container's host name: the document's; else the container's name where it
 * has a uts namespace of its own; else this host's (B075, B272).
 */
static char *choose_host_name(const json_t *doc, const char *name)
{
	const char *given = doc_string(json_object_get(doc, "hostname"));
	struct utsname host;

	if (given)
		return xstrdup(given);
	if (namespaces_make(doc, "uts"))
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

int plan_make_config(struct plan *plan, const json_t *doc, struct err *err)
{
	auto_free char *rootfs = seen_rootfs(plan);
	json_t *config = copy_document(doc);

	plan->config = config;
	plan->maps = copy_maps(doc);
	plan->host_name = choose_host_name(doc, plan->facts.name);
	if (plan_makes_user_namespace(plan) && !plan->facts.prepare_only)
		drop_user_namespace(config);
	if (make_mounts(plan, doc, err) < 0 ||
	    spec_put_new(config, "/root/path", json_string(rootfs), err) < 0 ||
	    set_host_name(plan, err) < 0 || plan_place_cgroup(plan, doc, err) < 0)
		return -1;
	if (plan->facts.hook_records)
		hooktrace_put(config, plan->facts.program, plan->facts.hook_records);
	return raise_version(config, err);
}
