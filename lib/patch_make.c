// SPDX-License-Identifier: Apache-2.0
#include "patch.h"

#include <string.h>

#include "align.h"
#include "entries.h"
#include "facts.h"
#include "pointer.h"

/*
 * A patch of a part may be this much longer than the part itself; then the part
 * is replaced as a whole, which also keeps the patch's size linear.
 */
enum { TIMES_LONGER = 4, BYTES_LONGER = 4096 };

/* About what an operation takes besides its path and value. */
enum { OPERATION_BYTES = 32 };

struct maker {
	struct facts *facts;
	json_t *operations;
	size_t bytes; /* of the operations as text, about */
	struct buf path;
};

static void push_index(struct maker *maker, size_t i)
{
	buf_printf(&maker->path, "/%zu", i);
}

static void pop(struct maker *maker, size_t len)
{
	maker->path.len = len;
	maker->path.data[len] = '\0';
}

static void add_operation(struct maker *maker, const char *op, const json_t *value)
{
	json_t *operation = json_object();

	json_object_set_new(operation, "op", json_string(op));
	if (strcmp(op, "move") == 0)
		json_object_set_new(operation, "from", json_string(maker->path.data));
	json_object_set_new(operation, "path", json_string(maker->path.data));
	if (value)
		json_object_set(operation, "value", (json_t *)(uintptr_t)value);
	json_array_append_new(maker->operations, operation);
	maker->bytes += OPERATION_BYTES + maker->path.len;
	if (value)
		maker->bytes += facts_of(maker->facts, value).bytes;
}

static void make(struct maker *maker, const json_t *before, const json_t *after,
                 size_t most);

/* ---- objects ------------------------------------------------------------- */

static void make_member(struct maker *maker, const char *key, const json_t *before,
                        const json_t *after, size_t most)
{
	size_t above = maker->path.len;

	pointer_add(key, &maker->path);
	if (!after)
		add_operation(maker, "remove", NULL);
	else if (!before)
		add_operation(maker, "add", after);
	else
		make(maker, before, after, most);
	pop(maker, above);
}

static void move_to_end(struct maker *maker, const char *key)
{
	size_t above = maker->path.len;

	pointer_add(key, &maker->path);
	add_operation(maker, "move", NULL);
	pop(maker, above);
}

/*
 * Members that are added or moved come last, so the first ones of `after` that
 * have the same order in `before` can stay, and all behind them must follow.
 */
static void make_object(struct maker *maker, json_t *before, json_t *after, size_t most)
{
	void *in_order = json_object_iter(before);
	const char *key;
	json_t *value;

	json_object_foreach(before, key, value) {
		if (!json_object_get(after, key))
			make_member(maker, key, value, NULL, most);
		if (maker->bytes > most)
			return;
	}
	json_object_foreach(after, key, value) {
		json_t *old = json_object_get(before, key);

		if (!old)
			in_order = NULL;
		while (in_order && strcmp(json_object_iter_key(in_order), key) != 0)
			in_order = json_object_iter_next(before, in_order);
		if (old && !in_order)
			move_to_end(maker, key);
		make_member(maker, key, old, value, most);
		if (maker->bytes > most)
			return;
	}
}

/* ---- arrays -------------------------------------------------------------- */

static void make_entry(struct maker *maker, const char *op, size_t at, const json_t *value)
{
	size_t above = maker->path.len;

	push_index(maker, at);
	add_operation(maker, op, value);
	pop(maker, above);
}

/* Half-open ranges of entries of both arrays that correspond as a whole. */
struct gap {
	size_t before, before_end;
	size_t after, after_end;
};

static void make_pair(struct maker *maker, const json_t *before, size_t i,
                      const json_t *after, size_t j, size_t most)
{
	size_t above = maker->path.len;

	push_index(maker, j);
	make(maker, json_array_get(before, i), json_array_get(after, j), most);
	pop(maker, above);
}

/* True if entries of the list at this path are about something, such as a destination. */
static bool have_identity(const struct entries *list)
{
	return list && (list->by == ENTRIES_BY_MEMBERS || list->by == ENTRIES_BY_NAME);
}

/*
 * Here no entries correspond, unless they do by their places.  Everything in
 * front of the gap is as in `after` already.
 */
static void make_gap(struct maker *maker, const json_t *before, const json_t *after,
                     struct gap gap, size_t most)
{
	if (!have_identity(entries_find(maker->path.data)))
		while (gap.before < gap.before_end && gap.after < gap.after_end) {
			make_pair(maker, before, gap.before++, after, gap.after++, most);
			if (maker->bytes > most)
				return;
		}
	for (size_t extra = gap.before_end - gap.before; extra-- > 0;) {
		make_entry(maker, "remove", gap.after + extra, NULL);
		if (maker->bytes > most)
			return;
	}
	for (; gap.after < gap.after_end; gap.after++) {
		make_entry(maker, "add", gap.after, json_array_get(after, gap.after));
		if (maker->bytes > most)
			return;
	}
}

/* Entries correspond that are the same; between those, entries that are about the same
 * thing. */
enum by { BY_VALUE, BY_IDENTITY };

static uint64_t *numbers(struct maker *maker, const json_t *array, size_t from, size_t end,
                         enum by by)
{
	const struct entries *list = entries_find(maker->path.data);
	uint64_t *ret = xcalloc(end - from, sizeof(*ret));

