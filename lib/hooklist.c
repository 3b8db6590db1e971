// SPDX-License-Identifier: Apache-2.0
#include "hooklist.h"

#include "spec.h"

const struct name hook_stages[] = {
	{ "prestart", HOOK_PRESTART },
	{ "createRuntime", HOOK_CREATE_RUNTIME },
	{ "createContainer", HOOK_CREATE_CONTAINER },
	{ "startContainer", HOOK_START_CONTAINER },
	{ "poststart", HOOK_POSTSTART },
	{ "poststop", HOOK_POSTSTOP },
	{ "precreate", HOOK_PRECREATE },
	{ NULL, 0 },
};

struct entry {
	json_t *hook;
	bool removed;
};

struct stage {
	struct entry *entries;
	size_t count;
	size_t room;
	json_t *index; /* what a hook says -> its place */
	bool changed;
};

struct hooklist {
	struct stage stages[HOOK_STAGES];
};

/* What a hook says, as text that is equal for equal hooks, whatever their members' order.
 */
static char *key_of(const json_t *hook)
{
	static const char *const members[] = { "path", "args", "env", "timeout" };
	auto_buf struct buf key = { 0 };
	size_t known = 0;

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const json_t *value = json_object_get(hook, members[i]);

		buf_char(&key, value ? '+' : '-');
		if (value)
			doc_print(value, DOC_COMPACT, &key);
		known += value != NULL;
	}
	/* One that says more is equal to none that we add. */
	if (known != json_object_size(hook))
		doc_print(hook, DOC_COMPACT, &key);
	return buf_steal(&key);
}

static void append(struct stage *stage, json_t *hook, const char *key)
{
	if (stage->count == stage->room) {
		stage->room = stage->room ? stage->room * 2 : 8;
		stage->entries =
			xrealloc(stage->entries, stage->room * sizeof(*stage->entries));
	}
	if (!json_object_get(stage->index, key))
		json_object_set_new(stage->index, key,
		                    json_integer((json_int_t)stage->count));
	stage->entries[stage->count++] = (struct entry){ json_incref(hook), false };
}

struct hooklist *hooklist_new(const json_t *doc)
{
	struct hooklist *list = xcalloc(1, sizeof(*list));

	for (int i = 0; i < HOOK_STAGES; i++) {
		const json_t *hooks = json_object_get(json_object_get(doc, "hooks"),
		                                      name_of(hook_stages, i));
		json_t *hook;
		size_t at;

		list->stages[i].index = json_object();
		json_array_foreach(hooks, at, hook) {
			auto_free char *key = key_of(hook);

			append(&list->stages[i], hook, key);
		}
	}
	return list;
}

void hooklist_add(struct hooklist *list, enum hook_stage at, json_t *hook)
{
	struct stage *stage = &list->stages[at];
	auto_free char *key = key_of(hook);
	const json_t *place = json_object_get(stage->index, key);

	if (place) {
		stage->entries[json_integer_value(place)].removed = false;
		return;
	}
	append(stage, hook, key);
	stage->changed = true;
}

static void remove_from(struct stage *stage, const char *path)
{
	for (size_t i = 0; i < stage->count; i++) {
		struct entry *entry = &stage->entries[i];

		if (path &&
		    !str_equal(doc_string(json_object_get(entry->hook, "path")), path))
			continue;
		entry->removed = true;
		stage->changed = true;
	}
}

void hooklist_remove(struct hooklist *list, int stage, const char *path)
{
	for (int i = 0; i < HOOK_STAGES; i++)
		if (stage < 0 || stage == i)
			remove_from(&list->stages[i], path);
}

static int write_stage(const struct stage *stage, const char *name, json_t *doc,
                       struct err *err)
{
	auto_free char *pointer = spec_pointer("/hooks", name);
	json_t *array = json_array();
	int failed;

	for (size_t i = 0; i < stage->count; i++)
		if (!stage->entries[i].removed)
			json_array_append(array, stage->entries[i].hook);
	failed = spec_put_new(doc, pointer, array, err);
	if (failed == 0)
		spec_drop_empty(doc, pointer);
	return failed;
}

int hooklist_write(const struct hooklist *list, json_t *doc, struct err *err)
{
	bool changed = false;

	for (int i = 0; i < HOOK_STAGES; i++) {
		const struct stage *stage = &list->stages[i];

		if (!stage->changed)
			continue;
		changed = true;
		if (write_stage(stage, name_of(hook_stages, i), doc, err) < 0)
			return -1;
	}
	if (changed)
		spec_drop_empty(doc, "/hooks");
	return 0;
}

void hooklist_free(struct hooklist *list)
{
	if (!list)
		return;
	for (int i = 0; i < HOOK_STAGES; i++) {
		struct stage *stage = &list->stages[i];

		for (size_t at = 0; at < stage->count; at++)
			json_decref(stage->entries[at].hook);
		json_decref(stage->index);
		free(stage->entries);
	}
	free(list);
}

void hook_call_by(json_t *hook, const char *program, json_t *words)
{
	json_t *path = json_object_get(hook, "path"), *args = json_object_get(hook, "args");

	json_array_append(words, path);
	if (json_array_size(args) > 0)
		json_array_extend(words, args);
	else
		json_array_append(words, path);
	json_object_set_new(hook, "args", words);
	json_object_set_new(hook, "path", json_string(program));
}
