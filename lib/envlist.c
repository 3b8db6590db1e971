// SPDX-License-Identifier: Apache-2.0
#include "envlist.h"

#include <string.h>

/* Entries of one name are chained by their places, which count from 1; 0 is none. */
struct place {
	json_t *entry; /* NULL: dropped */
	size_t next;   /* of the same name */
};

struct envlist {
	struct place *places;
	size_t count;
	size_t room;
	json_t *first; /* the first place of each name */
	json_t *last;
};

static size_t lookup(const json_t *index, const char *name, size_t len)
{
	return (size_t)json_integer_value(json_object_getn(index, name, len));
}

static void note(json_t *index, const char *name, size_t len, size_t at)
{
	json_object_setn_new(index, name, len, json_integer((json_int_t)at));
}

static void append_new(struct envlist *list, json_t *entry)
{
	const char *text = json_string_value(entry);
	size_t len = strcspn(text, "=");
	size_t before = lookup(list->last, text, len), at;

	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		list->places = xrealloc(list->places, list->room * sizeof(*list->places));
	}
	list->places[list->count++] = (struct place){ entry, 0 };
	at = list->count;
	/* A bare word is nobody's value (B032): it is kept, and never found. */
	if (!text[len])
		return;
	if (before)
		list->places[before - 1].next = at;
	else
		note(list->first, text, len, at);
	note(list->last, text, len, at);
}

struct envlist *envlist_new(const json_t *env)
{
	struct envlist *list = xcalloc(1, sizeof(*list));
	json_t *entry;
	size_t i;

	list->first = json_object();
	list->last = json_object();
	json_array_foreach(env, i, entry)
		append_new(list, json_incref(entry));
	return list;
}

const char *envlist_get(const struct envlist *list, const char *name)
{
	size_t at = lookup(list->last, name, strlen(name));

	return at ? json_string_value(list->places[at - 1].entry) + strlen(name) + 1 : NULL;
}

/* Drop the entries of one name from `at` on. */
static void drop_chain(struct envlist *list, size_t at)
{
	while (at) {
		struct place *place = &list->places[at - 1];

		json_decref(place->entry);
		at = place->next;
		*place = (struct place){ 0 };
	}
}

int envlist_put(struct envlist *list, const char *name, const char *value)
{
	auto_free char *text = xasprintf("%s=%s", name, value);
	size_t at = lookup(list->first, name, strlen(name));
	json_t *entry = doc_string_new(text);
	struct place *place;

	if (!entry)
		return -1;
	if (!at) {
		append_new(list, entry);
		return 0;
	}
	place = &list->places[at - 1];
	drop_chain(list, place->next);
	json_decref(place->entry);
	*place = (struct place){ entry, 0 };
	note(list->last, name, strlen(name), at);
	return 0;
}

void envlist_drop(struct envlist *list, const char *name)
{
	drop_chain(list, lookup(list->first, name, strlen(name)));
	json_object_del(list->first, name);
	json_object_del(list->last, name);
}

json_t *envlist_array(const struct envlist *list)
{
	json_t *env = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (list->places[i].entry)
			json_array_append(env, list->places[i].entry);
	return env;
}

void envlist_free(struct envlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		json_decref(list->places[i].entry);
	json_decref(list->first);
	json_decref(list->last);
	free(list->places);
	free(list);
}
