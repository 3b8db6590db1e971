// SPDX-License-Identifier: Apache-2.0
#include "filter.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "about.h"
#include "common.h"
#include "diff.h"
#include "inputs.h"
#include "io.h"
#include "owned.h"
#include "schema.h"
#include "spec.h"
#include "stack.h"
#include "trace.h"

static const struct opt no_options[] = { { .name = NULL } };

/* One run of a filter: everything that outlives a function. */
struct stage {
	const struct filter *filter;
	struct common common;
	struct owned_edits edits;
	void *options;
	struct opt_args args;
	struct filter_run run;
	bool makes; /* nothing is read */
	int argc;
	char **argv;
	json_t *words;  /* argv as it was given: setters may cut it up */
	json_t *before; /* as read; only kept where --diff or --trace want it */
	json_t *doc;
	struct buf explanation;
	bool explained; /* that is all that is wanted at a terminal */
	struct err err;
	int status; /* of a report */
};

static const struct opt *own_options(const struct filter *filter)
{
	return filter->options ? filter->options : no_options;
}

/* It edits everything, and has options for that. */
static bool owns_all(const struct filter *filter)
{
	return filter->owns && !*filter->owns[0];
}

static const struct opt *edit_options(const struct filter *filter)
{
	return owns_all(filter) ? no_options : owned_options;
}

/* ---- the command line ---------------------------------------------------- */

/* What a maker is to edit is read as any other filter's document. */
static int find_base(struct stage *stage, struct err *err)
{
	const struct filter *filter = stage->filter;
	const char *base = filter->base ? filter->base(stage->options) : NULL;

	stage->makes = filter->makes && !base;
	if (filter->makes && stage->common.input) {
		err_set(err, ERR_USAGE, "it makes a document and reads none");
		err_hint(err, "--base edits one");
		return err_where(err, "--input");
	}
	if (base && strcmp(base, "-") != 0)
		stage->common.input = base;
	return 0;
}

static int parse_command_line(struct stage *stage, struct err *err)
{
	const struct filter *filter = stage->filter;
	struct common *common = &stage->common;
	const struct opt_set sets[] = {
		{ own_options(filter), stage->options },
		{ edit_options(filter), &stage->edits },
		{ common_options, common },
		{ NULL, NULL },
	};

	if (common_defaults(common, err) < 0 ||
	    opt_parse(sets, stage->argc, stage->argv, &stage->args, err) < 0)
		return -1;
	if (common->question != ABOUT_NOTHING)
		return 0;
	if (stage->args.operands[0] && !filter->operands) {
		err_set(err, ERR_USAGE, "takes no operands");
		return err_where(err, "'%s'", stage->args.operands[0]);
	}
	if (find_base(stage, err) < 0)
		return -1;
	stage->run.operands = stage->args.operands;
	stage->run.max_input = common->max_input;
	return common_check(common, err);
}

static int answer(const struct stage *stage, struct err *err)
{
	const struct filter *filter = stage->filter;
	const struct about about = {
		.name = filter->name,
		.summary = filter->summary,
		.operands = filter->operands,
		.options = own_options(filter),
		.common = (const struct opt *const[]){ edit_options(filter), common_options,
		                                       NULL },
		.owns = filter->owns,
		.reads = filter->reads,
		.makes = filter->makes,
	};

	return about_answer(&about, stage->common.question, err);
}

/* ---- reading ------------------------------------------------------------- */

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* Between two pipes the earlier stage has said why, and the last one will say it again. */
static int nothing_arrived(const struct common *common, struct err *err)
{
	bool between = !common->input && !common->output && is_pipe(STDIN_FILENO) &&
	               is_pipe(STDOUT_FILENO);

	err_set(err, between ? ERR_QUIET : ERR_INPUT,
	        "no document: an earlier stage failed");
	return err_where(err, "%s", common->input ? common->input : "standard input");
}

