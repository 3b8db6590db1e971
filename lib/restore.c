// SPDX-License-Identifier: Apache-2.0
#include "restore.h"

#include "schematable.h"
#include "spec.h"

static void restore(const struct shape *shape, const json_t *before, json_t *after);

static const struct member *find_member(const struct shape *shape, const char *name)
{
	for (const struct member *member = shape->members; member->name; member++)
		if (str_equal(member->name, name))
			return member;
	return NULL;
}

/* True if there is something in the object, and nothing of it is known. */
static bool all_unknown(const struct shape *shape, const json_t *object)
{
	json_t *borrowed = (json_t *)(uintptr_t)object;
	const char *name;
	json_t *value;

	if (shape->type != SHAPE_OBJECT || json_object_size(object) == 0)
		return false;
	json_object_foreach(borrowed, name, value) {
		if (find_member(shape, name))
			return false;
	}
	return true;
}

static void restore_object(const struct shape *shape, const json_t *before, json_t *after)
{
	json_t *borrowed = (json_t *)(uintptr_t)before;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value) {
		const struct member *member = find_member(shape, name);
		json_t *now = json_object_get(after, name);

		if (member && now)
			restore(member->shape, value, now);
		else if (!now && (!member || all_unknown(member->shape, value)))
			json_object_set_new(after, name, json_deep_copy(value));
	}
}

static void restore_map(const struct shape *shape, const json_t *before, json_t *after)
{
	json_t *borrowed = (json_t *)(uintptr_t)before;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value)
		restore(shape->each, value, json_object_get(after, name));
}

/* What tells the entries of a list apart: their first member that must be a string. */
static const char *list_key(const struct shape *each)
{
	for (const struct member *member = each->members; member->name; member++)
		if (member->need == REQUIRED && member->shape->type == SHAPE_STRING)
			return member->name;
	return NULL;
}

/* Of several entries with one key the first ones belong together, and so on. */
static void restore_by_key(const struct shape *each, const char *key, const json_t *before,
                           json_t *after)
{
	json_t *places = json_object(), *entry;
	size_t i;

	json_array_foreach(after, i, entry) {
		const char *name = doc_string(json_object_get(entry, key));
		json_t *queue = name ? json_object_get(places, name) : NULL;

		if (name && !queue) {
			queue = json_array();
			json_object_set_new(places, name, queue);
		}
		json_array_append(queue, entry);
	}
	/* From the end, where an entry is taken off in no time. */
	for (i = json_array_size(before); i-- > 0;) {
		const json_t *old = json_array_get(before, i);
		const char *name = doc_string(json_object_get(old, key));
		json_t *queue = name ? json_object_get(places, name) : NULL;
		size_t left = json_array_size(queue);

		if (left == 0)
			continue;
		restore(each, old, json_array_get(queue, left - 1));
		json_array_remove(queue, left - 1);
	}
	json_decref(places);
}

static void restore_list(const struct shape *shape, const json_t *before, json_t *after)
{
	const char *key;

	if (shape->each->type != SHAPE_OBJECT)
		return;
	key = list_key(shape->each);
	if (key) {
		restore_by_key(shape->each, key, before, after);
		return;
	}
	/* Entries without a name are the same ones if there are as many. */
	if (json_array_size(before) != json_array_size(after))
		return;
	for (size_t i = 0; i < json_array_size(before); i++)
		restore(shape->each, json_array_get(before, i), json_array_get(after, i));
}

static void restore(const struct shape *shape, const json_t *before, json_t *after)
{
	if (doc_kind(before) != doc_kind(after))
		return;
	if (shape->type == SHAPE_OBJECT)
		restore_object(shape, before, after);
	else if (shape->type == SHAPE_MAP)
		restore_map(shape, before, after);
	else if (shape->type == SHAPE_LIST)
		restore_list(shape, before, after);
}

void restore_unknown(const json_t *before, json_t *after)
{
	restore(&schema_document, before, after);
}

/* ---- /ocipipe ------------------------------------------------------------ */

/* The destinations of all mounts, as the names in an object. */
static json_t *destinations(const json_t *doc)
{
	json_t *names = json_object(), *mount;
	size_t i;

	json_array_foreach(json_object_get(doc, "mounts"), i, mount) {
		const char *name = doc_string(json_object_get(mount, "destination"));

		if (name)
			json_object_set_new(names, name, json_true());
	}
	return names;
}

static json_t *steps_left(const json_t *steps, const json_t *before, const json_t *after)
{
	json_t *old = destinations(before), *now = destinations(after);
	json_t *left = json_array(), *step;
	size_t i;

	json_array_foreach(steps, i, step) {
		const char *mount = doc_string(json_object_get(step, "mount"));

		if (!mount || json_object_get(now, mount) || !json_object_get(old, mount))
			json_array_append(left, step);
	}
	json_decref(old);
	json_decref(now);
	return left;
}

int restore_plan(const json_t *before, json_t *after, struct err *err)
{
	const json_t *plan = json_object_get(before, "ocipipe");
	const json_t *steps = spec_get(before, "/ocipipe/prepare");

	json_object_del(after, "ocipipe"); /* it is nobody's but ours */
	if (!plan)
		return 0;
	json_object_set_new(after, "ocipipe", json_deep_copy(plan));
	if (!json_is_array(steps))
		return 0;
	if (spec_put_new(after, "/ocipipe/prepare", steps_left(steps, before, after), err) <
	    0)
		return -1;
	spec_drop_empty(after, "/ocipipe/prepare");
	return 0;
}
