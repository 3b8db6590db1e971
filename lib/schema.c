// SPDX-License-Identifier: Apache-2.0
#include "schema.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "schematable.h"
#include "spec.h"

enum { MOST_OTHERS = 24 };

/* Where a check is. */
struct scope {
	bool running; /* a runtime acts on it next: everything needed must be there */

	/* Pointers, from here on, to what somebody else owns. */
	size_t others;
	const char *other[MOST_OTHERS];
};

/* Which entries of a list are looked at: "[type=user]", "[type!=user]", "[HOSTNAME=]". */
struct selector {
	char *name;
	char *value; /* lies in `name`; NULL for entries that begin with `name` */
	bool negated;
};

static int check(const struct shape *shape, const json_t *value, const struct scope *scope,
                 struct err *err);

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

static int wrong_type(const struct shape *shape, const json_t *value, struct err *err)
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

static bool selected(const struct selector *selector, const json_t *entry)
{
	const char *text;

	if (!selector->value) {
		text = doc_string(entry);
		return !text || str_starts(text, selector->name);
	}
	text = doc_string(json_object_get(entry, selector->name));
	/* What cannot be told apart is everybody's. */
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
                      const struct selector *selector, const struct scope *scope,
                      struct err *err)
{
	uint64_t seen = 0;
	json_t *entry;
	size_t i;

	if (json_array_size(list) == 0 &&
	    (shape->filled == REQUIRED ||
	     (shape->filled == REQUIRED_TO_RUN && scope->running)))
		return err_at(err, "", "must have an entry, but is empty");
	json_array_foreach(list, i, entry) {
		if (selector && !selected(selector, entry))
			continue;
		if (check(shape->each, entry, scope, err) < 0)
			return under_index(err, i);
		if (shape->unique && check_unique(shape, entry, &seen, err) < 0)
			return under_index(err, i);
	}
	return 0;
}

static int check_map(const struct shape *shape, const json_t *map,
                     const struct scope *scope, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)map;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value) {
		if (shape->valid && !shape->valid(name))
			return err_at(err, "", "has '%s', which is not %s", name,
			              shape->what);
		if (check(shape->each, value, scope, err) < 0)
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

/* An unknown member that a runtime would take for this one, because runc is written in Go.
 */
static int misspelt(const char *name, const char *known, struct err *err)
{
	err_at(err, "", "is '%s' but for letter case", known);
	err_hint(err, "runc would obey it: write '%s', or remove it", known);
	return under_member(err, name);
}

static int check_unknown(const struct shape *shape, const char *name, struct err *err)
{
	for (const struct member *member = shape->members; member->name; member++)
		if (folds_to(name, member->name))
			return misspelt(name, member->name, err);
	return 0;
}

/* The scope below a member; false if the whole member is somebody else's. */
static bool narrow(const struct scope *scope, const char *name, struct scope *ret)
{
	size_t len = strlen(name);

	*ret = (struct scope){ .running = scope->running };
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
                        const struct scope *scope, struct err *err)
{
	struct scope below;

	if (scope->others > 0) {
		if (!narrow(scope, member->name, &below))
			return 0;
		scope = &below;
	}
	return check(member->shape, value, scope, err) < 0 ? under_member(err, member->name)
	                                                   : 0;
}

static const struct member *find_member(const struct shape *shape, const char *name)
{
	for (const struct member *member = shape->members; member->name; member++)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}

/* `seen` has a bit for each member that is there. */
static int check_missing(const struct shape *shape, uint64_t seen,
                         const struct scope *scope, struct err *err)
{
	const struct member *member = shape->members;

	for (size_t i = 0; member[i].name; i++) {
		if (seen >> i & 1 || member[i].need == OPTIONAL ||
		    (member[i].need == REQUIRED_TO_RUN && !scope->running))
			continue;
		wrong_type(member[i].shape, NULL, err);
		return under_member(err, member[i].name);
	}
	return 0;
}

static int check_object(const struct shape *shape, const json_t *object,
                        const struct scope *scope, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)object;
	uint64_t seen = 0;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value) {
		const struct member *member = find_member(shape, name);

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

static int check(const struct shape *shape, const json_t *value, const struct scope *scope,
                 struct err *err)
{
	if (shape->type == SHAPE_ANY)
		return 0;
	if (doc_kind(value) != types[shape->type].kind)
		return wrong_type(shape, value, err);
	switch (shape->type) {
	case SHAPE_STRING:
		return check_string(shape, value, err);
	case SHAPE_INTEGER:
		return check_integer(shape, value, err);
	case SHAPE_LIST:
		return check_list(shape, value, NULL, scope, err);
	case SHAPE_MAP:
		return check_map(shape, value, scope, err);
	case SHAPE_OBJECT:
		return check_object(shape, value, scope, err);
	default:
		return 0;
	}
}

/* ---- what a filter owns -------------------------------------------------- */

/* An unknown member of an object on the way that a runtime would take for the next step. */
static int check_step(const json_t *object, const char *token, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)object;
	const char *name;
	json_t *value;

	json_object_foreach(borrowed, name, value) {
		if (folds_to(name, token) && strcmp(name, token) != 0)
			return misspelt(name, token, err);
	}
	return 0;
}

struct place {
	const struct shape *shape; /* NULL below an unknown member */
	const json_t *value;       /* NULL if there is nothing */
	size_t len;                /* of the pointer so far */
};

