// SPDX-License-Identifier: Apache-2.0
#include "common.h"

#include "about.h"
#include "doc.h"
#include "parse.h"

/* clang-format off */
#define AT(member) .at = offsetof(struct common, member)
const struct opt common_options[] = {
	{ .name = "input", .arg = "FILE", .set = opt_string, AT(input),
	  .help = "read the document from FILE, not standard input" },
	{ .letter = 'o', .name = "output", .arg = "FILE", .set = opt_string, AT(output),
	  .help = "write it to FILE, by rename" },
	{ .name = "if-changed", .set = opt_flag, AT(if_changed),
	  .help = "leave an --output file that is equal alone" },
	{ .name = "compact", .set = opt_flag, AT(compact), .help = "write it in one line" },
	{ .name = "diff", .set = opt_flag, AT(diff),
	  .help = "show on standard error what changed" },
	{ .name = "trace", .arg = "FILE", .set = opt_string, AT(trace),
	  .help = "append a line about this stage to FILE" },
	{ .name = "depfile", .arg = "FILE", .set = opt_string, AT(depfile),
	  .help = "write the files read so far as a make rule" },
	{ .name = "deptarget", .arg = "NAME", .set = opt_string, AT(deptarget),
	  .help = "the target of that rule; else the --output file" },
	{ .name = "max-input", .arg = "SIZE", .set = opt_size, AT(max_input),
	  .help = "refuse a larger document (64m)" },
	ABOUT_ROWS(offsetof(struct common, question)),
	{ .name = NULL },
};
/* clang-format on */

int common_max_input(uint64_t *ret, struct err *err)
{
	const char *max = getenv("OCIPIPE_MAX_INPUT");

	*ret = DOC_MAX_INPUT;
	if (!max || parse_size(max, ret))
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a size", max);
	return err_where(err, "$OCIPIPE_MAX_INPUT");
}

int common_defaults(struct common *common, struct err *err)
{
	common->trace = getenv("OCIPIPE_TRACE");
	if (common->trace && !*common->trace)
		common->trace = NULL;
	return common_max_input(&common->max_input, err);
}

int common_check(struct common *common, struct err *err)
{
	if (str_equal(common->input, "-"))
		common->input = NULL;
	if (str_equal(common->output, "-"))
		common->output = NULL;
	if (common->depfile && !common->output && !common->deptarget) {
		err_set(err, ERR_USAGE,
		        "needs --output or --deptarget to name the rule's target");
		return err_where(err, "--depfile");
	}
	return 0;
}
