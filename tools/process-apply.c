// SPDX-License-Identifier: Apache-2.0
/*
 * process-apply - edit the process, the root and annotations in the middle of a pipe
 *
 * The options and their meaning are ocigen's (lib/process.h).
 */
#include "process.h"

static int gather(const json_t *doc, void *options, struct filter_run *run, struct err *err)
{
	return process_gather(doc, options, run, err);
}

static int apply(json_t *doc, const void *options, struct err *err)
{
	return process_apply(doc, options, err);
}

static void done(void *options)
{
	process_done(options);
}

static const struct filter process_apply_filter = {
	.name = "process-apply",
	.summary = "edit the process, the root and annotations",
	.operands = "[--] [COMMAND [ARG...]]",
	.options = process_options + PROCESS_FIRST_SHARED,
	.size = sizeof(struct process_options),
	.owns = process_owns,
	.gather = gather,
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&process_apply_filter, argc, argv);
}
