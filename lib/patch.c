// SPDX-License-Identifier: Apache-2.0
#include "patch.h"

#include <string.h>

#include "longlists.h"
#include "names.h"
#include "number.h"
#include "pointer.h"

struct patch {
	json_t **doc;
	struct longlists *lists;
	size_t copied; /* bytes, so that a few copies cannot fill the memory */
};

/* ---- places -------------------------------------------------------------- */

/* What a pointer names: a member or an entry of `parent`, or the whole document. */
struct place {
	json_t *parent; /* NULL for the document */
	char *token;    /* owned */
	size_t index;   /* in an array: of the entry; behind the last one for "-" */
	size_t depth;   /* how many levels are above */
	json_t *value;  /* what is there, or NULL */
};

#define auto_place __attribute__((cleanup(place_free)))

static void place_free(struct place *place)
{
	free(place->token);
}

static int bad_entry(const char *token, size_t count, struct err *err)
{
	size_t i;

	if (pointer_index(token, &i))
		return err_set(err, ERR_INPUT, "there is no entry %zu, only %zu of them", i,
		               count);
	return err_set(err, ERR_INPUT, "'%s' is not the index of an entry", token);
}

/* The first `len` bytes of the pointer lead to `at`, which must have members or entries. */
static int no_parent(const char *pointer, size_t len, const json_t *at, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s%.*s%s is %s, which has no members",
	               len ? "'" : "the document", (int)len, pointer, len ? "'" : "",
	               doc_kind_name(doc_kind(at)));
}

static int resolve_last(const struct patch *patch, struct place *place, struct err *err)
{
	size_t count = longlists_size(patch->lists, place->parent);

	if (json_is_object(place->parent)) {
		place->value = json_object_get(place->parent, place->token);
		return 0;
	}
	if (strcmp(place->token, "-") == 0)
		place->index = count;
	else if (!pointer_index(place->token, &place->index) || place->index > count)
		return bad_entry(place->token, count, err);
	place->value = longlists_get(patch->lists, place->parent, place->index);
	return 0;
}

/* Find the place; its parent must be there. */
static int resolve(const struct patch *patch, const char *pointer, struct place *place,
                   struct err *err)
{
	const char *rest = pointer;

	if (!pointer_valid(pointer))
		return err_set(err, ERR_INPUT, "'%s' is not a JSON pointer", pointer);
	place->value = *patch->doc;
	while (*rest) {
		size_t len = (size_t)(rest - pointer);

		place->parent = place->value;
		if (!place->parent)
			return err_set(err, ERR_INPUT, "there is no '%.*s'", (int)len,
			               pointer);
		if (!json_is_object(place->parent) && !json_is_array(place->parent))
			return no_parent(pointer, len, place->parent, err);
		free(place->token);
		place->token = pointer_next(&rest);
		place->depth++;
		if (resolve_last(patch, place, err) < 0)
			return -1;
	}
	return 0;
}

/* The same, and something must be there. */
static int resolve_existing(const struct patch *patch, const char *pointer,
                            struct place *place, struct err *err)
{
	if (resolve(patch, pointer, place, err) < 0)
		return -1;
	return place->value ? 0 : err_set(err, ERR_INPUT, "there is no '%s'", pointer);
}

/* ---- changes ------------------------------------------------------------- */

static int check_depth(const struct place *place, const json_t *value, struct err *err)
{
	if (place->depth + doc_depth(value) <= DOC_MAX_DEPTH)
		return 0;
	return err_set(err, ERR_INPUT, "would nest more than %d levels", DOC_MAX_DEPTH);
}

/* Add; steals `value`. */
static int put_new(struct patch *patch, struct place *place, json_t *value)
{
	if (!place->parent) {
		json_decref(*patch->doc);
		*patch->doc = value;
		return 0;
	}
	if (json_is_object(place->parent))
		return json_object_set_new(place->parent, place->token, value);
	longlists_insert_new(patch->lists, place->parent, place->index, value);
	return 0;
}

static void take_out(struct patch *patch, struct place *place)
{
	if (json_is_array(place->parent))
		longlists_remove(patch->lists, place->parent, place->index);
	else
		json_object_del(place->parent, place->token);
}

/* ---- operations ---------------------------------------------------------- */

