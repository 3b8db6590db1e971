// SPDX-License-Identifier: Apache-2.0
#include "scoptions.h"

#include <errno.h>
#include <string.h>

#include "profile.h"
#include "scprogram.h"
#include "sctext.h"
#include "scverify.h"

/* All edits together. */
struct edits {
	enum sc_arch native;
	bool has_otherwise;
	struct sc_action otherwise;
	struct sc_changes changes;
	json_t *flags;
	char *listener; /* the path; what is behind a comma is metadata */
};

static void edits_free(struct edits *edits)
{
	sc_changes_free(&edits->changes);
	json_decref(edits->flags);
	free(edits->listener);
}

/* ---- rules --------------------------------------------------------------- */

/* runc refuses it: its own write to the listener would wait for the listener. */
static int check_notify(const char *name, const struct sc_change *change, struct err *err)
{
	if (change->what.action.kind != SC_NOTIFY || strcmp(name, "write") != 0)
		return 0;
	return err_set(err, ERR_USAGE,
	               "write cannot be left to a listener: the runtime "
	               "itself needs it");
}

static int add_calls(struct edits *edits, char *calls, const struct sc_change *like,
                     struct err *err)
{
	char *name, *conds;
	int more;

	while ((more = sc_text_call(&calls, &name, &conds, err)) > 0) {
		struct sc_change change = *like;

		if (conds && like->removed)
			return err_set(err, ERR_USAGE, "'%s' takes no conditions", name);
		if (sc_name_check(name, err) < 0 || check_notify(name, &change, err) < 0 ||
		    (conds && sc_text_conds(conds, &change.what, err) < 0))
			return -1;
		change.name = xstrdup(name);
		sc_changes_add(&edits->changes, &change);
	}
	return more;
}

/* "ACTION:CALLS" */
static int add_rule(struct edits *edits, char *value, struct sc_change *like,
                    struct err *err)
{
	char *calls = strchr(value, ':');

	if (!calls) {
		err_set(err, ERR_USAGE, "'%s' is not ACTION:NAME", value);
		return err_hint(err, "errno=EPERM:socket(a0==16),bind");
	}
	*calls++ = '\0';
	if (sc_text_action(value, edits->native, &like->what.action, err) < 0)
		return -1;
	return add_calls(edits, calls, like, err);
}

/* ---- the rest ------------------------------------------------------------ */

static int set_otherwise(struct edits *edits, const char *value, struct err *err)
{
	if (sc_text_action(value, edits->native, &edits->otherwise, err) < 0)
		return -1;
	if (edits->otherwise.kind == SC_NOTIFY)
		return err_set(err, ERR_USAGE,
		               "not everything can be left to a listener: "
		               "the runtime itself needs some");
	edits->has_otherwise = true;
	return 0;
}

static int add_flag(struct edits *edits, const char *value, struct err *err)
{
	auto_buf struct buf known = { 0 };
	const char *flag;
	int index;

	if (!name_value(sc_flag_names, value, &index) &&
	    !name_value(sc_flag_spec_names, value, &index)) {
		name_list(sc_flag_names, &known);
		err_set(err, ERR_USAGE, "unknown flag '%s'", value);
		return err_hint(err, "known: %s", known.data);
	}
	flag = name_of(sc_flag_spec_names, index);
	json_array_append_new(edits->flags, json_string(flag));
	return 0;
}

enum kind { RULE, ALLOW, DENY, REMOVE, OTHERWISE, FLAG, LISTENER };

static const struct name kinds[] = {
	{ "--rule", RULE },         { "--allow", ALLOW }, { "--deny", DENY },
	{ "--rm", REMOVE },         { "--flag", FLAG },   { "--default-action", OTHERWISE },
	{ "--listener", LISTENER }, { NULL, 0 },
};

static int add_edit(struct edits *edits, const char *option, int kind, char *value,
                    struct err *err)
{
	struct sc_change like = { .option = option, .removed = kind == REMOVE };

	switch (kind) {
	case RULE:
		return add_rule(edits, value, &like, err);
	case DENY:
		like.what.action = (struct sc_action){ SC_ERRNO, EPERM };
		return add_calls(edits, value, &like, err);
	case ALLOW:
		like.what.action.kind = SC_ALLOW;
		return add_calls(edits, value, &like, err);
	case REMOVE:
		return add_calls(edits, value, &like, err);
	case OTHERWISE:
		return set_otherwise(edits, value, err);
	case FLAG:
		return add_flag(edits, value, err);
	default:
		free(edits->listener);
		edits->listener = xstrdup(value);
		return 0;
	}
}

static int parse_edit(struct edits *edits, const char *option, struct err *err)
{
	size_t len = strcspn(option, "=");
	auto_free char *name = xstrndup(option, len);
	auto_free char *value = NULL;
	int kind;

	if (!option[len] || !name_value(kinds, name, &kind))
		return err_at(err, option, "is not an edit");
	value = xstrdup(option + len + 1);
	return add_edit(edits, option, kind, value, err) < 0 ? err_where(err, "%s", option)
	                                                     : 0;
}

