// SPDX-License-Identifier: Apache-2.0
#include "owns.h"

#include <string.h>

#include "pointer.h"
#include "spec.h"

/* "[NAME=VALUE]", "[NAME!=VALUE]" or, for strings that begin so, "[NAME=]". */
static bool selected(const char *selector, const json_t *entry)
{
	const char *name = selector + 1;
	size_t len = strcspn(name, "!=");
	bool negated = name[len] == '!';
	const char *value = name + len + negated + 1;
	size_t value_len = strcspn(value, "]");
	const char *text;

	if (value_len == 0) {
		text = doc_string(entry);
		return text && strncmp(text, name, len + 1) == 0;
	}
	text = doc_string(json_object_getn(entry, name, len));
	if (!text)
		return false;
	return (strlen(text) == value_len && memcmp(text, value, value_len) == 0) !=
	       negated;
}

static bool covers_entry(const char *own, const json_t *doc, const char *pointer,
                         const json_t *added)
{
	const char *selector = strchr(own, '['), *rest;
	auto_free char *list = xstrndup(own, (size_t)(selector - own)), *token = NULL;
	const json_t *entry;

	if (!pointer_beneath(pointer, list) || strlen(pointer) == strlen(list))
		return false;
	rest = pointer + strlen(list);
	token = pointer_next(&rest);
	entry = strcmp(token, "-") == 0 ? added : pointer_child(spec_get(doc, list), token);
	return !entry || selected(selector, entry);
}

static bool excluded(const char *const *owns, const char *pointer)
{
	for (; *owns; owns++)
		if (**owns == '!' && (pointer_beneath(pointer, *owns + 1) ||
		                      pointer_beneath(*owns + 1, pointer)))
			return true;
	return false;
}

bool owns_covers(const char *const *owns, const json_t *doc, const char *pointer,
                 const json_t *added)
{
	if (excluded(owns, pointer))
		return false;
	for (; *owns; owns++) {
		if (**owns == '!')
			continue;
		if (strchr(*owns, '[') ? covers_entry(*owns, doc, pointer, added)
		                       : pointer_beneath(pointer, *owns))
			return true;
	}
	return false;
}