static int read_standard_input(struct filter_run *run, struct buf *text, struct err *err)
{
	if (run->read_stdin) {
		err_set(err, ERR_USAGE, "standard input has been read already");
		err_hint(err, "the document can be named with --input");
		return err_where(err, "-");
	}
	if (isatty(STDIN_FILENO)) {
		err_at(err, "standard input", "is a terminal");
		return err_hint(err, "put a document into the pipe, or name a file");
	}
	run->read_stdin = true;
	return io_read_all(STDIN_FILENO, "standard input", run->max_input, text, err);
}

static int read_document(struct stage *stage, struct err *err)
{
	const struct common *common = &stage->common;
	auto_buf struct buf text = { 0 };

	if (stage->makes) {
		stage->doc = json_object();
		return 0;
	}
	if (common->input ? io_read_file(common->input, common->max_input, &text, err) < 0
	                  : read_standard_input(&stage->run, &text, err) < 0)
		return -1;
	if (text.len == 0)
		return nothing_arrived(common, err);
	if (doc_parse(text.data, text.len, &stage->doc, err) < 0)
		return common->input                 ? err_under(err, ": "),
		       err_under(err, common->input) : -1;
	if (doc_kind(stage->doc) != DOC_OBJECT)
		return err_set(err, ERR_INPUT, "the document must be an object, but is %s",
		               doc_kind_name(doc_kind(stage->doc)));
	/* Written over itself it would become its own prerequisite. */
	if (common->input && !str_equal(common->input, common->output))
		json_array_append_new(stage->run.inputs, json_string(common->input));
	return 0;
}

int filter_read_text(struct filter_run *run, const char *path, struct buf *ret,
                     struct err *err)
{
	if (strcmp(path, "-") == 0)
		return read_standard_input(run, ret, err);
	if (io_read_file(path, run->max_input, ret, err) < 0)
		return -1;
	json_array_append_new(run->inputs, json_string(path));
	return 0;
}

int filter_read(struct filter_run *run, const char *path, json_t **ret, struct err *err)
{
	auto_buf struct buf text = { 0 };

	if (filter_read_text(run, path, &text, err) < 0)
		return -1;
	if (doc_parse(text.data, text.len, ret, err) == 0)
		return 0;
	err_under(err, ": ");
	return err_under(err, strcmp(path, "-") == 0 ? "standard input" : path);
}

/* ---- the work ------------------------------------------------------------ */

static int check_shape(const struct filter *filter, const json_t *doc, struct err *err)
{
	if (filter->owns && !owns_all(filter) && schema_check(doc, filter->owns, err) < 0)
		return -1;
	return filter->reads ? schema_check(doc, filter->reads, err) : 0;
}

static int explain(struct stage *stage, struct err *err)
{
	int ret = stage->filter->explain(stage->doc, stage->options, &stage->explanation,
	                                 err);

	stage->explained = ret > 0 || stage->explanation.len > 0;
	return ret;
}

static int apply(struct stage *stage, struct err *err)
{
	const struct filter *filter = stage->filter;

	if (check_shape(filter, stage->doc, err) < 0)
		return -1;
	if (stage->common.diff || stage->common.trace)
		stage->before = json_deep_copy(stage->doc);
	if (filter->gather &&
	    filter->gather(stage->doc, stage->options, &stage->run, err) < 0)
		return -1;
	if (filter->apply(stage->doc, stage->options, err) < 0)
		return -1;
	if (stage->edits.list.first &&
	    (owned_apply(&stage->doc, filter, &stage->edits, err) < 0 ||
	     check_shape(filter, stage->doc, err) < 0))
		return -1;
	if (filter->explain && explain(stage, err) < 0)
		return -1;
	return inputs_record(stage->doc, stage->run.inputs, err);
}

/* ---- writing ------------------------------------------------------------- */

static int write_diff(const struct stage *stage, struct err *err)
{
	auto_buf struct buf text = { 0 };

	diff_print(stage->before, stage->doc, isatty(STDERR_FILENO), &text);
	return io_write_all(STDERR_FILENO, text.data, text.len, err);
}

