// SPDX-License-Identifier: Apache-2.0
#include "diff.h"

#include <string.h>

#include "align.h"
#include "entries.h"
#include "facts.h"
#include "pointer.h"

struct differ {
	struct facts *facts;
	json_t *rules;    /* of seccomp by their text, so that equal ones are one */
	struct buf place; /* for people */
	struct buf shape; /* the same for struct entries: entries are "*" */
	bool colour;
	struct buf *to;
};

/* ---- places -------------------------------------------------------------- */

struct mark {
	size_t place, shape;
};

static struct mark enter(struct differ *differ, const char *member)
{
	struct mark mark = { differ->place.len, differ->shape.len };

	pointer_add(member, &differ->place);
	pointer_add(member, &differ->shape);
	return mark;
}

static void cut(struct buf *buf, size_t len)
{
	buf->len = len;
	buf->data[len] = '\0';
}

static void leave(struct differ *differ, struct mark mark)
{
	cut(&differ->place, mark.place);
	cut(&differ->shape, mark.shape);
}

/* The text of a value, a string without its quotes. */
static void add_bare(const json_t *value, struct buf *to)
{
	auto_free char *text = doc_text(value);
	size_t quote = doc_kind(value) == DOC_STRING;

	buf_add(to, text + quote, strlen(text) - 2 * quote);
}

static struct mark enter_entry(struct differ *differ, const struct entries *list,
                               const json_t *entry)
{
	struct mark mark = { differ->place.len, differ->shape.len };
	const char *key = list->keys ? list->keys : "", *blank = "";
	struct buf *to = &differ->place;

	buf_char(to, '[');
	for (size_t len = 0; key = entries_next_key(key, &len), len > 0;) {
		const json_t *value = json_object_getn(entry, key, len);

		if (!value)
			continue;
		buf_printf(to, "%s%.*s=", blank, (int)len, key);
		add_bare(value, to);
		blank = " ";
	}
	if (!*blank)
		add_bare(entry, to);
	if (list->by == ENTRIES_BY_NAME &&
	    memchr(to->data + mark.place, '=', to->len - mark.place))
		cut(to, (size_t)(strchr(to->data + mark.place, '=') + 1 - to->data));
	buf_char(to, ']');
	buf_text(&differ->shape, "/*");
	return mark;
}

/* ---- lines --------------------------------------------------------------- */

/* Names are as they are, and a terminal obeys DEL and U+0080 to U+009F, too. */
static void add_harmless(const char *text, struct buf *to)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			buf_printf(to, "\\u%04x", *c);
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			buf_printf(to, "\\u%04x", *++c);
		else
			buf_char(to, (char)*c);
	}
}

static void add_line(struct differ *differ, char sign, const char *text)
{
	const char *colour = sign == '+'   ? "\033[32m"
	                     : sign == '-' ? "\033[31m"
	                                   : "\033[33m";
	struct buf *to = differ->to;

	buf_text(to, differ->colour ? colour : "");
	buf_char(to, sign);
	buf_char(to, ' ');
	add_harmless(differ->place.data, to);
	buf_text(to, ": ");
	add_harmless(text, to);
	buf_text(to, differ->colour ? "\033[m\n" : "\n");
}

static void add_difference(struct differ *differ, const json_t *before, const json_t *after)
{
	auto_buf struct buf text = { 0 };

	if (before)
		doc_print(before, DOC_COMPACT, &text);
	if (before && after)
		buf_text(&text, " -> ");
	if (after)
		doc_print(after, DOC_COMPACT, &text);
	add_line(differ, before && after ? '~' : before ? '-' : '+', text.data);
}

static void add_move(struct differ *differ, size_t from, size_t to)
{
	auto_free char *text = xasprintf("entry %zu -> entry %zu", from, to);

	add_line(differ, '~', text);
}

static void compare(struct differ *differ, json_t *before, json_t *after);

/* ---- lists --------------------------------------------------------------- */

