// SPDX-License-Identifier: Apache-2.0
#include "hookfile.h"

#include <string.h>

#include "hooklist.h"
#include "hookshape.h"

/* ---- the hook ------------------------------------------------------------ */

static void put(json_t *to, const char *name, json_t *value)
{
	if (value)
		json_object_set(to, name, value);
}

/* Its members have been checked. */
static json_t *make_hook(const json_t *hook)
{
	json_t *made = json_object(), *env = json_object_get(hook, "env");

	put(made, "path", json_object_get(hook, "path"));
	put(made, "args", json_object_get(hook, "args"));
	if (env)
		put(made, "env", env);
	else
		json_object_set_new(made, "env", json_array());
	put(made, "timeout", json_object_get(hook, "timeout"));
	return made;
}

json_t *hookfile_hook(const json_t *hook, struct err *err)
{
	return shape_check_all(&hookshape_hook, hook, err) < 0 ? NULL : make_hook(hook);
}

/* ---- the schema 1.0.0 ---------------------------------------------------- */

static unsigned int stages_of(const json_t *list)
{
	unsigned int ret = 0;
	json_t *value;
	size_t i;
	int stage;

	json_array_foreach(list, i, value)
		if (name_value(hook_stages, doc_string(value), &stage))
			ret |= 1U << stage;
	return ret;
}

static int parse_current(struct hookfile *file, struct err *err)
{
	const json_t *text = file->text, *when = json_object_get(text, "when");

	if (shape_check_all(&hookshape_file, text, err) < 0)
		return -1;
	file->hook = make_hook(json_object_get(text, "hook"));
	file->stages = stages_of(json_object_get(text, "stages"));
	file->when.always = hookwhen_condition(json_object_get(when, "always"));
	file->when.bind_mounts = hookwhen_condition(json_object_get(when, "hasBindMounts"));
	if (hookwhen_annotations(json_object_get(when, "annotations"), &file->when, err) <
	    0)
		return err_under(err, "/when/annotations");
	if (hookwhen_commands(json_object_get(when, "commands"), &file->when, err) < 0)
		return err_under(err, "/when/commands");
	return 0;
}

/* ---- the older schema ---------------------------------------------------- */

/* Which of two spellings of a member there is: both are an error, none is `a`. */
static const char *spelling(const json_t *text, const char *a, const char *b,
                            struct err *err)
{
	if (!json_object_get(text, b))
		return a;
	if (!json_object_get(text, a))
		return b;
	err_set(err, ERR_INPUT, "is the same as \"%s\", and both are there", a);
	err_where(err, "/%s", b);
	return NULL;
}

/* {"hook": PATH, "arguments": [...]} as the runtime-spec writes it. */
static json_t *old_hook(const json_t *text)
{
	json_t *path = json_object_get(text, "hook"), *args;
	json_t *arguments = json_object_get(text, "arguments");
	json_t *hook = json_object();

	put(hook, "path", path);
	if (arguments) {
		args = json_array();
		json_array_append(args, path);
		json_array_extend(args, arguments);
		json_object_set_new(hook, "args", args);
	}
	json_object_set_new(hook, "env", json_array());
	return hook;
}

/* A list of patterns for the value of any annotation: one of them has to be found (B232).
 */
static int old_annotations(struct hookfile *file, struct err *err)
{
	const char *name = spelling(file->text, "annotations", "annotation", err);
	auto_buf struct buf joined = { 0 };
	json_t *value, *pattern;
	size_t i;

	if (!name)
		return -1;
	if (json_array_size(json_object_get(file->text, name)) == 0)
		return 0;
	json_array_foreach(json_object_get(file->text, name), i, value)
		buf_printf(&joined, "%s%s", i ? "|" : "", doc_string(value));
	pattern = json_string(joined.data);
	json_object_set_new(file->text, "joined", pattern); /* where it lives on */
	return hookwhen_any_annotation(doc_string(pattern), &file->when, err) < 0
	               ? err_where(err, "/%s", name)
	               : 0;
}

static int old_commands(struct hookfile *file, struct err *err)
{
	const char *name = spelling(file->text, "cmds", "cmd", err);

	if (!name)
		return -1;
	if (hookwhen_commands(json_object_get(file->text, name), &file->when, err) < 0) {
		auto_free char *pointer = xasprintf("/%s", name);

		return err_under(err, pointer);
	}
	return 0;
}

static int old_stages(struct hookfile *file, struct err *err)
{
	const char *name = spelling(file->text, "stages", "stage", err);

	if (!name)
		return -1;
	if (!json_object_get(file->text, name))
		return err_at(err, "/stages", "must be an array, but is nothing");
	file->stages = stages_of(json_object_get(file->text, name));
	return 0;
}

static int parse_old(struct hookfile *file, struct err *err)
{
	const json_t *text = file->text;

	if (shape_check_all(&hookshape_old, text, err) < 0)
		return -1;
	file->hook = old_hook(text);
	file->when.any = true;
	file->when.bind_mounts = hookwhen_condition(json_object_get(text, "hasbindmounts"));
	if (old_stages(file, err) < 0 || old_annotations(file, err) < 0)
		return -1;
	return old_commands(file, err);
}

/* ---- either -------------------------------------------------------------- */

int hookfile_parse(json_t *text, struct hookfile *ret, struct err *err)
{
	const json_t *version = json_object_get(text, "version");
	const char *name = doc_string(version);

	ret->text = text;
	if (doc_kind(text) != DOC_OBJECT)
		return err_at(err, "", "must be an object, but is %s",
		              doc_kind_name(doc_kind(text)));
	if (version && !name)
		return err_at(err, "/version", "must be a string, but is %s",
		              doc_kind_name(doc_kind(version)));
	if (!name || !*name || strcmp(name, "0.1.0") == 0)
		return parse_old(ret, err);
	if (strcmp(name, "1.0.0") == 0)
		return parse_current(ret, err);
	err_at(err, "/version", "unknown version '%s'", name);
	return err_hint(err, "known: 1.0.0, 0.1.0");
}

void hookfile_free(struct hookfile *file)
{
	hookwhen_free(&file->when);
	json_decref(file->hook);
	json_decref(file->text);
}
