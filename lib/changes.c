// SPDX-License-Identifier: Apache-2.0
#include "changes.h"

#include <string.h>

#include "spec.h"

struct change {
	char *pointer;
	const char *const *keys; /* of an entry; NULL: all that is at the pointer */
	json_t *value;           /* NULL: to be removed */
};

static void add(struct changes *changes, const char *pointer, const char *const *keys,
                json_t *value)
{
	changes->all = xrealloc(changes->all, (changes->count + 1) * sizeof(*changes->all));
	changes->all[changes->count++] = (struct change){ xstrdup(pointer), keys, value };
}

void changes_put_new(struct changes *changes, const char *pointer, json_t *value)
{
	add(changes, pointer, NULL, value);
}

void changes_put_entry_new(struct changes *changes, const char *pointer,
                           const char *const *keys, json_t *entry)
{
	add(changes, pointer, keys, entry);
}

/* Remove what is at `pointer`, then what is empty above it. */
static void drop(json_t *doc, const char *pointer)
{
	auto_free char *above = xstrdup(pointer);

	if (!spec_get(doc, pointer))
		return;
	spec_drop(doc, pointer);
	for (;;) {
		*strrchr(above, '/') = '\0';
		if (!strchr(above + (*above == '/'), '/'))
			return;
		spec_drop_empty(doc, above);
	}
}

static bool same_entry(const json_t *a, const json_t *b, const char *const *keys)
{
	for (; *keys; keys++)
		if (!doc_equal(json_object_get(a, *keys), json_object_get(b, *keys)))
			return false;
	return true;
}

static void merge(json_t *entry, json_t *changes)
{
	const char *name;
	json_t *value;

	json_object_foreach(changes, name, value) {
		if (doc_kind(value) == DOC_NULL)
			json_object_del(entry, name);
		else
			json_object_set(entry, name, value);
	}
}

static bool only_keys(const json_t *entry, const char *const *keys)
{
	size_t count = 0;

	while (keys[count])
		count++;
	return json_object_size(entry) <= count;
}

/* A new list, since removing from the middle of a long one again and again is slow. */
static json_t *change_list(const json_t *list, const struct change *change)
{
	json_t *ret = json_array(), *entry, *changed = NULL;
	size_t i;

	json_array_foreach(list, i, entry) {
		if (!same_entry(entry, change->value, change->keys)) {
			json_array_append(ret, entry);
			continue;
		}
		if (changed)
			continue;
		changed = entry;
		merge(changed, change->value);
		if (!only_keys(changed, change->keys))
			json_array_append(ret, changed);
	}
	if (!changed) {
		json_auto_t *fresh = json_object();

		merge(fresh, change->value);
		if (!only_keys(fresh, change->keys))
			json_array_append(ret, fresh);
	}
	return ret;
}

static int apply_entry(const struct change *change, json_t *doc, struct err *err)
{
	const json_t *list = spec_get(doc, change->pointer);
	json_t *edited = change_list(list, change);

	if (json_array_size(edited) > 0)
		return spec_put_new(doc, change->pointer, edited, err);
	json_decref(edited);
	if (json_array_size(list) > 0)
		drop(doc, change->pointer);
	return 0;
}

int changes_apply(const struct changes *changes, json_t *doc, struct err *err)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->all[i];
		int failed = 0;

		if (change->keys)
			failed = apply_entry(change, doc, err);
		else if (change->value)
			failed = spec_put_new(doc, change->pointer,
			                      json_incref(change->value), err);
		else
			drop(doc, change->pointer);
		if (failed)
			return -1;
	}
	return 0;
}

void changes_free(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->all[i].pointer);
		json_decref(changes->all[i].value);
	}
	free(changes->all);
	*changes = (struct changes){ 0 };
}