/* One operation, and the names of its members in messages. */
struct operation {
	const char *path;
	const char *from; /* NULL if it has none */
	json_t *value;    /* borrowed, NULL if it has none */
};

static int run_add(struct patch *patch, const struct operation *op, struct err *err)
{
	auto_place struct place place = { 0 };

	if (resolve(patch, op->path, &place, err) < 0 ||
	    check_depth(&place, op->value, err) < 0)
		return err_where(err, "/path");
	return put_new(patch, &place, json_incref(op->value));
}

static int run_remove(struct patch *patch, const struct operation *op, struct err *err)
{
	auto_place struct place place = { 0 };

	if (resolve_existing(patch, op->path, &place, err) < 0)
		return err_where(err, "/path");
	if (!place.parent)
		return err_at(err, "/path", "the document itself cannot be removed");
	take_out(patch, &place);
	return 0;
}

static int run_replace(struct patch *patch, const struct operation *op, struct err *err)
{
	auto_place struct place place = { 0 };

	if (resolve_existing(patch, op->path, &place, err) < 0 ||
	    check_depth(&place, op->value, err) < 0)
		return err_where(err, "/path");
	if (json_is_array(place.parent)) {
		longlists_set_new(patch->lists, place.parent, place.index,
		                  json_incref(op->value));
		return 0;
	}
	return put_new(patch, &place, json_incref(op->value));
}

static int run_move(struct patch *patch, const struct operation *op, struct err *err)
{
	auto_place struct place from = { 0 }, to = { 0 };
	json_t *value;
	int failed;

	if (resolve_existing(patch, op->from, &from, err) < 0)
		return err_where(err, "/from");
	if (strcmp(op->from, op->path) != 0 && pointer_beneath(op->path, op->from))
		return err_at(err, "/path", "is inside of what is moved, '%s'", op->from);
	if (!from.parent)
		return 0;
	value = json_incref(from.value);
	take_out(patch, &from);
	failed = resolve(patch, op->path, &to, err);
	if (failed == 0 && to.depth > from.depth) {
		longlists_restore(patch->lists, value);
		failed = check_depth(&to, value, err);
	}
	if (failed == 0)
		return put_new(patch, &to, value);
	json_decref(value);
	return err_where(err, "/path");
}

static size_t add_copied(struct patch *patch, const json_t *value)
{
	auto_buf struct buf text = { 0 };

	doc_print(value, DOC_COMPACT, &text);
	return patch->copied += text.len;
}

static int run_copy(struct patch *patch, const struct operation *op, struct err *err)
{
	auto_place struct place from = { 0 }, to = { 0 };

	if (resolve_existing(patch, op->from, &from, err) < 0)
		return err_where(err, "/from");
	longlists_restore(patch->lists, from.value);
	if (add_copied(patch, from.value) > DOC_MAX_INPUT)
		return err_at(err, "/from", "more than %d bytes are copied", DOC_MAX_INPUT);
	if (resolve(patch, op->path, &to, err) < 0 || check_depth(&to, from.value, err) < 0)
		return err_where(err, "/path");
	return put_new(patch, &to, json_deep_copy(from.value));
}

/* RFC 6902, 4.6: as doc_equal(), but numbers by value. */
static bool equal(const json_t *a, const json_t *b)
{
	json_t *object = (json_t *)(uintptr_t)a, *part;
	const char *key;
	size_t i;

	if (doc_kind(a) != doc_kind(b))
		return false;
	if (doc_kind(a) == DOC_NUMBER)
		return number_equal(a, b);
	if (json_array_size(a) != json_array_size(b) ||
	    json_object_size(a) != json_object_size(b))
		return false;
	json_array_foreach(a, i, part) {
		if (!equal(part, json_array_get(b, i)))
			return false;
	}
	json_object_foreach(object, key, part) {
		if (!equal(part, json_object_get(b, key)))
			return false;
	}
	return json_is_object(a) || json_is_array(a) || doc_equal(a, b);
}

static int run_test(struct patch *patch, const struct operation *op, struct err *err)
{
	enum { SHOWN = 120 };
	auto_place struct place place = { 0 };
	auto_free char *is = NULL, *wanted = NULL;

	if (resolve_existing(patch, op->path, &place, err) < 0)
		return err_where(err, "/path");
	longlists_restore(patch->lists, place.value);
	if (equal(place.value, op->value))
		return 0;
	is = doc_text(place.value);
	wanted = doc_text(op->value);
	return err_at(err, "", "the test failed: '%s' is %.*s, not %.*s", op->path, SHOWN,
	              is, SHOWN, wanted);
}

