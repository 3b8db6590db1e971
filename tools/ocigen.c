// SPDX-License-Identifier: Apache-2.0
/*
 * ocigen - make the base document, every section of it
 *
 * A preset is a whole document, and confined; the options edit it.  What rests
 * on their outcome (capabilities, the seccomp filter) is filled in last.
 */
#include "preset.h"
#include "process.h"

struct ocigen_options {
	struct process_options process; /* first: the table's offsets begin here */
	json_t *start;
};

static int gather(const json_t *doc UNUSED, void *data, struct filter_run *run,
                  struct err *err)
{
	struct ocigen_options *options = data;

	options->start = json_object();
	if (!options->process.user) /* root may be in groups, too */
		options->process.user = "0";
	if (preset_start((enum preset)options->process.preset, options->start, err) < 0)
		return -1;
	return process_gather(options->start, &options->process, run, err);
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct ocigen_options *options = data;

	json_object_update(doc, options->start);
	if (process_apply(doc, &options->process, err) < 0)
		return -1;
	return preset_finish((enum preset)options->process.preset, doc, err);
}

static void done(void *data)
{
	struct ocigen_options *options = data;

	json_decref(options->start);
	process_done(&options->process);
}

static const struct filter ocigen = {
	.name = "ocigen",
	.summary = "make the base document, every section of it",
	.operands = "[--] [COMMAND [ARG...]]",
	.options = process_options,
	.size = sizeof(struct ocigen_options),
	.owns = process_owns,
	.makes = true,
	.gather = gather,
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&ocigen, argc, argv);
}