static uint64_t *entry_numbers(struct differ *differ, const struct entries *list,
                               const json_t *array)
{
	uint64_t *numbers = xcalloc(json_array_size(array), sizeof(*numbers));
	json_t *entry;
	size_t i;

	json_array_foreach(array, i, entry)
		numbers[i] = entries_number(list, differ->facts, entry);
	return numbers;
}

/* The value of "NAME=VALUE"; owned. */
static json_t *env_value(const json_t *entry)
{
	const char *text = doc_string(entry);

	if (!text || !text[entries_name_length(text)])
		return entry ? json_incref((json_t *)(uintptr_t)entry) : NULL;
	return doc_string_new(text + entries_name_length(text) + 1);
}

static void compare_entries(struct differ *differ, const struct entries *list,
                            json_t *before, json_t *after)
{
	struct mark mark = { differ->place.len, differ->shape.len };

	if (list->by == ENTRIES_BY_VALUE) {
		if (!before || !after)
			add_difference(differ, before, after);
		return;
	}
	mark = enter_entry(differ, list, after ? after : before);
	if (list->by == ENTRIES_BY_NAME) {
		json_t *old = env_value(before), *new = env_value(after);

		compare(differ, old, new);
		json_decref(old);
		json_decref(new);
	} else if (before && after) {
		compare(differ, before, after);
	} else {
		add_difference(differ, before, after);
	}
	leave(differ, mark);
}

static void compare_order(struct differ *differ, const struct entries *list,
                          const json_t *after, const size_t *match)
{
	size_t count = json_array_size(after);
	auto_free size_t *kept = xcalloc(count, sizeof(*kept));

	memcpy(kept, match, count * sizeof(*kept));
	align_keep_order(kept, count);
	for (size_t j = 0; j < count; j++) {
		struct mark mark;

		if (match[j] == ALIGN_NONE || kept[j] != ALIGN_NONE)
			continue;
		mark = enter_entry(differ, list, json_array_get(after, j));
		add_move(differ, match[j], j);
		leave(differ, mark);
	}
}

static void compare_lists(struct differ *differ, const struct entries *list,
                          const json_t *before, const json_t *after)
{
	size_t old_count = json_array_size(before), new_count = json_array_size(after);
	auto_free uint64_t *old = entry_numbers(differ, list, before);
	auto_free uint64_t *new = entry_numbers(differ, list, after);
	auto_free size_t *match = align_match(old, old_count, new, new_count);
	auto_free bool *found = xcalloc(old_count, sizeof(*found));

	for (size_t j = 0; j < new_count; j++)
		if (match[j] != ALIGN_NONE)
			found[match[j]] = true;
	for (size_t i = 0; i < old_count; i++)
		if (!found[i])
			compare_entries(differ, list, json_array_get(before, i), NULL);
	for (size_t j = 0; j < new_count; j++)
		compare_entries(differ, list,
		                match[j] == ALIGN_NONE ? NULL
		                                       : json_array_get(before, match[j]),
		                json_array_get(after, j));
	if (list->ordered)
		compare_order(differ, list, after, match);
}

/* ---- system calls -------------------------------------------------------- */

/* A rule without its names, borrowed; equal rules are the same one. */
static json_t *anonymous_rule(struct differ *differ, const json_t *rule)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)rule), *known;
	auto_free char *text = NULL;

	json_object_del(copy, "names");
	text = doc_text(copy);
	known = json_object_get(differ->rules, text);
	if (known) {
		json_decref(copy);
		return known;
	}
	json_object_set_new(differ->rules, text, copy);
	return copy;
}

/* {NAME: [RULE, ...]}, in the order of the rules. */
static json_t *rules_by_name(struct differ *differ, const json_t *syscalls)
{
	json_t *by_name = json_object(), *rule, *name;
	size_t i, j;

	json_array_foreach(syscalls, i, rule) {
		json_t *anonymous = anonymous_rule(differ, rule);

		json_array_foreach(json_object_get(rule, "names"), j, name) {
			const char *text = doc_string(name);
			json_t *rules = json_object_get(by_name, text ? text : "");

			if (!text)
				continue;
			if (!rules) {
				rules = json_array();
				json_object_set_new(by_name, text, rules);
			}
			json_array_append(rules, anonymous);
		}
	}
	return by_name;
}

