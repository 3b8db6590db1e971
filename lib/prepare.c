// SPDX-License-Identifier: Apache-2.0
#include "prepare.h"

#include "spec.h"

int prepare_ensure(json_t *doc, struct err *err)
{
	json_t *plan;

	if (spec_ensure_object(doc, "/ocipipe", &plan, err) < 0)
		return -1;
	if (!json_object_get(plan, "version"))
		json_object_set_new(plan, "version", json_integer(1));
	return 0;
}

static bool same_step(const json_t *a, const json_t *b)
{
	return str_equal(doc_string(json_object_get(a, "mount")),
	                 doc_string(json_object_get(b, "mount"))) &&
	       str_equal(doc_string(json_object_get(a, "step")),
	                 doc_string(json_object_get(b, "step")));
}

int prepare_put_new(json_t *doc, json_t *step, struct err *err)
{
	json_t *steps, *old;
	size_t i;

	if (prepare_ensure(doc, err) < 0 ||
	    spec_ensure_array(doc, "/ocipipe/prepare", &steps, err) < 0) {
		json_decref(step);
		return -1;
	}
	json_array_foreach(steps, i, old) {
		if (same_step(old, step)) {
			json_array_set_new(steps, i, step);
			return 0;
		}
	}
	json_array_append_new(steps, step);
	return 0;
}

json_t *prepare_find(const json_t *doc, const char *kind, const char *mount)
{
	const json_t *steps = spec_get(doc, "/ocipipe/prepare");
	json_t *step;
	size_t i;

	json_array_foreach(steps, i, step) {
		if (str_equal(doc_string(json_object_get(step, "step")), kind) &&
		    str_equal(doc_string(json_object_get(step, "mount")), mount))
			return step;
	}
	return NULL;
}

void prepare_drop(json_t *doc, const char *mount)
{
	json_t *steps = spec_get(doc, "/ocipipe/prepare");

	spec_drop_entry(steps, "mount", mount);
	if (json_is_array(steps))
		spec_drop_empty(doc, "/ocipipe/prepare");
}

/* Append the steps to `to`; the list of them becomes empty, so that they come once. */
static void move_steps(json_t *steps, json_t *to)
{
	json_array_extend(to, steps);
	json_array_clear(steps);
}

void prepare_update(json_t *doc, json_t *by_mount)
{
	const json_t *old = spec_get(doc, "/ocipipe/prepare");
	json_t *all = json_array(), *step, *steps;
	const char *mount;
	struct err err;
	size_t i;

	json_array_foreach(old, i, step) {
		mount = doc_string(json_object_get(step, "mount"));
		steps = mount ? json_object_get(by_mount, mount) : NULL;
		if (steps)
			move_steps(steps, all);
		else
			json_array_append(all, step);
	}
	json_object_foreach(by_mount, mount, steps)
		move_steps(steps, all);
	if (json_array_size(all) == 0) {
		json_decref(all);
		if (old)
			spec_drop(doc, "/ocipipe/prepare");
		return;
	}
	/* /ocipipe is an object or nothing: the shape was checked. */
	if (prepare_ensure(doc, &err) < 0 ||
	    spec_put_new(doc, "/ocipipe/prepare", all, &err) < 0)
		abort();
}

json_t *prepare_record(const json_t *doc, const char *tool)
{
	return json_object_get(spec_get(doc, "/ocipipe/relied"), tool);
}

int prepare_put_record_new(json_t *doc, const char *tool, json_t *record, struct err *err)
{
	auto_free char *pointer = spec_pointer("/ocipipe/relied", tool);

	if (prepare_ensure(doc, err) < 0) {
		json_decref(record);
		return -1;
	}
	return spec_put_new(doc, pointer, record, err);
}
