// SPDX-License-Identifier: Apache-2.0
#include "devlist.h"

#include <inttypes.h>
#include <string.h>

#include "spec.h"

enum { NONE = -1 };

struct node {
	json_t *value;   /* NULL once removed */
	json_int_t next; /* one with the same path, or NONE */
	bool touched;    /* put or removed by us */
};

struct devlist {
	struct node *nodes;
	size_t count;
	size_t room;
	json_t *at; /* path -> place of the first one */
	bool nodes_changed;

	json_t *old_rules; /* the document's */
	json_t *new_rules; /* ours in order; JSON null where one was asked for again later
	                    */
	json_t *place;     /* what one of ours says -> its place */
	json_t *removed;   /* what those to be removed say */
	json_t *numbers;   /* of nodes that were put, replaced or removed */
	bool rules_changed;
};

/* ---- what a rule says ---------------------------------------------------- */

static bool number(const json_t *of, const char *name, int64_t *ret)
{
	return doc_get_i64(json_object_get(of, name), ret) && *ret >= 0;
}

/* "c 10:229", which both nodes and rules have; NULL if there is no such one device. */
static char *numbers_of(const json_t *value)
{
	const char *type = doc_string(json_object_get(value, "type"));
	int64_t major, minor;

	if (!type || strcmp(type, "a") == 0 || strcmp(type, "p") == 0 ||
	    !number(value, "major", &major) || !number(value, "minor", &minor))
		return NULL;
	return xasprintf("%c %" PRId64 ":%" PRId64, *type == 'u' ? 'c' : *type, major,
	                 minor);
}

static bool allows(const json_t *rule)
{
	return json_is_true(json_object_get(rule, "allow"));
}

/* Text that is equal for rules that say the same, however they are written. */
static char *key_of(const json_t *rule)
{
	const char *type = doc_string(json_object_get(rule, "type"));
	const char *access = doc_string(json_object_get(rule, "access"));
	int64_t major = NONE, minor = NONE;

	if (!type)
		type = "a";
	if (!number(rule, "major", &major))
		major = NONE;
	if (!number(rule, "minor", &minor))
		minor = NONE;
	return xasprintf("%d %s %" PRId64 ":%" PRId64 " %s%s%s", allows(rule), type, major,
	                 minor, access && strchr(access, 'r') ? "r" : "",
	                 access && strchr(access, 'w') ? "w" : "",
	                 access && strchr(access, 'm') ? "m" : "");
}

json_t *devlist_rule_of(const json_t *node, const char *access)
{
	const char *type = doc_string(json_object_get(node, "type"));

	if (strcmp(type, "p") == 0)
		return NULL;
	return json_pack("{s:b, s:s, s:O, s:O, s:s}", "allow", 1, "type",
	                 strcmp(type, "u") == 0 ? "c" : type, "major",
	                 json_object_get(node, "major"), "minor",
	                 json_object_get(node, "minor"), "access", access);
}

/* ---- sets of text -------------------------------------------------------- */

static void note(json_t *set, const char *text)
{
	json_object_set_new(set, text, json_true());
}

static bool noted(const json_t *set, const char *text)
{
	return json_object_get(set, text) != NULL;
}

/* ---- nodes --------------------------------------------------------------- */

static json_int_t first_at(const struct devlist *list, const char *path)
{
	const json_t *place = json_object_get(list->at, path);

	return place ? json_integer_value(place) : NONE;
}

static void append(struct devlist *list, json_t *node, bool touched)
{
	const char *path = doc_string(json_object_get(node, "path"));

	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 16;
		list->nodes = xrealloc(list->nodes, list->room * sizeof(*list->nodes));
	}
	list->nodes[list->count] = (struct node){ node, first_at(list, path), touched };
	json_object_set_new(list->at, path, json_integer((json_int_t)list->count++));
}

struct devlist *devlist_new(const json_t *doc)
{
	const json_t *nodes = spec_get(doc, "/linux/devices");
	struct devlist *list = xmalloc(sizeof(*list));

	*list = (struct devlist){
		.at = json_object(),
		.old_rules = spec_get(doc, "/linux/resources/devices"),
		.new_rules = json_array(),
		.place = json_object(),
		.removed = json_object(),
		.numbers = json_object(),
	};
	json_incref(list->old_rules);
	/* From the end, so that of equal paths the first one is found first. */
	list->count = list->room = json_array_size(nodes);
	list->nodes = xcalloc(list->count, sizeof(*list->nodes));
	for (size_t i = list->count; i-- > 0;) {
		json_t *node = json_array_get(nodes, i);
		const char *path = doc_string(json_object_get(node, "path"));

		list->nodes[i] =
			(struct node){ json_incref(node), first_at(list, path), false };
		json_object_set_new(list->at, path, json_integer((json_int_t)i));
	}
	return list;
}

/* What there was about a node's numbers counts no more: a node brings its rule. */
static void forget_numbers(struct devlist *list, const json_t *node)
{
	auto_free char *numbers = node ? numbers_of(node) : NULL;

	if (!numbers)
		return;
	note(list->numbers, numbers);
	list->rules_changed = true;
}

static void set_node(struct devlist *list, struct node *node, json_t *value)
{
	forget_numbers(list, node->value);
	json_decref(node->value);
	node->value = value;
	node->touched = true;
	list->nodes_changed = true;
}

void devlist_put_new(struct devlist *list, json_t *node)
{
	json_int_t at = first_at(list, doc_string(json_object_get(node, "path")));

	forget_numbers(list, node);
	if (at == NONE) {
		append(list, node, true);
		list->nodes_changed = true;
		return;
	}
	for (json_int_t same = list->nodes[at].next; same != NONE;
	     same = list->nodes[same].next)
		set_node(list, &list->nodes[same], NULL);
	set_node(list, &list->nodes[at], node);
}

