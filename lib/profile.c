// SPDX-License-Identifier: Apache-2.0
#include "profile.h"

#include <errno.h>

#include "scrule.h"
#include "spec.h"

/* share/seccomp/default.json, as it is: the path is relative to the makefile. */
__asm__(".section .rodata\n"
        "profile_default_text:\n"
        ".incbin \"share/seccomp/default.json\"\n"
        "profile_default_end:\n"
        ".previous\n");

extern const char profile_default_text[] __attribute__((visibility("hidden")));
extern const char profile_default_end[] __attribute__((visibility("hidden")));

json_t *profile_default(void)
{
	/* cppcheck-suppress comparePointers ; the linker's: both ends of one object */
	size_t len = (size_t)(profile_default_end - profile_default_text);
	struct err never;
	json_t *profile;

	if (doc_parse(profile_default_text, len, &profile, &never) < 0)
		abort();
	return profile;
}

/* ---- conditions ---------------------------------------------------------- */

/* Every capability is asked for, so that all that was looked at is known. */
static bool caps_held(const json_t *caps, const struct profile_target *target,
                      json_t *looked, bool any)
{
	size_t held = 0, i;
	json_t *cap;

	json_array_foreach(caps, i, cap) {
		bool has = spec_list_has(target->bounding, doc_string(cap));

		held += has;
		json_object_set_new(looked, doc_string(cap), json_boolean(has));
	}
	return any ? held > 0 : held == json_array_size(caps);
}

static bool kernel_reached(const json_t *condition, const struct profile_target *target)
{
	const char *text = doc_string(json_object_get(condition, "minKernel"));
	struct sc_version least;

	if (!target->kernel || !text || !sc_text_version(text, &least))
		return true;
	return target->kernel->major != least.major ? target->kernel->major > least.major
	                                            : target->kernel->minor >= least.minor;
}

/* B207, B212. */
bool profile_rule_holds(const json_t *rule, const struct profile_target *target,
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
	if (json_object_get(excludes, "minKernel") && kernel_reached(excludes, target))
		return false;
	if (!kernel_reached(includes, target))
		return false;
	if (caps_held(json_object_get(excludes, "caps"), target, looked, true))
		return false;
	return caps_held(json_object_get(includes, "caps"), target, looked, false);
}

/* ---- errnos -------------------------------------------------------------- */

static bool is_word(const json_t *object, const char *member, const char *word)
{
	return str_equal(doc_string(json_object_get(object, member)), word);
}

static int bad_errno(const char *text, enum sc_arch arch, struct err *err)
{
	struct nearest search;
	uint32_t number;

	if (sc_errno_parse(text, sc_native_arch(), &number))
		return err_at(err, "", "%s has another number on %s", text,
		              name_of(sc_arch_names, (int)arch));
	err_at(err, "", "unknown errno '%s'", text);
	nearest_start(&search, text);
	sc_errno_offer(&search);
	return search.best ? err_hint(err, "%s?", search.best) : -1;
}

struct members {
	const char *action;
	const char *text;
	const char *number;
};

static const struct members default_members = { "defaultAction", "defaultErrno",
	                                        "defaultErrnoRet" };
static const struct members rule_members = { "action", "errno", "errnoRet" };

/* B211: the text wins, and an empty one is none.  NULL in *ret: there is no number. */
static int resolve_errno(const json_t *from, const struct members *members,
                         enum sc_arch arch, json_t **ret, struct err *err)
{
	json_t *number = json_object_get(from, members->number);
	const char *text = doc_string(json_object_get(from, members->text));
	bool worded = text && *text;
	uint32_t value;

	*ret = NULL;
	if (!worded && !number)
		return 0;
	if (!is_word(from, members->action, "SCMP_ACT_ERRNO") &&
	    !is_word(from, members->action, "SCMP_ACT_TRACE")) {
		err_at(err, "", "%s takes no number",
		       doc_string(json_object_get(from, members->action)));
	} else if (!worded) {
		*ret = json_incref(number);
		return 0;
	} else if (sc_errno_parse(text, arch, &value)) {
		*ret = json_integer(value);
		return 0;
	} else {
		bad_errno(text, arch, err);
	}
	return err_where(err, "/%s", worded ? members->text : members->number);
}

/* ---- rules --------------------------------------------------------------- */

static void copy_member(json_t *to, const char *name, const json_t *from)
{
	json_t *value = json_object_get(from, name);

	if (value)
		json_object_set(to, name, value);
}

