// SPDX-License-Identifier: Apache-2.0
#include "spec.h"

#include <string.h>

#include "pointer.h"

/* ---- pointers ------------------------------------------------------------ */

json_t *spec_get(const json_t *doc, const char *pointer)
{
	const json_t *at = doc;

	while (at && *pointer) {
		auto_free char *token = pointer_next(&pointer);

		at = pointer_child(at, token);
	}
	return (json_t *)(uintptr_t)at;
}

char *spec_pointer(const char *parent, const char *member)
{
	auto_buf struct buf text = { 0 };

	buf_text(&text, parent);
	pointer_add(member, &text);
	return buf_steal(&text);
}

/* Fail, naming what is at the first `len` bytes of `pointer`. */
static int wrong_kind(const char *pointer, size_t len, const char *want, const json_t *is,
                      struct err *err)
{
	err_set(err, ERR_INPUT, "must be %s, but is %s", want, doc_kind_name(doc_kind(is)));
	return err_where(err, "%.*s", (int)len, pointer);
}

/* Walk to the parent of the last token, making objects; *last is owned. */
static int walk_to_parent(json_t *doc, const char *pointer, json_t **parent, char **last,
                          struct err *err)
{
	const char *rest = pointer;
	json_t *at = doc;

	for (;;) {
		auto_free char *token = NULL;
		size_t above = (size_t)(rest - pointer);
		json_t *next;

		if (doc_kind(at) != DOC_OBJECT && doc_kind(at) != DOC_ARRAY)
			return wrong_kind(pointer, above, "an object", at, err);
		token = pointer_next(&rest);
		if (!*rest) {
			*parent = at;
			*last = steal(&token);
			return 0;
		}
		next = pointer_child(at, token);
		if (!next && doc_kind(at) == DOC_OBJECT) {
			next = json_object();
			json_object_set_new(at, token, next);
		}
		at = next;
	}
}

static int ensure(json_t *doc, const char *pointer, enum doc_kind kind, json_t **ret,
                  struct err *err)
{
	auto_free char *last = NULL;
	json_t *parent, *value;

	if (walk_to_parent(doc, pointer, &parent, &last, err) < 0)
		return -1;
	value = pointer_child(parent, last);
	if (!value && doc_kind(parent) == DOC_OBJECT) {
		value = kind == DOC_OBJECT ? json_object() : json_array();
		json_object_set_new(parent, last, value);
	}
	if (doc_kind(value) != kind)
		return wrong_kind(pointer, strlen(pointer), doc_kind_name(kind), value,
		                  err);
	*ret = value;
	return 0;
}

int spec_ensure_object(json_t *doc, const char *pointer, json_t **ret, struct err *err)
{
	return ensure(doc, pointer, DOC_OBJECT, ret, err);
}

int spec_ensure_array(json_t *doc, const char *pointer, json_t **ret, struct err *err)
{
	return ensure(doc, pointer, DOC_ARRAY, ret, err);
}

int spec_put_new(json_t *doc, const char *pointer, json_t *value, struct err *err)
{
	auto_free char *last = NULL;
	json_t *parent;

	if (walk_to_parent(doc, pointer, &parent, &last, err) < 0) {
		json_decref(value);
		return -1;
	}
	if (doc_kind(parent) != DOC_OBJECT) {
		json_decref(value);
		return wrong_kind(pointer, (size_t)(strrchr(pointer, '/') - pointer),
		                  "an object", parent, err);
	}
	json_object_set_new(parent, last, value);
	return 0;
}

void spec_drop(json_t *doc, const char *pointer)
{
	const char *slash = strrchr(pointer, '/');
	auto_free char *above = xstrndup(pointer, (size_t)(slash - pointer));
	auto_free char *last = pointer_next(&slash);
	json_t *parent = spec_get(doc, above);
	size_t i;

	if (json_is_array(parent) && pointer_index(last, &i))
		json_array_remove(parent, i);
	else
		json_object_del(parent, last);
}

void spec_drop_empty(json_t *doc, const char *pointer)
{
	json_t *value = spec_get(doc, pointer);

	if ((json_is_object(value) && json_object_size(value) == 0) ||
	    (json_is_array(value) && json_array_size(value) == 0))
		spec_drop(doc, pointer);
}

/* ---- lists --------------------------------------------------------------- */

ptrdiff_t spec_find_entry(const json_t *array, const char *key, const char *value)
{
	json_t *entry;
	size_t i;

	json_array_foreach(array, i, entry) {
		if (str_equal(doc_string(json_object_get(entry, key)), value))
			return (ptrdiff_t)i;
	}
	return -1;
}

void spec_put_entry_new(json_t *array, const char *key, const char *value, json_t *entry)
{
	ptrdiff_t at = spec_find_entry(array, key, value);

	if (at < 0)
		json_array_append_new(array, entry);
	else
		json_array_set_new(array, (size_t)at, entry);
}

void spec_drop_entry(json_t *array, const char *key, const char *value)
{
	for (ptrdiff_t at; (at = spec_find_entry(array, key, value)) >= 0;)
		json_array_remove(array, (size_t)at);
}

/* The value in "NAME=VALUE", or NULL if the entry is not NAME's. */
static const char *env_value(const json_t *entry, const char *name)
{
	const char *text = doc_string(entry);
	size_t len = strlen(name);

	return text && strncmp(text, name, len) == 0 && text[len] == '=' ? text + len + 1
	                                                                 : NULL;
}

const char *spec_env_get(const json_t *env, const char *name)
{
	for (size_t i = json_array_size(env); i-- > 0;) {
		const char *value = env_value(json_array_get(env, i), name);

		if (value)
			return value;
	}
	return NULL;
}

int spec_env_put(json_t *env, const char *name, const char *value, struct err *err)
{
	auto_free char *text = xasprintf("%s=%s", name, value);
	json_t *entry = doc_string_new(text);
	size_t count = json_array_size(env);
	bool placed = false;

	if (!entry)
		return err_set(err, ERR_USAGE, "'%s' is not UTF-8", name);
	for (size_t i = 0; i < count;) {
		if (!env_value(json_array_get(env, i), name)) {
			i++;
		} else if (!placed) {
			json_array_set(env, i++, entry);
			placed = true;
		} else {
			json_array_remove(env, i);
			count--;
		}
	}
	if (!placed)
		json_array_append(env, entry);
	json_decref(entry);
	return 0;
}

void spec_env_drop(json_t *env, const char *name)
{
	for (size_t i = json_array_size(env); i-- > 0;)
		if (env_value(json_array_get(env, i), name))
			json_array_remove(env, i);
}

bool spec_list_has(const json_t *list, const char *text)
{
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		if (str_equal(doc_string(entry), text))
			return true;
	}
	return false;
}
