// SPDX-License-Identifier: Apache-2.0
#include "edits.h"

#include <string.h>

#include "spec.h"

struct edit {
	char *pointer;
	const char *const *keys; /* of an entry; NULL: all that is at the pointer */
	json_t *value;           /* NULL: to be removed */
};

static void add(struct edits *edits, const char *pointer, const char *const *keys,
                json_t *value)
{
	edits->all = xrealloc(edits->all, (edits->count + 1) * sizeof(*edits->all));
	edits->all[edits->count++] = (struct edit){ xstrdup(pointer), keys, value };
}

void edits_put_new(struct edits *edits, const char *pointer, json_t *value)
{
	add(edits, pointer, NULL, value);
}

void edits_put_entry_new(struct edits *edits, const char *pointer, const char *const *keys,
                         json_t *entry)
{
	add(edits, pointer, keys, entry);
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
static json_t *edit_list(const json_t *list, const struct edit *edit)
{
	json_t *ret = json_array(), *entry, *changed = NULL;
	size_t i;

	json_array_foreach(list, i, entry) {
		if (!same_entry(entry, edit->value, edit->keys)) {
			json_array_append(ret, entry);
			continue;
		}
		if (changed)
			continue;
		changed = entry;
		merge(changed, edit->value);
		if (!only_keys(changed, edit->keys))
			json_array_append(ret, changed);
	}
	if (!changed) {
		json_auto_t *fresh = json_object();

		merge(fresh, edit->value);
		if (!only_keys(fresh, edit->keys))
			json_array_append(ret, fresh);
	}
	return ret;
}

static int apply_entry(const struct edit *edit, json_t *doc, struct err *err)
{
	const json_t *list = spec_get(doc, edit->pointer);
	json_t *edited = edit_list(list, edit);

	if (json_array_size(edited) > 0)
		return spec_put_new(doc, edit->pointer, edited, err);
	json_decref(edited);
	if (json_array_size(list) > 0)
		drop(doc, edit->pointer);
	return 0;
}

int edits_apply(const struct edits *edits, json_t *doc, struct err *err)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->all[i];
		int failed = 0;

		if (edit->keys)
			failed = apply_entry(edit, doc, err);
		else if (edit->value)
			failed = spec_put_new(doc, edit->pointer, json_incref(edit->value),
			                      err);
		else
			drop(doc, edit->pointer);
		if (failed)
			return -1;
	}
	return 0;
}

void edits_free(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		free(edits->all[i].pointer);
		json_decref(edits->all[i].value);
	}
	free(edits->all);
	*edits = (struct edits){ 0 };
}
