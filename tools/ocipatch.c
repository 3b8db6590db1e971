// SPDX-License-Identifier: Apache-2.0
/*
 * ocipatch - edit any part of a document
 *
 * The other filters know what they edit; this one does not, so that no
 * property, of this version of the runtime-spec or of a later one, is out of
 * reach.  It does not check shapes either: the next stage does.
 */
#include <string.h>

#include "edit.h"
#include "filter.h"
#include "patch.h"

enum kind { PATCH, MERGE, SET, UNSET };

struct ocipatch_options {
	struct opt_list edits; /* in the order of the command line */
	json_t *files; /* of those that read one, in the same order; made by gather */
};

static int append_file(struct opt_use *use, void *to, struct err *err)
{
	const char *name;

	return opt_string(use, &name, err) < 0 ? -1 : opt_append(use, to, err);
}

static int append_edit(struct opt_use *use, void *to, struct err *err)
{
	if (edit_check(use->arg, use->opt->data == SET, err) < 0)
		return -1;
	return opt_append(use, to, err);
}

/* ---- files --------------------------------------------------------------- */

static int gather(const json_t *doc UNUSED, void *data, struct filter_run *run,
                  struct err *err)
{
	struct ocipatch_options *options = data;

	options->files = json_array();
	for (const struct opt_use *use = options->edits.first; use; use = use->next) {
		json_t *patch;

		if (use->opt->data != PATCH && use->opt->data != MERGE)
			continue;
		if (filter_read(run, use->arg, &patch, err) < 0)
			return -1;
		json_array_append_new(options->files, patch);
	}
	return 0;
}

static void done(void *data)
{
	struct ocipatch_options *options = data;

	json_decref(options->files);
}

/* ---- edits --------------------------------------------------------------- */

static int apply_edit(json_t **doc, const struct opt_use *use, struct err *err)
{
	auto_edit struct edit edit = { 0 };

	if (edit_parse(use->arg, use->opt->data == SET, &edit, err) < 0)
		return -1;
	return edit_apply(doc, &edit, err);
}

static int apply_patch(json_t **doc, const char *name, json_t *patch, struct err *err)
{
	if (patch_apply(doc, patch, err) == 0)
		return 0;
	if (err->where[0])
		err_under(err, ": ");
	return err_under(err, name);
}

static int apply_edits(json_t **doc, const struct ocipatch_options *options,
                       struct err *err)
{
	size_t file = 0;

	for (const struct opt_use *use = options->edits.first; use; use = use->next) {
		int failed = 0;

		if (use->opt->data == PATCH)
			failed = apply_patch(doc, use->arg,
			                     json_array_get(options->files, file++), err);
		else if (use->opt->data == MERGE)
			patch_merge(doc, json_array_get(options->files, file++));
		else
			failed = apply_edit(doc, use, err);
		if (failed < 0)
			return -1;
	}
	return 0;
}

/* A patch may replace the document itself; the driver's stays the same object. */
static int apply(json_t *doc, const void *data, struct err *err)
{
	json_t *edited = json_incref(doc);
	int failed = apply_edits(&edited, data, err);

	if (failed == 0 && doc_kind(edited) != DOC_OBJECT)
		failed = err_set(err, ERR_INPUT,
		                 "the document would not be an object, but %s",
		                 doc_kind_name(doc_kind(edited)));
	if (failed == 0 && edited != doc) {
		json_object_clear(doc);
		json_object_update(doc, edited);
	}
	json_decref(edited);
	return failed;
}

/* clang-format off */
static const struct opt options[] = {
	{ .name = "patch", .arg = "FILE", .set = append_file, .data = PATCH,
	  .help = "carry out the JSON patch in FILE (RFC 6902)",
	  .at = offsetof(struct ocipatch_options, edits) },
	{ .name = "merge", .arg = "FILE", .set = append_file, .data = MERGE,
	  .help = "merge with the merge patch in FILE (RFC 7396)",
	  .at = offsetof(struct ocipatch_options, edits) },
	{ .name = "set", .arg = "POINTER=JSON", .set = append_edit, .data = SET,
	  .help = "put a value there", .at = offsetof(struct ocipatch_options, edits) },
	{ .name = "unset", .arg = "POINTER", .set = append_edit, .data = UNSET,
	  .help = "remove what is there", .at = offsetof(struct ocipatch_options, edits) },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter ocipatch = {
	.name = "ocipatch",
	.summary = "edit any part of a document",
	.options = options,
	.size = sizeof(struct ocipatch_options),
	.owns = (const char *const[]){ "", NULL },
	.gather = gather,
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&ocipatch, argc, argv);
}
