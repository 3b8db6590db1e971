// SPDX-License-Identifier: Apache-2.0
#include "envlist.h"

#include <string.h>
#include <sys/auxv.h>

/* An entry; those of one name are chained.  Places count from 1; 0 is none. */
struct place {
	json_t *entry;
	size_t next; /* of the same name */
	bool dropped;
};

/* The entries of one name: all of them are there, or all dropped. */
struct slot {
	size_t hash;
	size_t first;
	size_t last;
};

struct envlist {
	struct place *places;
	size_t count;
	size_t room;
	struct slot *slots; /* open addressing */
	size_t names;
	size_t slot_room; /* a power of two, at least twice the names */
	uint64_t seed;    /* nobody can choose names that collide */
};

/* ---- names --------------------------------------------------------------- */

static uint64_t random_seed(void)
{
	const void *bytes = (const void *)(uintptr_t)getauxval(AT_RANDOM);
	uint64_t seed = 0;

	if (bytes)
		memcpy(&seed, bytes, sizeof(seed));
	return seed;
}

static size_t hash_of(const struct envlist *list, const char *name, size_t len)
{
	uint64_t hash = list->seed ^ len;

	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return (size_t)(hash ^ hash >> 32);
}

static const char *text_at(const struct envlist *list, size_t place)
{
	return json_string_value(list->places[place - 1].entry);
}

/* The name's slot, or the free one that would be. */
static struct slot *find_slot(const struct envlist *list, size_t hash, const char *name,
                              size_t len)
{
	size_t mask = list->slot_room - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct slot *slot = &list->slots[i];

		if (!slot->first)
			return slot;
		if (slot->hash == hash &&
		    strncmp(text_at(list, slot->first), name, len) == 0 &&
		    text_at(list, slot->first)[len] == '=')
			return slot;
	}
}

static void grow_slots(struct envlist *list, size_t room)
{
	struct slot *old = list->slots;
	size_t count = list->slot_room, mask;

	list->slot_room = room;
	list->slots = xcalloc(list->slot_room, sizeof(*list->slots));
	mask = list->slot_room - 1;
	for (size_t i = 0; i < count; i++) {
		size_t at = old[i].hash & mask;

		while (old[i].first && list->slots[at].first)
			at = (at + 1) & mask;
		if (old[i].first)
			list->slots[at] = old[i];
	}
	free(old);
}

/* ---- entries ------------------------------------------------------------- */

static size_t append_place_new(struct envlist *list, json_t *entry)
{
	if (list->count == list->room) {
		list->room *= 2;
		list->places = xrealloc(list->places, list->room * sizeof(*list->places));
	}
	list->places[list->count++] = (struct place){ .entry = entry };
	return list->count;
}

static bool is_there(const struct envlist *list, const struct slot *slot)
{
	return slot->first && !list->places[slot->first - 1].dropped;
}

static void append_new(struct envlist *list, json_t *entry)
{
	size_t at = append_place_new(list, entry);
	const char *text = text_at(list, at);
	size_t len = strcspn(text, "="), hash = hash_of(list, text, len);
	struct slot *slot;

	/* A bare word is nobody's value (B032): it is kept, and never found. */
	if (!text[len])
		return;
	if (2 * (list->names + 1) > list->slot_room)
		grow_slots(list, 2 * list->slot_room);
	slot = find_slot(list, hash, text, len);
	list->names += !slot->first;
	if (is_there(list, slot))
		list->places[slot->last - 1].next = at;
	else
		*slot = (struct slot){ .hash = hash, .first = at };
	slot->last = at;
}

struct envlist *envlist_new(const json_t *env)
{
	struct envlist *list = xcalloc(1, sizeof(*list));
	size_t count = json_array_size(env), room = 64, i;
	json_t *entry;

	while (room < 2 * count)
		room *= 2;
	list->seed = random_seed();
	grow_slots(list, room);
	list->room = count + 64;
	list->places = xcalloc(list->room, sizeof(*list->places));
	json_array_foreach(env, i, entry) {
		append_new(list, json_incref(entry));
	}
	return list;
}

static struct slot *lookup(const struct envlist *list, const char *name)
{
	size_t len = strlen(name);

	return find_slot(list, hash_of(list, name, len), name, len);
}

const char *envlist_get(const struct envlist *list, const char *name)
{
	const struct slot *slot = lookup(list, name);

	if (!is_there(list, slot))
		return NULL;
	return text_at(list, slot->last) + strlen(name) + 1;
}

static void drop_from(struct envlist *list, size_t at)
{
	for (; at; at = list->places[at - 1].next)
		list->places[at - 1].dropped = true;
}

int envlist_put(struct envlist *list, const char *name, const char *value)
{
	auto_free char *text = xasprintf("%s=%s", name, value);
	struct slot *slot = lookup(list, name);
	json_t *entry = doc_string_new(text);
	struct place *first;

	if (!entry)
		return -1;
	if (!is_there(list, slot)) {
		append_new(list, entry);
		return 0;
	}
	first = &list->places[slot->first - 1];
	drop_from(list, first->next);
	json_decref(first->entry);
	*first = (struct place){ .entry = entry };
	slot->last = slot->first;
	return 0;
}

void envlist_drop(struct envlist *list, const char *name)
{
	drop_from(list, lookup(list, name)->first);
}

json_t *envlist_array(const struct envlist *list)
{
	json_t *env = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (!list->places[i].dropped)
			json_array_append(env, list->places[i].entry);
	return env;
}

void envlist_free(struct envlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		json_decref(list->places[i].entry);
	free(list->places);
	free(list->slots);
	free(list);
}
