// SPDX-License-Identifier: Apache-2.0
/* What a document says about where its filter came from. */
#include <string.h>

#include "digest.h"
#include "prepare.h"
#include "profile.h"
#include "spec.h"

const char profile_filter_pointer[] = "/linux/seccomp";
const char profile_bounding_pointer[] = "/process/capabilities/bounding";

static const char tool[] = "seccomp-apply";

int profile_put_new(json_t *doc, json_t *filter, struct err *err)
{
	if (filter)
		return spec_put_new(doc, profile_filter_pointer, filter, err);
	spec_drop(doc, profile_filter_pointer);
	return 0;
}

/* ---- the record ---------------------------------------------------------- */

static void put_text(json_t *to, const char *member, const char *text)
{
	if (text)
		json_object_set_new(to, member, json_string(text));
}

int profile_record(json_t *doc, const struct profile_origin *origin, const json_t *looked,
                   struct err *err)
{
	const json_t *filter = spec_get(doc, profile_filter_pointer);
	auto_free char *digest = filter ? digest_value(filter) : NULL;
	json_t *record = json_object();

	put_text(record, "profile", origin->name);
	put_text(record, "arch", origin->arch);
	put_text(record, "kernel", origin->kernel);
	if (json_array_size(origin->edits) > 0)
		json_object_set_new(record, "edits", json_deep_copy(origin->edits));
	if (json_object_size(looked) > 0)
		json_object_set_new(record, profile_bounding_pointer,
		                    json_deep_copy(looked));
	put_text(record, profile_filter_pointer, digest);
	return prepare_put_record_new(doc, tool, record, err);
}

void profile_forget(json_t *doc)
{
	json_object_del(spec_get(doc, "/ocipipe/relied"), tool);
	spec_drop_empty(doc, "/ocipipe/relied");
}

bool profile_origin_of(const json_t *doc, struct profile_origin *ret)
{
	const json_t *record = prepare_record(doc, tool);
	const char *name = doc_string(json_object_get(record, "profile"));

	if (!name)
		return false;
	*ret = (struct profile_origin){
		.name = name,
		.arch = doc_string(json_object_get(record, "arch")),
		.kernel = doc_string(json_object_get(record, "kernel")),
		.edits = json_object_get(record, "edits"),
	};
	return true;
}

/* The digest tells a filter that somebody has changed since. */
bool profile_is_own(const json_t *doc)
{
	const json_t *record = prepare_record(doc, tool);
	const json_t *filter = spec_get(doc, profile_filter_pointer);
	auto_free char *digest = filter ? digest_value(filter) : NULL;

	return record &&
	       str_equal(digest,
	                 doc_string(json_object_get(record, profile_filter_pointer)));
}

static bool held_differently(const json_t *doc, const json_t *looked)
{
	const json_t *bounding = spec_get(doc, profile_bounding_pointer);
	const char *cap;
	json_t *held;

	json_object_foreach((json_t *)(uintptr_t)looked, cap, held) {
		if (spec_list_has(bounding, cap) != json_is_true(held))
			return true;
	}
	return false;
}

bool profile_relied_changed(const json_t *doc)
{
	const json_t *record = prepare_record(doc, tool);

	return record &&
	       held_differently(doc, json_object_get(record, profile_bounding_pointer)) &&
	       profile_is_own(doc);
}

/* ---- the default --------------------------------------------------------- */

int profile_apply_default(json_t *doc, struct err *err)
{
	const struct profile_target target = {
		.arch = sc_native_arch(),
		.bounding = spec_get(doc, profile_bounding_pointer),
	};
	const struct profile_origin origin = { .name = "default" };
	json_auto_t *looked = json_object(), *profile = profile_default();
	json_t *filter;

	if (profile_resolve(profile, &target, looked, &filter, err) < 0 ||
	    profile_put_new(doc, filter, err) < 0)
		return -1;
	return profile_record(doc, &origin, looked, err);
}
