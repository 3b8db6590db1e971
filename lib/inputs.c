// SPDX-License-Identifier: Apache-2.0
#include "inputs.h"

#include <string.h>

#include "prepare.h"
#include "spec.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t collect(const json_t *list, const char **to)
{
	size_t count = 0, i;
	json_t *name;

	json_array_foreach(list, i, name) {
		if (doc_string(name))
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
	if (prepare_ensure(doc, err) < 0 ||
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

/* A file name as make reads it. */
static void add_quoted(const char *name, struct buf *to)
{
	for (const char *c = name; *c; c++) {
		if (*c == ' ' || *c == '#' || *c == '\\')
			buf_char(to, '\\');
		else if (*c == '$')
			buf_char(to, '$');
		buf_char(to, *c);
	}
}

void inputs_make_rule(const json_t *doc, const char *target, struct buf *to)
{
	const json_t *list = spec_get(doc, "/ocipipe/inputs");
	json_t *name;
	size_t i;

	add_quoted(target, to);
	buf_char(to, ':');
	json_array_foreach(list, i, name) {
		buf_text(to, " \\\n  ");
		add_quoted(doc_string(name), to);
	}
	buf_char(to, '\n');
	/* An empty rule each, so that a file that is gone is no error (-MP). */
	json_array_foreach(list, i, name) {
		buf_char(to, '\n');
		add_quoted(doc_string(name), to);
		buf_text(to, ":\n");
	}
}
