// SPDX-License-Identifier: Apache-2.0
#include "schema.h"

#include <assert.h>
#include <string.h>

#include "schematable.h"

/* ---- what a filter owns -------------------------------------------------- */

struct place {
	const struct shape *shape; /* NULL below an unknown member */
	const json_t *value;       /* NULL if there is nothing */
	size_t len;                /* of the pointer so far */
};

static int step(struct place *place, const char *token, struct err *err)
{
	const struct member *member;

	if (doc_kind(place->value) != DOC_OBJECT)
		return shape_wrong_type(place->shape, place->value, err);
	if (shape_check_case(place->value, token, err) < 0)
		return -1;
	member = shape_member(place->shape, token);
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
static struct shape_selector parse_selector(const char *text)
{
	struct shape_selector ret = { .name = xstrndup(text + 1, strcspn(text + 1, "]")) };
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
                          struct err *err)
{
	struct shape_selector selector = parse_selector(selector_text);
	const struct shape_scope scope = { .selector = &selector };
	int ret = shape_check(place->shape, place->value, &scope, err);

	free(selector.name);
	return ret;
}

/* The exclusions among `pointers` that are below the first `len` bytes of `pointer`. */
static struct shape_scope scope_below(const char *const *pointers, const char *pointer,
                                      size_t len)
{
	struct shape_scope ret = { .running = false };

	for (; *pointers; pointers++) {
		const char *other = *pointers + 1;

		if (**pointers != '!' || strncmp(other, pointer, len) != 0 ||
		    other[len] != '/')
			continue;
		assert(ret.others < SHAPE_MOST_OTHERS);
		ret.other[ret.others++] = other + len;
	}
	return ret;
}

static int check_pointer(const json_t *doc, const char *pointer,
                         const char *const *pointers, struct err *err)
{
	struct place place;
	struct shape_scope scope;
	int ret = walk(doc, pointer, &place, err);

	if (ret == 0 && place.value && place.shape && pointer[place.len] != '/') {
		scope = scope_below(pointers, pointer, place.len);
		ret = pointer[place.len] == '['
		              ? check_selected(&place, pointer + place.len, err)
		              : shape_check(place.shape, place.value, &scope, err);
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
	const struct shape_scope scope = { .running = true };

	return shape_check(&schema_document, doc, &scope, err);
}

/* ---- versions ------------------------------------------------------------ */

static int take_later(const struct member *member, void *data, struct err *err)
{
	int *newest = data;

	(void)err;
	if (member->since > *newest)
		*newest = member->since;
	return 0;
}

const char *schema_version(const json_t *doc)
{
	static const char *const versions[] = {
		[V1_0_0] = "1.0.0", [V1_0_2] = "1.0.2", [V1_1_0] = "1.1.0",
		[V1_2_1] = "1.2.1", [V1_3_0] = "1.3.0",
	};
	struct err none;
	int newest = V1_0_0;

	/* It only looks, and so cannot fail. */
	(void)!shape_visit(&schema_document, doc, take_later, &newest, &none);
	return versions[newest];
}
