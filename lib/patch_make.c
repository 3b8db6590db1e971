// SPDX-License-Identifier: Apache-2.0
#include "patch.h"

#include <string.h>

#include "align.h"
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

/* Everything in front of the gap is as in `after` already. */
static void make_gap(struct maker *maker, const json_t *before, const json_t *after,
                     struct gap gap, size_t most)
{
	size_t above = maker->path.len;

	while (gap.before < gap.before_end && gap.after < gap.after_end) {
		push_index(maker, gap.after);
		make(maker, json_array_get(before, gap.before++),
		     json_array_get(after, gap.after++), most);
		pop(maker, above);
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

static bool same_entry(struct maker *maker, const json_t *before, size_t i,
                       const json_t *after, size_t j)
{
	return facts_same(maker->facts, json_array_get(before, i),
	                  json_array_get(after, j));
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

static uint64_t *hashes(struct maker *maker, const json_t *array, size_t from, size_t end)
{
	uint64_t *numbers = xcalloc(end - from, sizeof(*numbers));

	for (size_t i = from; i < end; i++)
		numbers[i - from] = facts_of(maker->facts, json_array_get(array, i)).hash;
	return numbers;
}

/* Which entry of `before` stays as which one of `after`, inside the gap and relative to
 * it. */
static size_t *match_entries(struct maker *maker, const json_t *before, const json_t *after,
                             struct gap gap)
{
	size_t old_count = gap.before_end - gap.before,
	       new_count = gap.after_end - gap.after;
	auto_free uint64_t *old = hashes(maker, before, gap.before, gap.before_end);
	auto_free uint64_t *new = hashes(maker, after, gap.after, gap.after_end);
	size_t *match = align_match(old, old_count, new, new_count);

	align_keep_order(match, new_count);
	return match;
}

static void make_array(struct maker *maker, const json_t *before, const json_t *after,
                       size_t most)
{
	struct gap all = trim(maker, before, after), gap = all;
	auto_free size_t *match = match_entries(maker, before, after, all);

	for (size_t j = all.after; j < all.after_end && maker->bytes <= most; j++) {
		size_t i = match[j - all.after];

		if (i == ALIGN_NONE || !same_entry(maker, before, all.before + i, after, j))
			continue;
		gap.before_end = all.before + i;
		gap.after_end = j;
		make_gap(maker, before, after, gap, most);
		gap.before = all.before + i + 1;
		gap.after = j + 1;
	}
	gap.before_end = all.before_end;
	gap.after_end = all.after_end;
	make_gap(maker, before, after, gap, most);
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
