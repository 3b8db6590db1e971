// SPDX-License-Identifier: Apache-2.0
#include "profile.h"

#include "digest.h"
#include "prepare.h"
#include "spec.h"

/* share/seccomp/default.json, as it is: the path is relative to the makefile. */
__asm__(".section .rodata\n"
        "profile_default_text:\n"
        ".incbin \"share/seccomp/default.json\"\n"
        "profile_default_end:\n"
        ".previous\n");

extern const char profile_default_text[] __attribute__((visibility("hidden")));
extern const char profile_default_end[] __attribute__((visibility("hidden")));

static const char tool[] = "seccomp-apply";
static const char filter_pointer[] = "/linux/seccomp";
static const char bounding_pointer[] = "/process/capabilities/bounding";

json_t *profile_default(void)
{
	size_t len = (size_t)(profile_default_end - profile_default_text);
	json_t *profile = json_loadb(profile_default_text, len, 0, NULL);

	if (!profile)
		abort();
	return profile;
}

/* ---- conditions ---------------------------------------------------------- */

/* Every condition of a kind must be asked, so that all that was looked at is known. */
static bool caps_held(const json_t *caps, const struct profile_target *target,
                      json_t *looked, bool any)
{
	size_t held = 0, i;
	json_t *cap;

	json_array_foreach(caps, i, cap) {
		bool has = spec_list_has(target->bounding, json_string_value(cap));

		held += has;
		json_object_set_new(looked, json_string_value(cap), json_boolean(has));
	}
	return any ? held > 0 : held == json_array_size(caps);
}

/* B212. */
static bool rule_holds(const json_t *rule, const struct profile_target *target,
                       json_t *looked)
{
	const json_t *includes = json_object_get(rule, "includes");
	const json_t *excludes = json_object_get(rule, "excludes");
	const char *arch = name_of(sc_arch_names, (int)target->arch);
	const json_t *arches = json_object_get(includes, "arches");

	if (spec_list_has(json_object_get(excludes, "arches"), arch))
		return false;
	if (json_array_size(arches) > 0 && !spec_list_has(arches, arch))
		return false;
	if (caps_held(json_object_get(excludes, "caps"), target, looked, true))
		return false;
	return caps_held(json_object_get(includes, "caps"), target, looked, false);
}

/* ---- rules --------------------------------------------------------------- */

static void copy_member(json_t *to, const char *name, const json_t *from)
{
	json_t *value = json_object_get(from, name);

	if (value)
		json_object_set(to, name, value);
}

/* B213, B214: conditions and comments vanish, and what says nothing. */
static json_t *resolve_rule(const json_t *rule)
{
	json_t *ret = json_object();

	copy_member(ret, "names", rule);
	copy_member(ret, "action", rule);
	copy_member(ret, "errnoRet", rule);
	if (json_array_size(json_object_get(rule, "args")) > 0)
		copy_member(ret, "args", rule);
	return ret;
}

/* B210: the entry of the native architecture. */
static json_t *resolve_architectures(const json_t *profile,
                                     const struct profile_target *target)
{
	const char *arch = name_of(sc_arch_spec_names, (int)target->arch);
	json_t *map = json_object_get(profile, "archMap"), *list;
	ptrdiff_t at = spec_find_entry(map, "architecture", arch);

	if (at < 0)
		return NULL;
	list = json_pack("[s]", arch);
	json_array_extend(list, json_object_get(json_array_get(map, (size_t)at),
	                                        "subArchitectures"));
	return list;
}

int profile_resolve(const json_t *profile, const struct profile_target *target,
                    json_t *looked, json_t **ret, struct err *err UNUSED)
{
	json_t *filter = json_object(), *rules = json_array(), *rule;
	json_t *architectures = resolve_architectures(profile, target);
	size_t i;

	copy_member(filter, "defaultAction", profile);
	copy_member(filter, "defaultErrnoRet", profile);
	if (architectures)
		json_object_set_new(filter, "architectures", architectures);
	json_array_foreach(json_object_get(profile, "syscalls"), i, rule) {
		if (rule_holds(rule, target, looked))
			json_array_append_new(rules, resolve_rule(rule));
	}
	json_object_set_new(filter, "syscalls", rules);
	*ret = filter;
	return 0;
}

/* ---- a document ---------------------------------------------------------- */

int profile_apply_default(json_t *doc, struct err *err)
{
	const struct profile_target target = { sc_native_arch(),
		                               spec_get(doc, bounding_pointer) };
	json_auto_t *looked = json_object(), *profile = profile_default();
	auto_free char *digest = NULL;
	json_t *filter;

	if (profile_resolve(profile, &target, looked, &filter, err) < 0)
		return -1;
	digest = digest_value(filter);
	if (spec_put_new(doc, filter_pointer, filter, err) < 0)
		return -1;
	return prepare_put_record_new(doc, tool,
	                              json_pack("{s:s, s:O, s:s}", "profile", "default",
	                                        bounding_pointer, looked, filter_pointer,
	                                        digest),
	                              err);
}

static bool held_differently(const json_t *doc, const json_t *looked)
{
	const json_t *bounding = spec_get(doc, bounding_pointer);
	const char *cap;
	json_t *held;

	json_object_foreach((json_t *)(uintptr_t)looked, cap, held) {
		if (spec_list_has(bounding, cap) != json_is_true(held))
			return true;
	}
	return false;
}

/* The digest tells a filter that somebody has changed since. */
static bool is_own_work(const json_t *doc, const json_t *record)
{
	const json_t *filter = spec_get(doc, filter_pointer);
	auto_free char *digest = filter ? digest_value(filter) : NULL;

	return digest &&
	       str_equal(digest, doc_string(json_object_get(record, filter_pointer)));
}

bool profile_relied_changed(const json_t *doc)
{
	const json_t *record = prepare_record(doc, tool);

	return record && held_differently(doc, json_object_get(record, bounding_pointer)) &&
	       is_own_work(doc, record);
}
