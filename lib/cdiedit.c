// SPDX-License-Identifier: Apache-2.0
#include "cdiedit.h"

#include <inttypes.h>
#include <string.h>

#include "envlist.h"
#include "hookfile.h"
#include "hooklist.h"
#include "mountlist.h"
#include "prepare.h"
#include "spec.h"

struct mountlist *cdiedit_mounts(struct cdiedit *edit)
{
	if (!edit->mounts)
		edit->mounts = mountlist_new(json_object_get(edit->doc, "mounts"));
	return edit->mounts;
}

/* ---- each member --------------------------------------------------------- */

static int edit_env(struct cdiedit *edit, const json_t *list, struct err *err)
{
	json_t *entry;
	size_t i;

	if (!edit->env && json_array_size(list) > 0)
		edit->env = envlist_new(spec_get(edit->doc, "/process/env"));
	json_array_foreach(list, i, entry) {
		const char *text = doc_string(entry), *equals = strchr(text, '=');
		auto_free char *name = xstrndup(text, (size_t)(equals - text));

		if (envlist_put(edit->env, name, equals + 1) < 0)
			return err_set(err, ERR_INPUT, "'%s' is not UTF-8", name);
	}
	return 0;
}

/* A mount that does not say what it is binds. */
static json_t *make_mount(const json_t *wanted, const char *path)
{
	const json_t *type = json_object_get(wanted, "type");
	json_t *options = json_array(), *mount;
	bool binds;

	json_array_extend(options, json_object_get(wanted, "options"));
	binds = spec_list_has(options, "bind") || spec_list_has(options, "rbind");
	if (!binds && (!type || str_equal(doc_string(type), "bind")))
		json_array_insert_new(options, 0, json_string("rbind"));
	mount = json_pack("{s:s, s:s, s:O}", "destination", path, "type",
	                  type ? doc_string(type) : "bind", "source",
	                  json_object_get(wanted, "hostPath"));
	if (json_array_size(options) > 0)
		json_object_set(mount, "options", options);
	json_decref(options);
	return mount;
}

static void edit_mounts(struct cdiedit *edit, const json_t *list)
{
	json_t *wanted;
	size_t i;

	json_array_foreach(list, i, wanted) {
		auto_free char *path = mountlist_tidy(
			doc_string(json_object_get(wanted, "containerPath")));

		prepare_drop(edit->doc, path); /* what it was for is not there any more */
		mountlist_put_new(cdiedit_mounts(edit), make_mount(wanted, path));
	}
}

static int edit_hooks(struct cdiedit *edit, const json_t *list, struct err *err)
{
	json_t *wanted;
	size_t i;

	if (!edit->hooks && json_array_size(list) > 0)
		edit->hooks = hooklist_new(edit->doc);
	json_array_foreach(list, i, wanted) {
		json_t *copy = json_copy(wanted), *hook;
		int stage;

		json_object_del(copy, "hookName");
		hook = hookfile_hook(copy, err);
		json_decref(copy);
		if (!hook ||
		    !name_value(hook_stages,
		                doc_string(json_object_get(wanted, "hookName")), &stage))
			return -1;
		hooklist_add(edit->hooks, (enum hook_stage)stage, hook);
		json_decref(hook);
	}
	return 0;
}

static int edit_interfaces(struct cdiedit *edit, const json_t *list, struct err *err)
{
	json_t *wanted;
	size_t i;

	json_array_foreach(list, i, wanted) {
		auto_free char *pointer =
			spec_pointer("/linux/netDevices",
		                     doc_string(
					     json_object_get(wanted, "hostInterfaceName")));
		json_t *device =
			json_pack("{s:O}", "name", json_object_get(wanted, "name"));

		if (spec_put_new(edit->doc, pointer, device, err) < 0)
			return -1;
	}
	return 0;
}

/* Note a group; false if it was there before. */
static bool note_group(json_t *known, uint64_t group)
{
	auto_free char *key = xasprintf("%" PRIu64, group);
	bool is_new = !json_object_get(known, key);

	json_object_set_new(known, key, json_true());
	return is_new;
}

static json_t *known_groups(const json_t *groups)
{
	json_t *known = json_object(), *entry;
	size_t i;

	json_array_foreach(groups, i, entry) {
		uint64_t group;

		if (doc_get_u64(entry, &group))
			(void)note_group(known, group);
	}
	return known;
}

/* The group 0 is ignored, as the specification says. */
static int edit_groups(struct cdiedit *edit, const json_t *list, struct err *err)
{
	static const char pointer[] = "/process/user/additionalGids";
	json_t *entry, *groups;
	size_t i;

	if (!edit->groups && json_array_size(list) > 0)
		edit->groups = known_groups(spec_get(edit->doc, pointer));
	json_array_foreach(list, i, entry) {
		uint64_t group;

		if (!doc_get_u64(entry, &group) || group == 0 ||
		    !note_group(edit->groups, group))
			continue;
		if (spec_ensure_array(edit->doc, pointer, &groups, err) < 0)
			return -1;
		json_array_append(groups, entry);
	}
	return 0;
}

/* ---- all of it ----------------------------------------------------------- */

int cdiedit_make(struct cdiedit *edit, const json_t *edits, struct err *err)
{
	const json_t *rdt = json_object_get(edits, "intelRdt");

	if (edit_env(edit, json_object_get(edits, "env"), err) < 0 ||
	    edit_interfaces(edit, json_object_get(edits, "netDevices"), err) < 0)
		return -1;
	edit_mounts(edit, json_object_get(edits, "mounts"));
	if (edit_hooks(edit, json_object_get(edits, "hooks"), err) < 0 ||
	    edit_groups(edit, json_object_get(edits, "additionalGids"), err) < 0)
		return -1;
	return rdt ? spec_put_new(edit->doc, "/linux/intelRdt", json_deep_copy(rdt), err)
	           : 0;
}

int cdiedit_write(struct cdiedit *edit, struct err *err)
{
	if (edit->env &&
	    spec_put_new(edit->doc, "/process/env", envlist_array(edit->env), err) < 0)
		return -1;
	if (edit->mounts &&
	    spec_put_new(edit->doc, "/mounts", mountlist_array(edit->mounts), err) < 0)
		return -1;
	return edit->hooks ? hooklist_write(edit->hooks, edit->doc, err) : 0;
}

void cdiedit_free(struct cdiedit *edit)
{
	if (edit->env)
		envlist_free(edit->env);
	if (edit->mounts)
		mountlist_free(edit->mounts);
	hooklist_free(edit->hooks);
	json_decref(edit->groups);
}
