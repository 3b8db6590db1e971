// SPDX-License-Identifier: Apache-2.0
#include "cgroupplace.h"

#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "cgrouphost.h"
#include "io.h"
#include "runtime.h"
#include "spec.h"

static const char top[] = "/sys/fs/cgroup";

/* ---- what is asked for ----------------------------------------------------- */

/* The members of /linux/resources, and who keeps them in version 1. */
static const struct {
	const char *pointer;
	const char *controller;
} limits[] = {
	{ "/linux/resources/memory", "memory" },
	{ "/linux/resources/cpu/cpus", "cpuset" },
	{ "/linux/resources/cpu/mems", "cpuset" },
	{ "/linux/resources/cpu", "cpu" },
	{ "/linux/resources/pids", "pids" },
	{ "/linux/resources/blockIO", "blkio" },
	{ "/linux/resources/hugepageLimits", "hugetlb" },
	{ "/linux/resources/network", "net_cls" },
	{ "/linux/resources/rdma", "rdma" },
	{ "/linux/resources/unified", NULL },
};

/* True if it has a value that limits something. */
static bool limits_something(const json_t *value)
{
	const json_t *item;
	const char *key;
	int64_t number;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		json_object_foreach((json_t *)(uintptr_t)value, key, item)
			if (limits_something(item))
				return true;
		return false;
	case JSON_ARRAY:
		json_array_foreach(value, i, item)
			if (limits_something(item))
				return true;
		return false;
	case JSON_FALSE:
	case JSON_NULL:
		return false;
	default:
		return !doc_get_i64(value, &number) || number >= 0;
	}
}

static bool is_asked(const json_t *doc, const char *pointer)
{
	const json_t *value = spec_get(doc, pointer);

	return value && limits_something(value);
}

const char *cgroup_place_asked(const json_t *doc)
{
	static const char *const places[] = { "/linux/cgroupsPath",
		                              "/ocipipe/cgroup/parent" };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (is_asked(doc, limits[i].pointer))
			return limits[i].pointer;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (is_asked(doc, places[i]))
			return places[i];
	return NULL;
}

/* ---- where we are ---------------------------------------------------------- */

static bool is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at++)
		if ((at == list || at[-1] == ',') && (at[len] == ',' || !at[len]))
			return true;
	return false;
}

char *cgroup_place_own(const char *controller)
{
	enum { LARGEST = 64 * 1024 };
	auto_buf struct buf text = { 0 };
	struct err ignored;
	char *rest;

	if (io_read_file("/proc/self/cgroup", LARGEST, &text, &ignored) < 0)
		return NULL;
	rest = text.data;
	for (char *line; (line = strsep(&rest, "\n"));) {
		const char *names;

		strsep(&line, ":");
		names = strsep(&line, ":");
		if (line && (controller ? is_listed(names, controller) : !*names))
			return xstrdup(line);
	}
	return NULL;
}

/* ---- where we may ---------------------------------------------------------- */

/* The cgroup above the container's, as the document wants it; owned, or NULL. */
static char *wanted_parent(const json_t *doc)
{
	const char *parent = doc_string(spec_get(doc, "/ocipipe/cgroup/parent"));
	const char *given = doc_string(spec_get(doc, "/linux/cgroupsPath"));

	if (given && strrchr(given, '/'))
		return xstrndup(given, (size_t)(strrchr(given, '/') - given));
	return parent ? xasprintf("%s%s", *parent == '/' ? "" : "/", parent) : NULL;
}

/* Look at one hierarchy; false, with the reason, if nothing can be made there. */
static bool allows(const char *controller, const char *wanted, struct cgroup_place *ret)
{
	auto_free char *parent = wanted ? xstrdup(wanted) : cgroup_place_own(controller);
	auto_free char *path =
		xasprintf("%s%s%s%s", top, controller ? "/" : "",
	                  controller ? controller : "", parent ? parent : "");

	if (!wanted && parent && str_starts(parent, "/..")) {
		ret->why = xstrdup("our own cgroup is not one that can be seen here");
		ret->remedy = "resources-apply --cgroup-parent names one";
		return false;
	}
	if (!parent || access(path, W_OK) < 0) {
		ret->why = xasprintf("%s is not ours to make a cgroup in", path);
		ret->remedy = "have a cgroup delegated and be in it, or name it with "
			      "resources-apply --cgroup-parent";
		return false;
	}
	if (!ret->parent) {
		ret->parent = steal(&parent);
	} else if (strcmp(ret->parent, parent) != 0) {
		ret->why = xasprintf("our own cgroups are %s here and %s there",
		                     ret->parent, parent);
		ret->remedy = "resources-apply --cgroup-parent names one";
		return false;
	}
	return true;
}

static bool all_allow(const json_t *doc, struct cgroup_place *ret)
{
	auto_free char *wanted = wanted_parent(doc);
	bool any = false;

	if (cgroup_host_is_v2())
		return allows(NULL, wanted, ret);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		if (!is_asked(doc, limits[i].pointer))
			continue;
		if (!limits[i].controller) {
			ret->why = xstrdup("this host has no cgroup v2");
			ret->remedy = "ocipatch --unset=/linux/resources/unified";
			return false;
		}
		if (!allows(limits[i].controller, wanted, ret))
			return false;
		any = true;
	}
	return any || allows("memory", wanted, ret);
}

static void find_delegated(const json_t *doc, const char *runtime, struct cgroup_place *ret)
{
	/* crun 1.8 says nothing and leaves the limits out. */
	if (!cgroup_host_is_v2() && runtime_is(runtime, "crun")) {
		ret->why = xstrdup("without cgroup v2 crun keeps no limit of an ordinary "
		                   "user's");
		ret->remedy = "--runtime=runc does, in a cgroup that was delegated";
		return;
	}
	ret->can = all_allow(doc, ret);
}

void cgroup_place_find(const json_t *doc, bool rootless, const char *runtime,
                       struct cgroup_place *ret)
{
	*ret = (struct cgroup_place){ 0 };
	if (!rootless) {
		ret->can = cgroup_writable();
		ret->remedy = "mount the cgroup hierarchies, writable";
		if (!ret->can)
			ret->why = xasprintf("no cgroup can be made in %s", top);
	} else if (cgroup_place_asked(doc)) {
		find_delegated(doc, runtime, ret);
	}
}