static bool same_rules(const json_t *a, const json_t *b)
{
	json_t *rule;
	size_t i;

	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, rule) {
		const json_t *other = json_array_get(b, i);

		if (rule != other && !doc_equal(rule, other))
			return false;
	}
	return true;
}

static const json_t *only_rule(const json_t *rules)
{
	return json_array_size(rules) == 1 ? json_array_get(rules, 0) : rules;
}

static void compare_rules(struct differ *differ, const char *name, const json_t *before,
                          const json_t *after)
{
	size_t len = differ->place.len;

	if (same_rules(before, after))
		return;
	buf_printf(&differ->place, "[%s]", name);
	add_difference(differ, only_rule(before), only_rule(after));
	cut(&differ->place, len);
}

static void compare_syscalls(struct differ *differ, const json_t *before,
                             const json_t *after)
{
	json_t *old = rules_by_name(differ, before), *new = rules_by_name(differ, after);
	const char *name;
	json_t *rules;

	json_object_foreach(old, name, rules)
		compare_rules(differ, name, rules, json_object_get(new, name));
	json_object_foreach(new, name, rules) {
		if (!json_object_get(old, name))
			compare_rules(differ, name, NULL, rules);
	}
	json_decref(old);
	json_decref(new);
}

/* ---- values -------------------------------------------------------------- */

static void compare_members(struct differ *differ, json_t *before, json_t *after)
{
	const char *key;
	json_t *value;

	json_object_foreach(before, key, value) {
		struct mark mark = enter(differ, key);

		compare(differ, value, json_object_get(after, key));
		leave(differ, mark);
	}
	json_object_foreach(after, key, value) {
		struct mark mark = enter(differ, key);

		if (!json_object_get(before, key))
			compare(differ, NULL, value);
		leave(differ, mark);
	}
}

static size_t size_of(const json_t *value)
{
	return json_object_size(value) + json_array_size(value);
}

/* Of two objects, or two arrays, of which one may be missing: one that is empty shows as
 * such. */
static void compare_empty(struct differ *differ, const json_t *before, const json_t *after)
{
	bool was_empty = before && size_of(before) == 0;
	bool is_empty = after && size_of(after) == 0;

	if (was_empty != is_empty)
		add_difference(differ, was_empty ? before : NULL, is_empty ? after : NULL);
}

/* Either may be NULL, but not both. */
static void compare(struct differ *differ, json_t *before, json_t *after)
{
	enum doc_kind old = doc_kind(before), new = doc_kind(after);
	enum doc_kind kind = after ? new : old;
	const struct entries *list = NULL;

	if (before && after && old != new)
		kind = DOC_NOTHING;
	if (kind == DOC_ARRAY)
		list = entries_find(differ->shape.data);
	if ((kind == DOC_OBJECT && differ->place.len > 0) || list)
		compare_empty(differ, before, after);
	if (kind == DOC_OBJECT)
		compare_members(differ, before, after);
	else if (list && list->by == ENTRIES_BY_SYSCALLS)
		compare_syscalls(differ, before, after);
	else if (list)
		compare_lists(differ, list, before, after);
	else if (!before || !after || !doc_equal(before, after))
		add_difference(differ, before, after);
}

void diff_print(const json_t *before, const json_t *after, bool colour, struct buf *to)
{
	struct differ differ = {
		.facts = facts_new(),
		.rules = json_object(),
		.colour = colour,
		.to = to,
	};

	buf_text(&differ.place, "");
	buf_text(&differ.shape, "");
	compare(&differ, (json_t *)(uintptr_t)before, (json_t *)(uintptr_t)after);
	buf_free(&differ.place);
	buf_free(&differ.shape);
	json_decref(differ.rules);
	facts_free(differ.facts);
}
