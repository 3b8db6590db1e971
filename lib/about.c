// SPDX-License-Identifier: Apache-2.0
#include "about.h"

#include "doc.h"
#include "io.h"
#include "version.h"

int about_ask(struct opt_use *use, void *to, struct err *err UNUSED)
{
	*(int *)to = (int)use->opt->data;
	return 0;
}

static void help(const struct about *tool, struct buf *to)
{
	buf_printf(to, "Usage: %s [OPTION...]%s%s\n%s.\n", tool->name,
	           tool->operands ? " " : "", tool->operands ? tool->operands : "",
	           tool->summary);
	if (tool->options->name)
		buf_text(to, "\nOptions:\n");
	opt_help(tool->options, to);
	if (tool->common)
		buf_text(to, "\nOptions of every filter:\n");
	for (const struct opt *const *rows = tool->common; rows && *rows; rows++)
		opt_help(*rows, to);
}

/* A list of strings that ends with NULL, or no list, as an array. */
static json_t *pointers(const char *const *list)
{
	json_t *array = json_array();

	for (; list && *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

static void introspect(const struct about *tool, struct buf *to)
{
	json_t *own = json_array(), *common = json_array();
	json_auto_t *answer = NULL;

	opt_introspect(tool->options, own);
	for (const struct opt *const *rows = tool->common; rows && *rows; rows++)
		opt_introspect(*rows, common);
	answer = json_pack("{s:s, s:s, s:s*, s:b, s:o, s:o, s:o, s:o}", "name", tool->name,
	                   "summary", tool->summary, "operands", tool->operands, "makes",
	                   tool->makes, "owns", pointers(tool->owns), "reads",
	                   pointers(tool->reads), "options", own, "common", common);
	doc_print(answer, DOC_INDENTED, to);
	buf_char(to, '\n');
}

int about_answer(const struct about *tool, int question, struct err *err)
{
	auto_buf struct buf text = { 0 };

	switch (question) {
	case ABOUT_HELP:
		help(tool, &text);
		break;
	case ABOUT_VERSION:
		buf_printf(&text, "%s (ocipipe) %s\n", tool->name, version_text);
		break;
	case ABOUT_INTROSPECT:
		introspect(tool, &text);
		break;
	default:
		abort();
	}
	return io_write_output(text.data, text.len, err);
}
