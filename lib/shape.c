// SPDX-License-Identifier: Apache-2.0
#include "shape.h"

#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "spec.h"

/* ---- messages ------------------------------------------------------------ */

static const struct {
	enum doc_kind kind;
	const char *name;
} types[] = {
	[SHAPE_ANY] = { DOC_NOTHING, "something" },
	[SHAPE_BOOL] = { DOC_BOOL, "a boolean" },
	[SHAPE_INTEGER] = { DOC_NUMBER, "an integer" },
	[SHAPE_STRING] = { DOC_STRING, "a string" },
	[SHAPE_LIST] = { DOC_ARRAY, "an array" },
	[SHAPE_MAP] = { DOC_OBJECT, "an object" },
	[SHAPE_OBJECT] = { DOC_OBJECT, "an object" },
};

int shape_wrong_type(const struct shape *shape, const json_t *value, struct err *err)
{
	return err_at(err, "", "must be %s, but is %s", types[shape->type].name,
	              doc_kind_name(doc_kind(value)));
}

static int under_member(struct err *err, const char *name)
{
	auto_free char *pointer = spec_pointer("", name);

	return err_under(err, pointer);
}

static int under_index(struct err *err, size_t i)
{
	char pointer[32];

	snprintf(pointer, sizeof(pointer), "/%zu", i);
	return err_under(err, pointer);
}

static int unknown_word(const char *const *words, const char *text, struct err *err)
{
	auto_buf struct buf known = { 0 };
	struct nearest search;

	nearest_start(&search, text);
	for (size_t i = 0; words[i]; i++) {
		nearest_offer(&search, words[i]);
		buf_printf(&known, "%s%s", i ? ", " : "", words[i]);
	}
	err_at(err, "", "unknown '%s'", text);
	return err_hint(err, search.best ? "'%s'? known: %s" : "%sknown: %s",
	                search.best ? search.best : "", known.data);
}

/* ---- values -------------------------------------------------------------- */

static int word_index(const char *const *words, const char *text)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return -1;
}

static int check_string(const struct shape *shape, const json_t *value, struct err *err)
{
	const char *text = json_string_value(value);

	if (shape->words && word_index(shape->words, text) < 0)
		return unknown_word(shape->words, text, err);
	if (shape->valid && !shape->valid(text))
		return err_at(err, "", "must be %s, but is '%s'", shape->what, text);
	return 0;
}

static int check_integer(const struct shape *shape, const json_t *value, struct err *err)
{
	auto_free char *text = NULL;
	uint64_t positive;
	int64_t number;

	if (doc_get_u64(value, &positive)) {
		if (positive <= shape->max &&
		    (shape->min <= 0 || positive >= (uint64_t)shape->min))
			return 0;
	} else if (doc_get_i64(value, &number) && number >= shape->min) {
		return 0;
	}
	text = doc_text(value);
	if (text[strspn(text, "-0123456789")])
		return err_at(err, "", "must be an integer, but is %s", text);
	if (shape->min >= 0 && shape->max == (uint64_t)shape->min)
		return err_at(err, "", "must be %" PRIu64 ", but is %s", shape->max, text);
	return err_at(err, "", "must be from %" PRId64 " to %" PRIu64 ", but is %s",
	              shape->min, shape->max, text);
}

/* ---- lists and maps ------------------------------------------------------ */

/* What cannot be told apart is everybody's. */
static bool selected(const struct shape_selector *selector, const json_t *entry)
{
	const char *text;

	if (!selector->value) {
		text = doc_string(entry);
		return !text || str_starts(text, selector->name);
	}
	text = doc_string(json_object_get(entry, selector->name));
	return !text || (strcmp(text, selector->value) == 0) != selector->negated;
}

/* The entry has been checked; `seen` has a bit for each word. */
static int check_unique(const struct shape *list, const json_t *entry, uint64_t *seen,
                        struct err *err)
{
	const char *text = doc_string(json_object_get(entry, list->unique));
	const struct member *member = list->each->members;
	uint64_t bit;