static int write_trace(const struct stage *stage, struct err *err)
{
	const struct trace_stage about = {
		.tool = stage->filter->name,
		.args = stage->words,
		.before = stage->makes ? NULL : stage->before,
		.after = stage->doc,
	};

	return trace_append(stage->common.trace, &about, err);
}

static int write_depfile(const struct stage *stage, struct err *err)
{
	const struct common *common = &stage->common;
	const char *target = common->deptarget ? common->deptarget : common->output;
	auto_buf struct buf text = { 0 };

	if (inputs_make_rule(stage->doc, target, &text, err) < 0)
		return err_under(err, "--depfile: ");
	return io_write_file(common->depfile, text.data, text.len, 0666, common->if_changed,
	                     err);
}

static int write_document(const struct stage *stage, struct err *err)
{
	const struct common *common = &stage->common;
	auto_buf struct buf text = { 0 };

	doc_print(stage->doc, common->compact ? DOC_COMPACT : DOC_INDENTED, &text);
	buf_char(&text, '\n');
	if (common->output)
		return io_write_file(common->output, text.data, text.len, 0666,
		                     common->if_changed, err);
	return io_write_output(text.data, text.len, err);
}

/* Nobody reads a document at a terminal: the explanation is all that is wanted there. */
static int write_explanation(const struct stage *stage, bool *alone, struct err *err)
{
	const struct buf *text = &stage->explanation;

	if (!stage->explained)
		return 0;
	*alone = !stage->common.output && isatty(STDOUT_FILENO);
	return io_write_all(*alone ? STDOUT_FILENO : STDERR_FILENO, text->data, text->len,
	                    err);
}

/* What is about the document comes before it, so that the stages' come in their order. */
static int write_all(const struct stage *stage, struct err *err)
{
	bool explained = false;

	signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like others */
	if (stage->common.depfile && write_depfile(stage, err) < 0)
		return -1;
	if (stage->common.diff && write_diff(stage, err) < 0)
		return -1;
	if (stage->common.trace && write_trace(stage, err) < 0)
		return -1;
	if (write_explanation(stage, &explained, err) < 0)
		return -1;
	return explained ? 0 : write_document(stage, err);
}

/* ---- all of it ----------------------------------------------------------- */

static int run(void *data)
{
	struct stage *stage = data;
	const struct filter *filter = stage->filter;
	auto_buf struct buf report = { 0 };
	struct err *err = &stage->err;

	if (io_secure_standard(err) < 0 || parse_command_line(stage, err) < 0)
		return -1;
	if (stage->common.question != ABOUT_NOTHING)
		return answer(stage, err);
	if (filter->report && filter->report(stage->options, &report, &stage->status))
		return io_write_all(STDOUT_FILENO, report.data, report.len, err);
	if (read_document(stage, err) < 0 || apply(stage, err) < 0)
		return -1;
	return write_all(stage, err);
}

static int status(const struct filter *filter, const struct err *err)
{
	err_report(err, filter->name);
	/* A reader that went away has its own reason; the shell need not hear two. */
	return err->kind == ERR_QUIET ? ERR_INPUT : (int)err->kind;
}

int filter_main(const struct filter *filter, int argc, char *argv[])
{
	struct stage stage = {
		.filter = filter,
		.argc = argc,
		.argv = argv,
		.options = xcalloc(1, filter->size),
	};
	int failed;

	doc_start();
	stage.run.inputs = json_array();
	stage.words = json_array();
	for (int i = 1; i < argc; i++)
		json_array_append_new(stage.words, json_string(argv[i]));
	failed = stack_call(run, &stage);
	/*
	 * The memory goes with the process: to free a large document node by node
	 * takes as long as to read it.  exit(), so that the stage is still alive
	 * and a leak checker sees what is held.
	 */
	exit(failed ? status(filter, &stage.err) : stage.status);
}
