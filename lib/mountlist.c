// SPDX-License-Identifier: Apache-2.0
#include "mountlist.h"

#include <string.h>

/*
 * Entries form a linked list, and two hashes (jansson objects whose values are
 * indexes) find them: by destination, and for every directory above one, the
 * first entry below it.  So a mount is placed in time that depends on the depth
 * of its target only.
 */
struct entry {
	json_t *mount; /* NULL once removed */
	size_t rank;   /* grows along the list */
	size_t previous;
	size_t next;
};

struct mountlist {
	struct entry *entries; /* the first one is the list's anchor */
	size_t count;
	size_t room;
	json_t *at;
	json_t *first_below;
};

enum { ANCHOR = 0 };

char *mountlist_tidy(const char *path)
{
	auto_buf struct buf tidy = { 0 };
	auto_free char *copy = xstrdup(path);
	char *rest = copy;

	for (char *part; (part = strsep(&rest, "/"));)
		if (*part && strcmp(part, ".") != 0)
			buf_printf(&tidy, "/%s", part);
	if (tidy.len == 0)
		buf_char(&tidy, '/');
	return buf_steal(&tidy);
}

static size_t lookup(const json_t *hash, const char *path)
{
	const json_t *index = json_object_get(hash, path);

	return index ? (size_t)json_integer_value(index) : ANCHOR;
}

static void remember(json_t *hash, const char *path, size_t index)
{
	json_object_set_new(hash, path, json_integer((json_int_t)index));
}

/* Cut the last component off; false at the root. */
static bool cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !slash[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

/* The entry is now the first below every directory above it that had none, or had
 * `instead`. */
static void note_below(struct mountlist *list, const char *path, size_t index,
                       size_t instead)
{
	auto_free char *above = xstrdup(path);

	while (cut(above)) {
		size_t first = lookup(list->first_below, above);

		if (first == ANCHOR || first == instead)
			remember(list->first_below, above, index);
	}
}

/* The last of the entries that `path` lies in. */
static size_t last_cover(const struct mountlist *list, const char *path)
{
	auto_free char *above = xstrdup(path);
	size_t last = ANCHOR;

	while (cut(above)) {
		size_t index = lookup(list->at, above);

		if (index != ANCHOR &&
		    list->entries[index].rank >= list->entries[last].rank)
			last = index;
	}
	return last;
}

/* Link a new entry in before `next` (the anchor: at the end). */
static size_t insert(struct mountlist *list, json_t *mount, size_t next, size_t rank)
{
	size_t index = list->count, previous;

	if (list->count == list->room) {
		list->room *= 2;
		list->entries =
			xrealloc(list->entries, list->room * sizeof(*list->entries));
	}
	list->count++;
	previous = list->entries[next].previous;
	list->entries[index] = (struct entry){ mount, rank, previous, next };
	list->entries[previous].next = index;
	list->entries[next].previous = index;
	return index;
}

static char *destination(const json_t *mount)
{
	const char *path = doc_string(json_object_get(mount, "destination"));

	return mountlist_tidy(path ? path : "");
}

static void append(struct mountlist *list, json_t *mount)
{
	auto_free char *path = destination(mount);
	size_t index = insert(list, mount, ANCHOR, list->count);

	remember(list->at, path, index);
	note_below(list, path, index, ANCHOR);
}

struct mountlist *mountlist_new(const json_t *mounts)
{
	struct mountlist *list = xmalloc(sizeof(*list));
	size_t count = json_array_size(mounts);

	*list = (struct mountlist){
		.entries = xcalloc(count + 16, sizeof(struct entry)),
		.count = 1,
		.room = count + 16,
		.at = json_object(),
		.first_below = json_object(),
	};
	for (size_t i = 0; i < count; i++)
		append(list, json_incref(json_array_get(mounts, i)));
	return list;
}

void mountlist_put_new(struct mountlist *list, json_t *mount)
{
	auto_free char *path = destination(mount);
	size_t at = lookup(list->at, path), below, cover, index;

	if (at != ANCHOR) {
		json_decref(list->entries[at].mount);
		list->entries[at].mount = mount;
		return;
	}
	below = lookup(list->first_below, path);
	if (below == ANCHOR) {
		append(list, mount);
		return;
	}
	cover = last_cover(list, path);
	if (list->entries[cover].rank > list->entries[below].rank)
		below = list->entries[cover].next; /* it was out of order before */
	index = insert(list, mount, below, list->entries[below].rank);
	remember(list->at, path, index);
	note_below(list, path, index, below);
}

/* As note_below(), for an entry that was put before `next`, not where it belongs. */
static void note_before(struct mountlist *list, const char *path, size_t index, size_t next)
{
	auto_free char *above = xstrdup(path);

	while (cut(above)) {
		size_t first = lookup(list->first_below, above);

		if (first == ANCHOR || first == next ||
		    list->entries[first].rank > list->entries[next].rank)
			remember(list->first_below, above, index);
	}
}

bool mountlist_put_before_new(struct mountlist *list, json_t *mount, const char *before)
{
	auto_free char *path = destination(mount), *tidy = mountlist_tidy(before);
	size_t next = lookup(list->at, tidy), index;

	if (next == ANCHOR || strcmp(path, tidy) == 0) {
		json_decref(mount);
		return false;
	}
	mountlist_remove(list, path);
	index = insert(list, mount, next, list->entries[next].rank);
	remember(list->at, path, index);
	note_before(list, path, index, next);
	return true;
}

void mountlist_remove(struct mountlist *list, const char *path)
{
	auto_free char *tidy = mountlist_tidy(path);
	size_t at = lookup(list->at, tidy);

	if (at == ANCHOR)
		return;
	/* It keeps its place as a mark, so that what points to it stays right. */
	json_decref(list->entries[at].mount);
	list->entries[at].mount = NULL;
	json_object_del(list->at, tidy);
}

json_t *mountlist_find(const struct mountlist *list, const char *path)
{
	auto_free char *tidy = mountlist_tidy(path);
	size_t at = lookup(list->at, tidy);

	return at == ANCHOR ? NULL : list->entries[at].mount;
}

json_t *mountlist_array(const struct mountlist *list)
{
	json_t *array = json_array();

	for (size_t i = list->entries[ANCHOR].next; i != ANCHOR; i = list->entries[i].next)
		if (list->entries[i].mount)
			json_array_append(array, list->entries[i].mount);
	return array;
}

void mountlist_free(struct mountlist *list)
{
	for (size_t i = 1; i < list->count; i++)
		json_decref(list->entries[i].mount);
	json_decref(list->at);
	json_decref(list->first_below);
	free(list->entries);
	free(list);
}