enum { ADD, REMOVE, REPLACE, MOVE, COPY, TEST };

static const struct name names[] = {
	{ "add", ADD },   { "remove", REMOVE }, { "replace", REPLACE },
	{ "move", MOVE }, { "copy", COPY },     { "test", TEST },
	{ NULL, 0 },
};

static const struct {
	int (*run)(struct patch *patch, const struct operation *op, struct err *err);
	bool has_from;
	bool has_value;
} kinds[] = {
	[ADD] = { run_add, .has_value = true },
	[REMOVE] = { .run = run_remove },
	[REPLACE] = { run_replace, .has_value = true },
	[MOVE] = { run_move, .has_from = true },
	[COPY] = { run_copy, .has_from = true },
	[TEST] = { run_test, .has_value = true },
};

/* ---- patches ------------------------------------------------------------- */

static int need_string(const json_t *operation, const char *key, const char **ret,
                       struct err *err)
{
	const json_t *value = json_object_get(operation, key);

	*ret = doc_string(value);
	if (*ret)
		return 0;
	err_set(err, ERR_INPUT, "must be a string, but is %s",
	        doc_kind_name(doc_kind(value)));
	return err_where(err, "/%s", key);
}

static int parse_kind(const json_t *operation, int *ret, struct err *err)
{
	auto_buf struct buf known = { 0 };
	const char *name;

	if (need_string(operation, "op", &name, err) < 0)
		return -1;
	if (name_value(names, name, ret))
		return 0;
	err_at(err, "/op", "unknown '%s'", name);
	name_list(names, &known);
	return err_hint(err, "known: %s", known.data);
}

static int run_operation(struct patch *patch, const json_t *operation, struct err *err)
{
	struct operation op = { .value = json_object_get(operation, "value") };
	int kind;

	if (!json_is_object(operation))
		return err_at(err, "", "must be an object, but is %s",
		              doc_kind_name(doc_kind(operation)));
	if (parse_kind(operation, &kind, err) < 0 ||
	    need_string(operation, "path", &op.path, err) < 0)
		return -1;
	if (kinds[kind].has_from && need_string(operation, "from", &op.from, err) < 0)
		return -1;
	if (kinds[kind].has_value && !op.value)
		return err_at(err, "/value", "must be there");
	return kinds[kind].run(patch, &op, err);
}

static int run_operations(struct patch *patch, const json_t *operations, struct err *err)
{
	char under[sizeof("/18446744073709551615")];
	json_t *operation;
	size_t i;

	json_array_foreach(operations, i, operation) {
		if (run_operation(patch, operation, err) == 0)
			continue;
		snprintf(under, sizeof(under), "/%zu", i);
		return err_under(err, under);
	}
	return 0;
}

int patch_apply(json_t **doc, json_t *patch, struct err *err)
{
	struct patch state = { .doc = doc };
	int failed;

	if (!json_is_array(patch)) {
		err_at(err, "", "must be an array of operations, but is %s",
		       doc_kind_name(doc_kind(patch)));
		return json_is_object(patch) ? err_hint(err, "is it a merge patch?") : -1;
	}
	state.lists = longlists_new();
	failed = run_operations(&state, patch, err);
	longlists_free(state.lists);
	return failed;
}

/* RFC 7396: null removes, an object goes on, everything else replaces. */
static void merge_into(json_t *object, json_t *patch)
{
	const char *key;
	json_t *value;

	json_object_foreach(patch, key, value) {
		json_t *old = json_object_get(object, key);

		if (json_is_null(value)) {
			json_object_del(object, key);
			continue;
		}
		if (json_is_object(value) && !json_is_object(old)) {
			old = json_object();
			json_object_set_new(object, key, old);
		}
		if (json_is_object(value))
			merge_into(old, value);
		else
			json_object_set(object, key, value);
	}
}

void patch_merge(json_t **doc, json_t *patch)
{
	if (!json_is_object(patch)) {
		json_decref(*doc);
		*doc = json_incref(patch);
		return;
	}
	if (!json_is_object(*doc)) {
		json_decref(*doc);
		*doc = json_object();
	}
	merge_into(*doc, patch);
}