	for (size_t i = from; i < end; i++) {
		const json_t *entry = json_array_get(array, i);

		ret[i - from] = by == BY_IDENTITY
		                        ? entries_number(list, maker->facts, entry)
		                        : facts_of(maker->facts, entry).hash;
	}
	return ret;
}

/* Which entry of `before` stays as which one of `after`, relative to the gap. */
static size_t *match_entries(struct maker *maker, const json_t *before, const json_t *after,
                             struct gap gap, enum by by)
{
	size_t old_count = gap.before_end - gap.before;
	size_t new_count = gap.after_end - gap.after;
	auto_free uint64_t *old = numbers(maker, before, gap.before, gap.before_end, by);
	auto_free uint64_t *new = numbers(maker, after, gap.after, gap.after_end, by);
	size_t *match = align_match(old, old_count, new, new_count);

	align_keep_order(match, new_count);
	return match;
}

static bool same_entry(struct maker *maker, const json_t *before, size_t i,
                       const json_t *after, size_t j)
{
	return facts_same(maker->facts, json_array_get(before, i),
	                  json_array_get(after, j));
}

static void make_range(struct maker *maker, const json_t *before, const json_t *after,
                       struct gap range, enum by by, size_t most);

/* A gap between entries that correspond; by value, there may be others in it. */
static void make_between(struct maker *maker, const json_t *before, const json_t *after,
                         struct gap gap, enum by by, size_t most)
{
	if (by == BY_VALUE && gap.before < gap.before_end && gap.after < gap.after_end &&
	    have_identity(entries_find(maker->path.data)))
		make_range(maker, before, after, gap, BY_IDENTITY, most);
	else
		make_gap(maker, before, after, gap, most);
}

static void make_range(struct maker *maker, const json_t *before, const json_t *after,
                       struct gap range, enum by by, size_t most)
{
	auto_free size_t *match = match_entries(maker, before, after, range, by);
	struct gap gap = range;

	for (size_t j = range.after; j < range.after_end && maker->bytes <= most; j++) {
		size_t i = range.before + match[j - range.after];

		if (match[j - range.after] == ALIGN_NONE ||
		    (by == BY_VALUE && !same_entry(maker, before, i, after, j)))
			continue;
		gap.before_end = i;
		gap.after_end = j;
		make_between(maker, before, after, gap, by, most);
		if (by == BY_IDENTITY)
			make_pair(maker, before, i, after, j, most);
		gap.before = i + 1;
		gap.after = j + 1;
	}
	gap.before_end = range.before_end;
	gap.after_end = range.after_end;
	make_between(maker, before, after, gap, by, most);
}

/* All but the entries that both arrays begin and end with. */
static struct gap trim(struct maker *maker, const json_t *before, const json_t *after)
{
	struct gap gap = { 0, json_array_size(before), 0, json_array_size(after) };

	while (gap.before < gap.before_end && gap.after < gap.after_end &&
	       same_entry(maker, before, gap.before, after, gap.after)) {
		gap.before++;
		gap.after++;
	}
	while (gap.before < gap.before_end && gap.after < gap.after_end &&
	       same_entry(maker, before, gap.before_end - 1, after, gap.after_end - 1)) {
		gap.before_end--;
		gap.after_end--;
	}
	return gap;
}

static void make_array(struct maker *maker, const json_t *before, const json_t *after,
                       size_t most)
{
	make_range(maker, before, after, trim(maker, before, after), BY_VALUE, most);
}

/* ---- values -------------------------------------------------------------- */

/* False if these are not both objects or both arrays, or it would take more than `most`. */
static bool make_parts(struct maker *maker, const json_t *before, const json_t *after,
                       size_t most)
{
	/* jansson's iterators take pointers to non-const, and change nothing. */
	json_t *old = (json_t *)(uintptr_t)before, *new = (json_t *)(uintptr_t)after;

	if (json_is_object(before) && json_is_object(after))
		make_object(maker, old, new, most);
	else if (json_is_array(before) && json_is_array(after))
		make_array(maker, old, new, most);
	else
		return false;
	return maker->bytes <= most;
}

/* Append what makes `after` of `before`; whoever gave `most` discards what exceeds it. */
static void make(struct maker *maker, const json_t *before, const json_t *after,
                 size_t most)
{
	size_t count = json_array_size(maker->operations), bytes = maker->bytes, limit;

	if (facts_same(maker->facts, before, after))
		return;
	limit = bytes + TIMES_LONGER * facts_of(maker->facts, after).bytes + BYTES_LONGER;
	if (make_parts(maker, before, after, limit < most ? limit : most))
		return;
	while (json_array_size(maker->operations) > count)
		json_array_remove(maker->operations,
		                  json_array_size(maker->operations) - 1);
	maker->bytes = bytes;
	add_operation(maker, "replace", after);
}

json_t *patch_make(const json_t *before, const json_t *after)
{
	struct maker maker = { .facts = facts_new(), .operations = json_array() };

	buf_text(&maker.path, "");
	make(&maker, before, after, SIZE_MAX);
	buf_free(&maker.path);
	facts_free(maker.facts);
	return maker.operations;
}
