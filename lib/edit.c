// SPDX-License-Identifier: Apache-2.0
#include "edit.h"

#include <string.h>

#include "pointer.h"
#include "spec.h"

static int not_json(const char *text, const char *equals, struct err *err)
{
	err_set(err, ERR_USAGE, "'%s' is not JSON", equals + 1);
	if (strpbrk(equals + 1, "\"'{}[]\\"))
		return -1;
	return err_hint(err, "a string has quotes of its own: '%.*s=\"%s\"'",
	                (int)(equals - text), text, equals + 1);
}

static int check_pointer(const char *pointer, struct err *err)
{
	if (pointer_valid(pointer))
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a JSON pointer", pointer);
	if (*pointer != '/')
		return err_hint(err, "it begins with a slash: /process/cwd");
	return err_hint(err, "a '~' in a name is written ~0, a '/' ~1");
}

static int parse_set(const char *text, struct edit *ret, struct err *err)
{
	const char *first = strchr(text, '='), *equals = first;
	struct err ignored;

	if (!first)
		return err_set(err, ERR_USAGE, "'%s' is not POINTER=JSON", text);
	while (doc_parse(equals + 1, strlen(equals + 1), &ret->value, &ignored) < 0) {
		equals = strchr(equals + 1, '=');
		if (!equals)
			return not_json(text, first, err);
	}
	ret->pointer = xstrndup(text, (size_t)(equals - text));
	return 0;
}

int edit_parse(const char *text, bool setting, struct edit *ret, struct err *err)
{
	auto_edit struct edit edit = { 0 };

	if (setting && parse_set(text, &edit, err) < 0)
		return -1;
	if (!setting)
		edit.pointer = xstrdup(text);
	if (check_pointer(edit.pointer, err) < 0)
		return -1;
	if (!setting && !*text)
		return err_set(err, ERR_USAGE, "cannot remove the whole document");
	ret->pointer = steal(&edit.pointer);
	ret->value = steal(&edit.value);
	return 0;
}

int edit_check(const char *text, bool setting, struct err *err)
{
	auto_edit struct edit edit = { 0 };

	return edit_parse(text, setting, &edit, err);
}

void edit_free(struct edit *edit)
{
	free(edit->pointer);
	json_decref(edit->value);
}

/* ---- setting ------------------------------------------------------------- */

static int no_members(const char *pointer, const char *rest, const json_t *at,
                      struct err *err)
{
	err_at(err, "", "is %s, which has no members", doc_kind_name(doc_kind(at)));
	return err_where(err, "%.*s", (int)(rest - pointer), pointer);
}

static int no_entry(const char *pointer, const char *rest, const json_t *at,
                    const char *token, struct err *err)
{
	size_t i;

	if (pointer_index(token, &i))
		err_at(err, "", "has no entry %s, only %zu of them", token,
		       json_array_size(at));
	else
		err_at(err, "", "is an array, and '%s' is not an index", token);
	return err_where(err, "%.*s", (int)(rest - pointer), pointer);
}

/* Put it into an array; false if the token does not say where. */
static bool put_entry(json_t *array, const char *token, json_t *value)
{
	size_t count = json_array_size(array), i;
	json_t *entry;

	if (strcmp(token, "-") == 0) {
		json_array_foreach(array, i, entry) {
			if (doc_equal(entry, value))
				return true;
		}
		json_array_append(array, value);
		return true;
	}
	if (!pointer_index(token, &i) || i > count)
		return false;
	if (i < count)
		json_array_set(array, i, value);
	else
		json_array_append(array, value);
	return true;
}

/* The value at one step, made if there was none: a list where `rest` is to be put at the
 * end of one; NULL if there cannot be one. */
static json_t *step(json_t *at, const char *token, const char *rest)
{
	json_t *next = pointer_child(at, token);

	if (next || (json_is_array(at) && strcmp(token, "-") == 0))
		return next;
	next = strcmp(rest, "/-") == 0 ? json_array() : json_object();
	if (json_is_object(at))
		json_object_set_new(at, token, next);
	else if (put_entry(at, token, next))
		json_decref(next);
	else
		json_decref(steal(&next));
	return next;
}

static int check_depth(const char *pointer, const json_t *value, struct err *err)
{
	size_t depth = doc_depth(value);

	for (const char *c = pointer; (c = strchr(c, '/')); c++)
		depth++;
	if (depth <= DOC_MAX_DEPTH)
		return 0;
	err_at(err, "", "would nest more than %d levels", DOC_MAX_DEPTH);
	return err_where(err, "%.64s...", pointer);
}

static int set(json_t *doc, const char *pointer, json_t *value, struct err *err)
{
	const char *rest = pointer;
	json_t *at = doc;

	/* Before anything is made: freeing what is too deep would overflow the stack. */
	if (check_depth(pointer, value, err) < 0)
		return -1;
	for (;;) {
		const char *above = rest;
		auto_free char *token = NULL;
		json_t *next;

		if (!json_is_object(at) && !json_is_array(at))
			return no_members(pointer, above, at, err);
		token = pointer_next(&rest);
		if (!*rest && json_is_object(at))
			return json_object_set(at, token, value);
		if (!*rest && put_entry(at, token, value))
			return 0;
		next = *rest ? step(at, token, rest) : NULL;
		if (!next)
			return no_entry(pointer, above, at, token, err);
		at = next;
	}
}

int edit_apply(json_t **doc, const struct edit *edit, struct err *err)
{
	if (!edit->value) {
		spec_drop(*doc, edit->pointer);
		return 0;
	}
	if (*edit->pointer)
		return set(*doc, edit->pointer, edit->value, err);
	json_decref(*doc);
	*doc = json_incref(edit->value);
	return 0;
}
