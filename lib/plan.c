// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include <string.h>

#include "mountlist.h"
#include "namespaces.h"
#include "planparts.h"
#include "spec.h"
#include "userns.h"

/* A path of the document as an absolute one. */
static char *absolute(const char *path, const char *base)
{
	auto_free char *whole = xasprintf("%s/%s", *path == '/' ? "" : base, path);

	return mountlist_tidy(whole);
}

/* Without it an ordinary user has no right to a single mount. */
static int check_rootless(const struct plan *plan, const json_t *doc, struct err *err)
{
	if (!plan->facts.rootless || namespaces_make(doc, "user"))
		return 0;
	err_at(err, "/linux/namespaces", "must have a new user namespace: we are not root");
	return err_hint(err, "idmap-apply --rootless");
}

int plan_make(const json_t *doc, const struct plan_facts *facts, struct plan *ret,
              struct err *err)
{
	*ret = (struct plan){
		.facts = *facts,
		.rootfs = absolute(doc_string(spec_get(doc, "/root/path")), facts->base),
		.bundle = facts->bundle ? absolute(facts->bundle, "")
		                        : xasprintf("%s/bundle", facts->run_root),
		.layers = json_incref(spec_get(doc, "/ocipipe/rootfs")),
		.user_namespace = namespaces_have(doc, "user"),
		.network = facts->network->record,
		.steps = json_array(),
	};
	if (check_rootless(ret, doc, err) < 0 || plan_make_config(ret, doc, err) < 0)
		return -1;
	return plan_make_steps(ret, doc, err);
}

bool plan_makes_user_namespace(const struct plan *plan)
{
	return plan->user_namespace && plan->facts.rootless;
}

bool plan_maps_ids(const struct plan *plan)
{
	return plan->user_namespace && !plan->facts.rootless;
}

bool plan_wants_idmap(const struct plan *plan, const struct stat *st)
{
	const json_t *asked = json_object_get(plan->layers, "idmap");

	if (!plan_maps_ids(plan))
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
