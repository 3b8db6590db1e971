// SPDX-License-Identifier: Apache-2.0
#include "longlists.h"

#include <string.h>

enum { LONG = 1024, PIECE = 512 };

struct piece {
	size_t count;
	json_t *entries[PIECE];
};

struct longlist {
	json_t *array; /* empty meanwhile, and ours too, so that no other gets its address
	                */
	struct piece **pieces; /* none of them empty */
	size_t count, room;
	size_t size;
};

struct longlists {
	struct longlist *lists;
	size_t count, room;
};

/* Where an entry is. */
struct spot {
	size_t piece, at;
};

struct longlists *longlists_new(void)
{
	return xcalloc(1, sizeof(struct longlists));
}

static struct longlist *find(const struct longlists *lists, const json_t *array)
{
	if (json_array_size(array) > 0)
		return NULL;
	for (size_t i = 0; i < lists->count; i++)
		if (lists->lists[i].array == array)
			return &lists->lists[i];
	return NULL;
}

/* The spot of an entry; behind the last one that of the end of the last piece. */
static struct spot find_spot(const struct longlist *list, size_t i)
{
	struct spot spot = { 0, i };

	while (spot.piece + 1 < list->count && spot.at >= list->pieces[spot.piece]->count)
		spot.at -= list->pieces[spot.piece++]->count;
	return spot;
}

/* ---- taking apart, putting together -------------------------------------- */

static struct piece *add_piece(struct longlist *list, size_t at)
{
	struct piece *piece = xmalloc(sizeof(*piece));

	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 16;
		list->pieces = xrealloc(list->pieces, list->room * sizeof(struct piece *));
	}
	memmove(&list->pieces[at + 1], &list->pieces[at],
	        (list->count - at) * sizeof(struct piece *));
	list->pieces[at] = piece;
	list->count++;
	piece->count = 0;
	return piece;
}

static void take_apart(struct longlists *lists, json_t *array)
{
	struct longlist list = { .array = json_incref(array) };
	struct piece *piece = NULL;
	json_t *entry;

	json_array_foreach(array, list.size, entry) {
		if (!piece || piece->count == PIECE / 2)
			piece = add_piece(&list, list.count);
		piece->entries[piece->count++] = json_incref(entry);
	}
	json_array_clear(array);
	if (lists->count == lists->room) {
		lists->room = lists->room ? lists->room * 2 : 4;
		lists->lists =
			xrealloc(lists->lists, lists->room * sizeof(struct longlist));
	}
	lists->lists[lists->count++] = list;
}

static void put_together(struct longlist *list)
{
	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < list->pieces[i]->count; j++)
			json_array_append_new(list->array, list->pieces[i]->entries[j]);
		free(list->pieces[i]);
	}
	free(list->pieces);
	json_decref(list->array);
}

void longlists_restore(struct longlists *lists, const json_t *value)
{
	json_t *object = (json_t *)(uintptr_t)value, *part;
	struct longlist *list = find(lists, value);
	const char *key;
	size_t i;

	if (lists->count == 0)
		return;
	if (list) {
		put_together(list);
		*list = lists->lists[--lists->count];
	}
	json_array_foreach(value, i, part)
		longlists_restore(lists, part);
	json_object_foreach(object, key, part)
		longlists_restore(lists, part);
}

void longlists_free(struct longlists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		put_together(&lists->lists[i]);
	free(lists->lists);
	free(lists);
}

/* ---- entries ------------------------------------------------------------- */

size_t longlists_size(const struct longlists *lists, const json_t *array)
{
	const struct longlist *list = find(lists, array);

	return list ? list->size : json_array_size(array);
}

json_t *longlists_get(const struct longlists *lists, const json_t *array, size_t i)
{
	const struct longlist *list = find(lists, array);
	struct spot spot;

	if (!list)
		return json_array_get(array, i);
	if (i >= list->size)
		return NULL;
	spot = find_spot(list, i);
	return list->pieces[spot.piece]->entries[spot.at];
}

void longlists_set_new(struct longlists *lists, json_t *array, size_t i, json_t *value)
{
	struct longlist *list = find(lists, array);
	struct spot spot;
	json_t **entry;

	if (!list) {
		json_array_set_new(array, i, value);
		return;
	}
	spot = find_spot(list, i);
	entry = &list->pieces[spot.piece]->entries[spot.at];
	json_decref(*entry);
	*entry = value;
}

/* Half of a full piece goes to a new one behind it. */
static void split(struct longlist *list, struct spot *spot)
{
	struct piece *full = list->pieces[spot->piece];
	struct piece *next = add_piece(list, spot->piece + 1);

	next->count = PIECE / 2;
	full->count -= next->count;
	memcpy(next->entries, &full->entries[full->count], next->count * sizeof(json_t *));
	if (spot->at > full->count) {
		spot->at -= full->count;
		spot->piece++;
	}
}

static void insert(struct longlist *list, size_t i, json_t *value)
{
	struct spot spot;
	struct piece *piece;

	if (list->count == 0)
		add_piece(list, 0);
	spot = find_spot(list, i);
	if (list->pieces[spot.piece]->count == PIECE)
		split(list, &spot);
	piece = list->pieces[spot.piece];
	memmove(&piece->entries[spot.at + 1], &piece->entries[spot.at],
	        (piece->count - spot.at) * sizeof(json_t *));
	piece->entries[spot.at] = value;
	piece->count++;
	list->size++;
}

void longlists_insert_new(struct longlists *lists, json_t *array, size_t i, json_t *value)
{
	struct longlist *list = find(lists, array);

	if (!list && json_array_size(array) >= LONG && i < json_array_size(array)) {
		take_apart(lists, array);
		list = find(lists, array);
	}
	if (list)
		insert(list, i, value);
	else
		json_array_insert_new(array, i, value);
}

static void drop(struct longlist *list, size_t i)
{
	struct spot spot = find_spot(list, i);
	struct piece *piece = list->pieces[spot.piece];

	json_decref(piece->entries[spot.at]);
	piece->count--;
	list->size--;
	memmove(&piece->entries[spot.at], &piece->entries[spot.at + 1],
	        (piece->count - spot.at) * sizeof(json_t *));
	if (piece->count > 0)
		return;
	free(piece);
	list->count--;
	memmove(&list->pieces[spot.piece], &list->pieces[spot.piece + 1],
	        (list->count - spot.piece) * sizeof(struct piece *));
}

void longlists_remove(struct longlists *lists, json_t *array, size_t i)
{
	struct longlist *list = find(lists, array);

	if (!list && json_array_size(array) >= LONG && i + 1 < json_array_size(array)) {
		take_apart(lists, array);
		list = find(lists, array);
	}
	if (list)
		drop(list, i);
	else
		json_array_remove(array, i);
}