	while (strcmp(member->name, list->unique) != 0)
		member++;
	bit = UINT64_C(1) << word_index(member->shape->words, text);
	if (*seen & bit)
		return err_at(err, "", "is a second entry of type '%s'", text);
	*seen |= bit;
	return 0;
}

static int check_list(const struct shape *shape, const json_t *list,
                      const struct shape_scope *scope, struct err *err)
{
	const struct shape_scope below = { .running = scope->running };
	uint64_t seen = 0;
	json_t *entry;
	size_t i;

	if (json_array_size(list) == 0 &&
	    (shape->filled == REQUIRED ||
	     (shape->filled == REQUIRED_TO_RUN && scope->running)))
		return err_at(err, "", "must have an entry, but is empty");
	json_array_foreach(list, i, entry) {
		if (scope->selector && !selected(scope->selector, entry))
			continue;
		if (shape_check(shape->each, entry, &below, err) < 0)
			return under_index(err, i);
		if (shape->unique && check_unique(shape, entry, &seen, err) < 0)
			return under_index(err, i);
	}
	return 0;
}

static int check_map(const struct shape *shape, const json_t *map,
                     const struct shape_scope *scope, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)map;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value) {
		if (shape->valid && !shape->valid(name))
			return err_at(err, "", "has '%s', which is not %s", name,
			              shape->what);
		if (shape_check(shape->each, value, scope, err) < 0)
			return under_member(err, name);
	}
	return 0;
}

/* ---- objects ------------------------------------------------------------- */

/*
 * Equal but for letter case, as Go compares members' names: besides the ASCII
 * letters, U+017F is an s and U+212A a k.
 */
static bool folds_to(const char *name, const char *known)
{
	for (; *known; known++) {
		char letter = *known;
		char lower = letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;

		if (*name == letter || *name == lower ||
		    (lower >= 'a' && lower <= 'z' && *name == lower - 32))
			name++;
		else if (lower == 's' && str_starts(name, "\u017f"))
			name += strlen("\u017f");
		else if (lower == 'k' && str_starts(name, "\u212a"))
			name += strlen("\u212a");
		else
			return false;
	}
	return !*name;
}

/* An unknown member that runc, being written in Go, would take for this one. */
static int misspelt(const char *name, const char *known, struct err *err)
{
	err_at(err, "", "is '%s' but for letter case", known);
	err_hint(err, "runc would obey it: write '%s', or remove it", known);
	return under_member(err, name);
}

int shape_check_case(const json_t *object, const char *known, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)object;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value) {
		if (folds_to(name, known) && strcmp(name, known) != 0)
			return misspelt(name, known, err);
	}
	return 0;
}

static int not_known(const struct shape *shape, const char *name, struct err *err)
{
	struct nearest search;

	nearest_start(&search, name);
	for (const struct member *member = shape->members; member->name; member++)
		nearest_offer(&search, member->name);
	err_at(err, "", "is not a known member");
	if (search.best)
		err_hint(err, "\"%s\"?", search.best);
	return under_member(err, name);
}

static int check_unknown(const struct shape *shape, const char *name, struct err *err)
{
	if (shape->closed)
		return not_known(shape, name, err);
	for (const struct member *member = shape->members; member->name; member++)
		if (folds_to(name, member->name))
			return misspelt(name, member->name, err);
	return 0;
}

/* The scope below a member; false if the whole member is somebody else's. */
static bool narrow(const struct shape_scope *scope, const char *name,
                   struct shape_scope *ret)
{
	size_t len = strlen(name);

	*ret = (struct shape_scope){ .running = scope->running };
	for (size_t i = 0; i < scope->others; i++) {
		const char *other = scope->other[i];

		if (*other != '/' || strncmp(other + 1, name, len) != 0)
			continue;
		other += 1 + len;
		if (!*other)
			return false;
		if (*other == '/')
			ret->other[ret->others++] = other;
	}
	return true;
}

