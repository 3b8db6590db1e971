// SPDX-License-Identifier: Apache-2.0
#include "inputs.h"

#include <string.h>

#include "prepare.h"
#include "schema.h"
#include "spec.h"

/* Everybody writes into this list, so nobody's table of owned pointers covers it. */
static int check_shape(const json_t *doc, struct err *err)
{
	return schema_check(doc, (const char *const[]){ "/ocipipe/inputs", NULL }, err);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t collect(const json_t *list, const char **to)
{
	size_t count = 0, i;
	json_t *name;

	json_array_foreach(list, i, name) {
		to[count++] = doc_string(name);
	}
	return count;
}

int inputs_record(json_t *doc, const json_t *names, struct err *err)
{
	auto_free const char **all = NULL;
	json_t *list, *sorted;
	size_t count;

	if (json_array_size(names) == 0)
		return 0;
	if (check_shape(doc, err) < 0 || prepare_ensure(doc, err) < 0 ||
	    spec_ensure_array(doc, "/ocipipe/inputs", &list, err) < 0)
		return -1;
	all = xcalloc(json_array_size(list) + json_array_size(names), sizeof(*all));
	count = collect(list, all);
	count += collect(names, all + count);
	qsort(all, count, sizeof(*all), compare);
	sorted = json_array();
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(all[i], all[i - 1]) != 0)
			json_array_append_new(sorted, json_string(all[i]));
	return spec_put_new(doc, "/ocipipe/inputs", sorted, err);
}

/* What GNU make takes for something else, and where: in a rule, and before its colon. */
static const char in_rule[] = " #:*?[";
static const char in_target[] = " #:*?[%";

/*
 * A file name as make reads it (info make, "Rule Syntax", and cc -MD): before a
 * special character, a backslash, and backslashes before it doubled; elsewhere
 * they stand for themselves.
 */
static void add_quoted(const char *name, const char *special, struct buf *to)
{
	size_t slashes = 0;

	for (const char *c = name; *c; c++) {
		if (strchr(special, *c))
			for (size_t i = 0; i <= slashes; i++)
				buf_char(to, '\\');
		slashes = *c == '\\' ? slashes + 1 : 0;
		if (*c == '$')
			buf_text(to, "$$");
		else if (*c == '=') /* it would make the rule an assignment */
			buf_text(to, "$(if x,=)");
		else
			buf_char(to, *c);
	}
}

/* Some names have no spelling at all: make globs, expands '~' and strips blanks. */
static bool readable(const char *name)
{
	if (!*name || *name == '~' || strpbrk(name, "\t\n\r;|"))
		return false;
	if (strchr(name, '\\') && strpbrk(name, "*?["))
		return false;
	return !strchr(" \\", name[strlen(name) - 1]);
}

static void add_target(const char *name, struct buf *to)
{
	add_quoted(name, in_target, to);
	/* "a&:" would be a group of targets. */
	buf_text(to, name[strlen(name) - 1] == '&' ? " :" : ":");
}

static int check_names(const json_t *list, const char *target, struct err *err)
{
	const char *bad = readable(target) ? NULL : target;
	json_t *name;
	size_t i;

	json_array_foreach(list, i, name) {
		if (!readable(doc_string(name)))
			bad = doc_string(name);
	}
	return bad ? err_at(err, bad, "has no spelling in a make rule") : 0;
}

int inputs_make_rule(const json_t *doc, const char *target, struct buf *to, struct err *err)
{
	const json_t *list = spec_get(doc, "/ocipipe/inputs");
	json_t *name;
	size_t i;

	if (check_shape(doc, err) < 0 || check_names(list, target, err) < 0)
		return -1;
	add_target(target, to);
	json_array_foreach(list, i, name) {
		if (str_equal(doc_string(name), target)) /* written over itself */
			continue;
		buf_text(to, " \\\n  ");
		add_quoted(doc_string(name), in_rule, to);
	}
	buf_char(to, '\n');
	/* An empty rule each, so that a file that is gone is no error (-MP). */
	json_array_foreach(list, i, name) {
		if (str_equal(doc_string(name), target))
			continue;
		buf_char(to, '\n');
		add_target(doc_string(name), to);
		buf_char(to, '\n');
	}
	return 0;
}