void devlist_remove(struct devlist *list, const char *path)
{
	if (path) {
		for (json_int_t at = first_at(list, path); at != NONE;
		     at = list->nodes[at].next)
			set_node(list, &list->nodes[at], NULL);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		set_node(list, &list->nodes[i], NULL);
}

/* ---- rules --------------------------------------------------------------- */

void devlist_allow_new(struct devlist *list, json_t *rule)
{
	auto_free char *key = key_of(rule);
	const json_t *place = json_object_get(list->place, key);

	if (place)
		json_array_set_new(list->new_rules, (size_t)json_integer_value(place),
		                   json_null());
	json_object_set_new(list->place, key,
	                    json_integer((json_int_t)json_array_size(list->new_rules)));
	json_array_append_new(list->new_rules, rule);
	list->rules_changed = true;
}

void devlist_remove_rule(struct devlist *list, const json_t *rule)
{
	auto_free char *key = key_of(rule);
	const json_t *place = json_object_get(list->place, key);

	if (place)
		json_array_set_new(list->new_rules, (size_t)json_integer_value(place),
		                   json_null());
	json_object_del(list->place, key);
	note(list->removed, key);
	list->rules_changed = true;
}

/* The numbers of the nodes that were there before and are still. */
static json_t *numbers_kept(const struct devlist *list)
{
	json_t *kept = json_object();

	for (size_t i = 0; i < list->count; i++) {
		const struct node *node = &list->nodes[i];
		auto_free char *numbers =
			node->value && !node->touched ? numbers_of(node->value) : NULL;

		if (numbers)
			note(kept, numbers);
	}
	return kept;
}

/* True for a rule of the document that nobody wants any more. */
static bool is_gone(const struct devlist *list, const json_t *rule, const char *key,
                    const json_t *kept)
{
	auto_free char *numbers = numbers_of(rule);

	if (json_object_get(list->place, key))
		return false; /* it was asked for again */
	if (noted(list->removed, key))
		return true;
	return allows(rule) && numbers && noted(list->numbers, numbers) &&
	       !noted(kept, numbers);
}

/* The document's rules that stay, but for those that are ours too. */
static json_t *rules_kept(const struct devlist *list)
{
	json_t *kept = numbers_kept(list), *rules = json_array(), *rule;
	size_t i;

	json_array_foreach(list->old_rules, i, rule) {
		auto_free char *key = key_of(rule);

		if (!is_gone(list, rule, key, kept))
			json_array_append(rules, rule);
	}
	json_decref(kept);
	return rules;
}

/* Whether all of ours are of one kind; *allow is which. */
static bool uniform(const struct devlist *list, bool *allow)
{
	bool seen[2] = { false, false };
	json_t *rule;
	size_t i;

	json_array_foreach(list->new_rules, i, rule) {
		if (!json_is_null(rule))
			seen[allows(rule)] = true;
	}
	*allow = seen[true];
	return !(seen[false] && seen[true]);
}

/*
 * The place from which on a rule of ours that is there has its effect: behind the
 * last one of the other kind.  If ours are of both kinds their order matters, so
 * that all of them go to the end.
 */
static size_t settled_from(const struct devlist *list, const json_t *rules)
{
	size_t i = json_array_size(rules);
	bool allow;

	if (!uniform(list, &allow))
		return i;
	while (i > 0 && allows(json_array_get(rules, i - 1)) == allow)
		i--;
	return i;
}

static json_t *merge_rules(const struct devlist *list)
{
	json_t *rules = rules_kept(list), *merged = json_array(), *there = json_object();
	size_t settled = settled_from(list, rules), i;
	json_t *rule;

	json_array_foreach(rules, i, rule) {
		auto_free char *key = key_of(rule);

		if (json_object_get(list->place, key)) {
			if (i < settled)
				continue;
			note(there, key);
		}
		json_array_append(merged, rule);
	}
	json_array_foreach(list->new_rules, i, rule) {
		auto_free char *key = json_is_null(rule) ? NULL : key_of(rule);

		if (key && !noted(there, key))
			json_array_append(merged, rule);
	}
	json_decref(rules);
	json_decref(there);
	return merged;
}

/* ---- writing ------------------------------------------------------------- */

/* A list that is empty now and was not before goes. */
static int write_list(json_t *doc, const char *pointer, json_t *list, struct err *err)
{
	const json_t *old = spec_get(doc, pointer);

	if (json_array_size(list) > 0)
		return spec_put_new(doc, pointer, list, err);
	json_decref(list);
	if (json_array_size(old) > 0)
		spec_drop(doc, pointer);
	return 0;
}

int devlist_write(struct devlist *list, json_t *doc, struct err *err)
{
	json_t *nodes = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (list->nodes[i].value)
			json_array_append(nodes, list->nodes[i].value);
	if (!list->nodes_changed)
		json_decref(nodes);
	else if (write_list(doc, "/linux/devices", nodes, err) < 0)
		return -1;
	if (!list->rules_changed)
		return 0;
	return write_list(doc, "/linux/resources/devices", merge_rules(list), err);
}

void devlist_free(struct devlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		json_decref(list->nodes[i].value);
	json_decref(list->at);
	json_decref(list->old_rules);
	json_decref(list->new_rules);
	json_decref(list->place);
	json_decref(list->removed);
	json_decref(list->numbers);
	free(list->nodes);
	free(list);
}