/* The same, but what says nothing is left out. */
static void copy_filled(json_t *to, const char *name, const json_t *from)
{
	json_t *value = json_object_get(from, name);

	if (json_array_size(value) > 0 || (doc_string(value) && *doc_string(value)))
		json_object_set(to, name, value);
}

/* valueTwo 0 is what it is without saying so. */
static json_t *resolve_args(const json_t *args)
{
	json_t *ret = json_array(), *arg;
	size_t i;

	json_array_foreach(args, i, arg) {
		json_t *copy = json_object();
		uint64_t two = 0;

		copy_member(copy, "index", arg);
		copy_member(copy, "value", arg);
		if (json_object_get(arg, "valueTwo") &&
		    (!doc_get_u64(json_object_get(arg, "valueTwo"), &two) || two != 0))
			copy_member(copy, "valueTwo", arg);
		copy_member(copy, "op", arg);
		json_array_append_new(ret, copy);
	}
	return ret;
}

/* B213, B214: conditions and comments vanish, and what says nothing. */
static int resolve_rule(const json_t *rule, enum sc_arch arch, json_t **ret,
                        struct err *err)
{
	json_t *name = json_object_get(rule, "name"), *number;
	const json_t *args = json_object_get(rule, "args");

	if (resolve_errno(rule, &rule_members, arch, &number, err) < 0)
		return -1;
	*ret = json_object();
	if (name)
		json_object_set_new(*ret, "names", json_pack("[O]", name));
	copy_member(*ret, "names", rule);
	copy_member(*ret, "action", rule);
	if (number)
		json_object_set_new(*ret, "errnoRet", number);
	if (json_array_size(args) > 0)
		json_object_set_new(*ret, "args", resolve_args(args));
	return 0;
}

/* Runtimes drop a rule that says what the default action says; EPERM is implied. */
static bool says_nothing(const json_t *rule, const json_t *filter)
{
	json_auto_t *rules = json_pack("{s:[O]}", "syscalls", (json_t *)(uintptr_t)rule);
	struct sc_filter read;
	bool ret;

	copy_member(rules, "defaultAction", filter);
	copy_member(rules, "defaultErrnoRet", filter);
	sc_filter_read(rules, &read);
	ret = read.rules[0].dropped;
	sc_filter_free(&read);
	return ret;
}

static int resolve_rules(const json_t *profile, const struct profile_target *target,
                         json_t *looked, json_t *filter, struct err *err)
{
	json_t *rules = json_array(), *rule, *resolved;
	size_t i;

	json_object_set_new(filter, "syscalls", rules);
	json_array_foreach(json_object_get(profile, "syscalls"), i, rule) {
		if (!profile_rule_holds(rule, target, looked))
			continue;
		if (resolve_rule(rule, target->arch, &resolved, err) < 0) {
			auto_free char *at = xasprintf("/syscalls/%zu", i);

			return err_under(err, at);
		}
		if (says_nothing(resolved, filter))
			json_decref(resolved);
		else
			json_array_append_new(rules, resolved);
	}
	if (json_array_size(rules) == 0)
		json_object_del(filter, "syscalls");
	return 0;
}

/* B210: as they are, or the entry of the native architecture. */
static void resolve_architectures(const json_t *profile,
                                  const struct profile_target *target, json_t *filter)
{
	const char *arch = name_of(sc_arch_spec_names, (int)target->arch);
	json_t *map = json_object_get(profile, "archMap"), *list;
	ptrdiff_t at = spec_find_entry(map, "architecture", arch);

	copy_filled(filter, "architectures", profile);
	if (at < 0)
		return;
	list = json_pack("[s]", arch);
	json_array_extend(list, json_object_get(json_array_get(map, (size_t)at),
	                                        "subArchitectures"));
	json_object_set_new(filter, "architectures", list);
}

int profile_resolve(const json_t *profile, const struct profile_target *target,
                    json_t *looked, json_t **ret, struct err *err)
{
	json_t *filter = json_object(), *number;

	copy_member(filter, "defaultAction", profile);
	if (resolve_errno(profile, &default_members, target->arch, &number, err) < 0) {
		json_decref(filter);
		return -1;
	}
	if (number)
		json_object_set_new(filter, "defaultErrnoRet", number);
	resolve_architectures(profile, target, filter);
	copy_filled(filter, "flags", profile);
	copy_filled(filter, "listenerPath", profile);
	copy_filled(filter, "listenerMetadata", profile);
	if (resolve_rules(profile, target, looked, filter, err) < 0) {
		json_decref(filter);
		return -1;
	}
	*ret = filter;
	return 0;
}
