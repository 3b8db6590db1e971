// SPDX-License-Identifier: Apache-2.0
#include "planparts.h"

#include <string.h>

#include "spec.h"

bool plan_makes_cgroup(const struct plan *plan)
{
	return plan->facts.cgroups && plan->facts.cgroups->can;
}

static bool has_dots(const char *path)
{
	auto_free char *slashed = xasprintf("/%s/", path);

	return strstr(slashed, "/../") != NULL;
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
 * A path that we can find again, with a name that nobody else would give to his own:
 * what is in it is killed in the end.
 */
static char *own_path(const char *parent, const char *name)
{
	if (parent)
		return xasprintf("%s%s/%s", *parent == '/' ? "" : "/", parent, name);
	return xasprintf("/%s%s", str_starts(name, "ocipipe-") ? "" : "ocipipe-", name);
}

int plan_place_cgroup(struct plan *plan, const json_t *doc, struct err *err)
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
	plan->cgroup = own_path(parent, name);
	return spec_put_new(plan->config, "/linux/cgroupsPath", json_string(plan->cgroup),
	                    err);
}

/* One that the document names may be somebody else's too. */
void plan_add_cgroup(struct plan *plan)
{
	const char *path = plan->cgroup;

	if (!path)
		path = doc_string(spec_get(plan->config, "/linux/cgroupsPath"));
	if (plan_makes_cgroup(plan) && path && *path == '/' && !has_dots(path))
		plan_add_new(plan, json_pack("{s:s, s:s, s:b}", "step", "cgroup", "path",
		                             path, "own", plan->cgroup != NULL));
}