static int check_member(const struct member *member, const json_t *value,
                        const struct shape_scope *scope, struct err *err)
{
	struct shape_scope below;

	if (scope->others > 0) {
		if (!narrow(scope, member->name, &below))
			return 0;
		scope = &below;
	}
	return shape_check(member->shape, value, scope, err) < 0
	               ? under_member(err, member->name)
	               : 0;
}

const struct member *shape_member(const struct shape *shape, const char *name)
{
	for (const struct member *member = shape->members; member->name; member++)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}

/* `seen` has a bit for each member that is there. */
static int check_missing(const struct shape *shape, uint64_t seen,
                         const struct shape_scope *scope, struct err *err)
{
	const struct member *member = shape->members;

	for (size_t i = 0; member[i].name; i++) {
		if (seen >> i & 1 || member[i].need == OPTIONAL ||
		    (member[i].need == REQUIRED_TO_RUN && !scope->running))
			continue;
		shape_wrong_type(member[i].shape, NULL, err);
		return under_member(err, member[i].name);
	}
	return 0;
}

static int check_object(const struct shape *shape, const json_t *object,
                        const struct shape_scope *scope, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)object;
	uint64_t seen = 0;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value) {
		const struct member *member = shape_member(shape, name);

		if (!member) {
			if (check_unknown(shape, name, err) < 0)
				return -1;
			continue;
		}
		if (check_member(member, value, scope, err) < 0)
			return -1;
		seen |= UINT64_C(1) << (member - shape->members);
	}
	if (check_missing(shape, seen, scope, err) < 0)
		return -1;
	return shape->rule ? shape->rule(object, err) : 0;
}

int shape_check(const struct shape *shape, const json_t *value,
                const struct shape_scope *scope, struct err *err)
{
	if (shape->type == SHAPE_ANY)
		return 0;
	if (doc_kind(value) != types[shape->type].kind)
		return shape_wrong_type(shape, value, err);
	switch (shape->type) {
	case SHAPE_STRING:
		return check_string(shape, value, err);
	case SHAPE_INTEGER:
		return check_integer(shape, value, err);
	case SHAPE_LIST:
		return check_list(shape, value, scope, err);
	case SHAPE_MAP:
		return check_map(shape, value, scope, err);
	case SHAPE_OBJECT:
		return check_object(shape, value, scope, err);
	default:
		return 0;
	}
}

int shape_check_all(const struct shape *shape, const json_t *value, struct err *err)
{
	static const struct shape_scope all = { .running = false };

	return shape_check(shape, value, &all, err);
}

/* ---- visiting ------------------------------------------------------------ */

struct visitor {
	int (*see)(const struct member *member, void *data, struct err *err);
	void *data;
};

static int visit(const struct shape *shape, const json_t *value,
                 const struct visitor *visitor, struct err *err);

static int visit_members(const struct shape *shape, const json_t *object,
                         const struct visitor *visitor, struct err *err)
{
	for (const struct member *member = shape->members; member->name; member++) {
		const json_t *value = json_object_get(object, member->name);

		if (value && (visitor->see(member, visitor->data, err) < 0 ||
		              visit(member->shape, value, visitor, err) < 0))
			return under_member(err, member->name);
	}
	return 0;
}

static int visit(const struct shape *shape, const json_t *value,
                 const struct visitor *visitor, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)value;
	const char *name;
	json_t *entry;
	size_t i;

	switch (shape->type) {
	case SHAPE_OBJECT:
		return visit_members(shape, value, visitor, err);
	case SHAPE_MAP:
		json_object_foreach(borrowed, name, entry) {
			if (visit(shape->each, entry, visitor, err) < 0)
				return under_member(err, name);
		}
		return 0;
	case SHAPE_LIST:
		json_array_foreach(value, i, entry) {
			if (visit(shape->each, entry, visitor, err) < 0)
				return under_index(err, i);
		}
		return 0;
	default:
		return 0;
	}
}

int shape_visit(const struct shape *shape, const json_t *value,
                int (*see)(const struct member *member, void *data, struct err *err),
                void *data, struct err *err)
{
	const struct visitor visitor = { see, data };

	return visit(shape, value, &visitor, err);
}
