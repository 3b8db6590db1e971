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
	const char *mount = doc_string(json_object_get(b, "mount"));

	if (!str_equal(doc_string(json_object_get(a, "mount")), mount))
		return false;
	return mount || str_equal(doc_string(json_object_get(a, "step")),
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