static int step(struct place *place, const char *token, struct err *err)
{
	const struct member *member;

	if (doc_kind(place->value) != DOC_OBJECT)
		return wrong_type(place->shape, place->value, err);
	if (check_step(place->value, token, err) < 0)
		return -1;
	member = find_member(place->shape, token);
	place->shape = member ? member->shape : NULL;
	place->value = json_object_get(place->value, token);
	return 0;
}

/* Follow `pointer` to its selector, its end or the end of what is there. */
static int walk(const json_t *doc, const char *pointer, struct place *ret, struct err *err)
{
	*ret = (struct place){ .shape = &schema_document, .value = doc };
	while (pointer[ret->len] == '/' && ret->value && ret->shape &&
	       ret->shape->type == SHAPE_OBJECT) {
		size_t len = strcspn(pointer + ret->len + 1, "/[");
		auto_free char *token = xstrndup(pointer + ret->len + 1, len);

		if (step(ret, token, err) < 0)
			return -1;
		ret->len += 1 + len;
	}
	return 0;
}

/* "[NAME=VALUE]", "[NAME!=VALUE]" or "[NAME=]". */
static struct selector parse_selector(const char *text)
{
	struct selector ret = { .name = xstrndup(text + 1, strcspn(text + 1, "]")) };
	char *equals = strchr(ret.name, '=');

	assert(equals);
	if (!equals[1])
		return ret;
	ret.value = equals + 1;
	ret.negated = equals[-1] == '!';
	equals[ret.negated ? -1 : 0] = '\0';
	return ret;
}

static int check_selected(const struct place *place, const char *selector_text,
                          const struct scope *scope, struct err *err)
{
	struct selector selector;
	int ret;

	if (doc_kind(place->value) != DOC_ARRAY)
		return wrong_type(place->shape, place->value, err);
	selector = parse_selector(selector_text);
	ret = check_list(place->shape, place->value, &selector, scope, err);
	free(selector.name);
	return ret;
}

/* The exclusions among `pointers` that are below the first `len` bytes of `pointer`. */
static struct scope scope_below(const char *const *pointers, const char *pointer,
                                size_t len)
{
	struct scope ret = { .running = false };

	for (; *pointers; pointers++) {
		const char *other = *pointers + 1;

		if (**pointers != '!' || strncmp(other, pointer, len) != 0 ||
		    other[len] != '/')
			continue;
		assert(ret.others < MOST_OTHERS);
		ret.other[ret.others++] = other + len;
	}
	return ret;
}

static int check_pointer(const json_t *doc, const char *pointer,
                         const char *const *pointers, struct err *err)
{
	struct place place;
	struct scope scope;
	int ret = walk(doc, pointer, &place, err);

	if (ret == 0 && place.value && place.shape && pointer[place.len] != '/') {
		scope = scope_below(pointers, pointer, place.len);
		ret = pointer[place.len] == '['
		              ? check_selected(&place, pointer + place.len, &scope, err)
		              : check(place.shape, place.value, &scope, err);
	}
	if (ret < 0) {
		auto_free char *above = xstrndup(pointer, place.len);

		err_under(err, above);
	}
	return ret;
}

int schema_check(const json_t *doc, const char *const *pointers, struct err *err)
{
	for (const char *const *pointer = pointers; *pointer; pointer++)
		if (**pointer != '!' && check_pointer(doc, *pointer, pointers, err) < 0)
			return -1;
	return 0;
}

int schema_check_all(const json_t *doc, struct err *err)
{
	const struct scope scope = { .running = true };

	return check(&schema_document, doc, &scope, err);
}

int schema_check_shape(const struct shape *shape, const json_t *value, struct err *err)
{
	const struct scope scope = { .running = false };

	return check(shape, value, &scope, err);
}

/* ---- versions ------------------------------------------------------------ */

static enum since newest(const struct shape *shape, const json_t *value);

static enum since later(enum since a, enum since b)
{
	return a > b ? a : b;
}

static enum since newest_member(const struct shape *shape, const json_t *object)
{
	enum since ret = V1_0_0;

	for (const struct member *member = shape->members; member->name; member++) {
		const json_t *value = json_object_get(object, member->name);

		if (value)
			ret = later(ret,
			            later(member->since, newest(member->shape, value)));
	}
	return ret;
}

static enum since newest(const struct shape *shape, const json_t *value)
{
	json_t *borrowed = (json_t *)(uintptr_t)value;
	enum since ret = V1_0_0;
	const char *name;
	json_t *entry;
	size_t i;

	switch (shape->type) {
	case SHAPE_OBJECT:
		return newest_member(shape, value);
	case SHAPE_MAP:
		json_object_foreach(borrowed, name, entry)
			ret = later(ret, newest(shape->each, entry));
		return ret;
	case SHAPE_LIST:
		json_array_foreach(value, i, entry)
			ret = later(ret, newest(shape->each, entry));
		return ret;
	default:
		return ret;
	}
}

const char *schema_version(const json_t *doc)
{
	static const char *const versions[] = {
		[V1_0_0] = "1.0.0", [V1_0_2] = "1.0.2", [V1_1_0] = "1.1.0",
		[V1_2_1] = "1.2.1", [V1_3_0] = "1.3.0",
	};

	return versions[newest(&schema_document, doc)];
}