static int parse_edits(struct edits *edits, const json_t *options, struct err *err)
{
	json_t *option;
	size_t i;

	edits->flags = json_array();
	json_array_foreach(options, i, option) {
		if (parse_edit(edits, doc_string(option) ? doc_string(option) : "", err) <
		    0)
			return -1;
	}
	return 0;
}

/* ---- applying ------------------------------------------------------------ */

/* What only a profile may have would be skipped, and its rule always hold. */
static int check_extended(const json_t *filter, struct err *err)
{
	static const char *const members[] = { "name", "errno", "includes", "excludes" };
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(filter, "syscalls"), i, rule) {
		for (size_t j = 0; j < ARRAY_LEN(members); j++) {
			if (!json_object_get(rule, members[j]))
				continue;
			err_set(err, ERR_INPUT,
			        "belongs into a profile: a runtime "
			        "does not look at it");
			err_hint(err, "--profile=FILE resolves one");
			return err_where(err, "/syscalls/%zu/%s", i, members[j]);
		}
	}
	return 0;
}

/* Where a program can make a call through another. */
static void multiplexed(const json_t *filter, enum sc_arch native, bool *any, bool *wide)
{
	struct sc_filter read;

	sc_filter_read(filter, &read);
	read.arch[native] = true;
	*any = *wide = false;
	for (int arch = 0; arch < SC_ARCHES; arch++) {
		if (!read.arch[arch] || !sc_arch_multiplexes((enum sc_arch)arch))
			continue;
		*any = true;
		*wide |= !sc_arch_is_32bit((enum sc_arch)arch);
	}
	sc_filter_free(&read);
}

static int change_rules(json_t *filter, const struct edits *edits, bool verified,
                        struct err *err)
{
	json_auto_t *before = NULL;
	struct sc_slots slots;
	bool any, wide;
	int ret;

	if (edits->changes.count == 0)
		return 0;
	before = json_deep_copy(filter);
	multiplexed(filter, edits->native, &any, &wide);
	if (sc_edit(filter, &edits->changes, any, wide, &slots, err) < 0)
		return -1;
	ret = verified ? sc_verify(before, filter, edits->native, &slots, err) : 0;
	sc_slots_free(&slots);
	return ret;
}

static void put_flags(json_t *filter, const json_t *flags)
{
	json_t *list = json_object_get(filter, "flags"), *flag;
	size_t i;

	if (json_array_size(flags) > 0 && !list) {
		list = json_array();
		json_object_set_new(filter, "flags", list);
	}
	json_array_foreach(flags, i, flag) {
		ptrdiff_t at = -1;
		json_t *old;
		size_t j;

		json_array_foreach(list, j, old)
			at = json_equal(old, flag) ? (ptrdiff_t)j : at;
		if (at < 0)
			json_array_append(list, flag);
	}
}

static void put_listener(json_t *filter, const char *listener)
{
	const char *comma = listener ? strchr(listener, ',') : NULL;

	if (!listener)
		return;
	json_object_set_new(filter, "listenerPath",
	                    json_stringn(listener, strcspn(listener, ",")));
	if (comma)
		json_object_set_new(filter, "listenerMetadata", json_string(comma + 1));
	else
		json_object_del(filter, "listenerMetadata");
}

static int apply_edits(json_t *filter, const struct edits *edits, bool verified,
                       struct err *err)
{
	if (check_extended(filter, err) < 0) {
		return err_under(err, profile_filter_pointer);
	}
	if (edits->has_otherwise && sc_edit_default(filter, edits->otherwise, err) < 0)
		return -1;
	if (change_rules(filter, edits, verified, err) < 0)
		return -1;
	put_flags(filter, edits->flags);
	put_listener(filter, edits->listener);
	return 0;
}

static int apply(json_t *filter, const json_t *options, enum sc_arch native, bool verified,
                 struct err *err)
{
	struct edits edits = { .native = native };
	int ret = parse_edits(&edits, options, err);

	if (ret == 0 && json_array_size(options) > 0)
		ret = apply_edits(filter, &edits, verified, err);
	edits_free(&edits);
	return ret;
}

int sc_options_apply(json_t *filter, const json_t *edits, enum sc_arch native,
                     struct err *err)
{
	return apply(filter, edits, native, true, err);
}

int sc_options_imagine(json_t *filter, const json_t *edits, enum sc_arch native,
                       struct err *err)
{
	return apply(filter, edits, native, false, err);
}

/* With the architectures of the default profile, so that those can run too. */
json_t *sc_options_allow_all(enum sc_arch native)
{
	const struct profile_target target = { .arch = native };
	json_auto_t *profile = profile_default(), *looked = json_object();
	json_t *filter;
	struct err ignored;

	json_object_set_new(profile, "defaultAction", json_string("SCMP_ACT_ALLOW"));
	json_object_del(profile, "defaultErrno");
	json_object_del(profile, "defaultErrnoRet");
	json_object_del(profile, "syscalls");
	if (profile_resolve(profile, &target, looked, &filter, &ignored) < 0)
		abort();
	return filter;
}
