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

int edit_parse(const char *text, char **ret_pointer, json_t **ret_value, struct err *err)
{
	const char *first = strchr(text, '='), *equals = first;
	auto_free char *pointer = NULL;
	struct err ignored;
	json_t *value;

	if (!first)
		return err_set(err, ERR_USAGE, "'%s' is not POINTER=JSON", text);
	while (doc_parse(equals + 1, strlen(equals + 1), &value, &ignored) < 0) {
		equals = strchr(equals + 1, '=');
		if (!equals)
			return not_json(text, first, err);
	}
	pointer = xstrndup(text, (size_t)(equals - text));
	if (check_pointer(pointer, err) < 0) {
		json_decref(value);
		return -1;
	}
	*ret_pointer = steal(&pointer);
	*ret_value = value;
	return 0;
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
		err_at(err, "", "has %zu entries, so none can be put at %s",
		       json_array_size(at), token);
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

/* The value at one step, an empty object if there was none; NULL if there cannot be one. */
static json_t *step(json_t *at, const char *token)
{
	json_t *next = pointer_child(at, token);

	if (next || (json_is_array(at) && strcmp(token, "-") == 0))
		return next;
	next = json_object();
	if (json_is_object(at))
		json_object_set_new(at, token, next);
	else if (put_entry(at, token, next))
		json_decref(next);
	else
		json_decref(steal(&next));
	return next;
}

static int set(json_t *doc, const char *pointer, json_t *value, struct err *err)
{
	const char *rest = pointer;
	json_t *at = doc;
	size_t depth = 1;

	for (;; depth++) {
		const char *above = rest;
		auto_free char *token = NULL;
		json_t *next;

		if (!json_is_object(at) && !json_is_array(at))
			return no_members(pointer, above, at, err);
		token = pointer_next(&rest);
		if (!*rest && depth + doc_depth(value) > DOC_MAX_DEPTH)
			return err_at(err, pointer, "would nest more than %d levels",
			              DOC_MAX_DEPTH);
		if (!*rest && json_is_object(at))
			return json_object_set(at, token, value);
		if (!*rest && put_entry(at, token, value))
			return 0;
		next = *rest ? step(at, token) : NULL;
		if (!next)
			return no_entry(pointer, above, at, token, err);
		at = next;
	}
}

int edit_set_new(json_t **doc, const char *pointer, json_t *value, struct err *err)
{
	int failed;

	if (!*pointer) {
		json_decref(*doc);
		*doc = value;
		return 0;
	}
	failed = set(*doc, pointer, value, err);
	json_decref(value);
	return failed;
}

int edit_unset(json_t *doc, const char *pointer, struct err *err)
{
	if (check_pointer(pointer, err) < 0)
		return -1;
	if (!*pointer)
		return err_set(err, ERR_USAGE, "cannot remove the whole document");
	spec_drop(doc, pointer);
	return 0;
}
