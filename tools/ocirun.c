// SPDX-License-Identifier: Apache-2.0
/*
 * ocirun - prepare the bundle, run runc or crun, clean up
 *
 *	read -> check -> plan (pure) -> act -> the runtime -> undo, on every exit
 *
 * Everything up to the plan touches nothing; --dry-run stops there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "about.h"
#include "cgroup.h"
#include "doc.h"
#include "io.h"
#include "opt.h"
#include "parse.h"
#include "plan.h"
#include "profile.h"
#include "run.h"
#include "runtime.h"
#include "schema.h"
#include "sense.h"
#include "spec.h"

enum { FAILED = 125 };

const int out_of_memory_status = FAILED;

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO };

static const struct name log_levels[] = {
	{ "error", LOG_ERROR },
	{ "warn", LOG_WARN },
	{ "info", LOG_INFO },
	{ NULL, 0 },
};

struct options {
	int question; /* enum about_question */
	const char *runtime;
	struct opt_list runtime_flags;
	const char *name;
	const char *root;
	const char *run_root;
	const char *data_root;
	const char *pid_file;
	bool dry_run;
	bool compact;
	bool no_pivot;
	bool no_new_keyring;
	uint64_t stop_timeout;
	uint64_t max_input;
	int log_level;
};

/* clang-format off */
#define AT(member) .at = offsetof(struct options, member)
static const struct opt rows[] = {
	{ .name = "runtime", .arg = "NAME|PATH", .set = opt_string, AT(runtime),
	  .help = "the OCI runtime (the first of crun, runc that runs here)" },
	{ .name = "runtime-flag", .arg = "FLAG", .set = opt_append, AT(runtime_flags),
	  .help = "give the runtime the global option --FLAG" },
	{ .name = "name", .arg = "ID", .set = opt_string, AT(name),
	  .help = "the container's name (a new one)" },
	{ .name = "root", .arg = "DIR", .set = opt_string, AT(root),
	  .help = "the runtime's state (its own choice)" },
	{ .name = "run-root", .arg = "DIR", .set = opt_string, AT(run_root),
	  .help = "our state, locks and journal (/run/ocipipe)" },
	{ .name = "data-root", .arg = "DIR", .set = opt_string, AT(data_root),
	  .help = "where bundles are made ($TMPDIR, or /var/tmp)" },
	{ .name = "pid-file", .arg = "FILE", .set = opt_string, AT(pid_file),
	  .help = "write the pid of the container's process 1 to FILE" },
	{ .name = "dry-run", .set = opt_flag, AT(dry_run),
	  .help = "print the plan and do nothing" },
	{ .name = "compact", .set = opt_flag, AT(compact),
	  .help = "print the plan as one line of JSON" },
	{ .name = "no-pivot", .set = opt_flag, AT(no_pivot),
	  .help = "have the runtime use MS_MOVE, not pivot_root(2)" },
	{ .name = "no-new-keyring", .set = opt_flag, AT(no_new_keyring),
	  .help = "keep the session keyring" },
	{ .name = "stop-timeout", .arg = "SECONDS", .set = opt_seconds, AT(stop_timeout),
	  .help = "from a signal to SIGKILL (10)" },
	{ .name = "max-input", .arg = "SIZE", .set = opt_size, AT(max_input),
	  .help = "refuse a larger document (64m)" },
	{ .name = "log-level", .arg = "LEVEL", .set = opt_word, AT(log_level),
	  .values = log_levels, .help = "error, warn or info (warn)" },
	ABOUT_ROWS(offsetof(struct options, question)),
	{ .name = NULL },
};
/* clang-format on */

static const char tool[] = "ocirun";

static int answer(int question, struct err *err)
{
	const struct about about = {
		.name = tool,
		.summary = "prepare the bundle, run runc or crun, clean up",
		.operands = "[FILE]",
		.options = rows,
	};

	return about_answer(&about, question, err) < 0 ? FAILED : 0;
}

/* ---- reading and checking ------------------------------------------------ */

static int read_text(const char *file, uint64_t max, struct buf *text, struct err *err)
{
	if (file)
		return io_read_file(file, max, text, err);
	if (isatty(STDIN_FILENO)) {
		err_at(err, "standard input", "is a terminal");
		return err_hint(err, "put a document into the pipe, or name its file");
	}
	return io_read_all(STDIN_FILENO, "standard input", max, text, err);
}

static int read_document(const char *file, uint64_t max, struct buf *text, json_t **ret,
                         struct err *err)
{
	if (read_text(file, max, text, err) < 0)
		return -1;
	if (text->len == 0)
		return err_set(err, ERR_INPUT, "no document: an earlier stage failed");
	if (doc_parse(text->data, text->len, ret, err) < 0)
		return file ? err_under(err, ": "), err_under(err, file) : -1;
	if (doc_kind(*ret) == DOC_OBJECT)
		return 0;
	return err_set(err, ERR_INPUT, "the document must be an object, but is %s",
	               doc_kind_name(doc_kind(*ret)));
}

/* What another stage changed after a filter had looked at it. */
static void warn_of_order(const json_t *doc, int log_level)
{
	if (log_level >= LOG_WARN && profile_relied_changed(doc))
		fprintf(stderr,
		        "%s: the capabilities changed after seccomp-apply: put it after "
		        "caps-apply\n",
		        tool);
}

/* ---- facts --------------------------------------------------------------- */

/* Names become directories, cgroups and host names (CVE-2026-33747). */
static int check_name(const char *name, struct err *err)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char more[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);

	if (len > 0 && len <= 64 && strspn(name, first) > 0 && strspn(name, more) == len)
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a name", name);
	err_where(err, "--name");
	return err_hint(err,
	                "letters, digits, _ . and -, beginning with a letter or digit, "
	                "at most 64");
}

static int new_name(char **ret, struct err *err)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_errno(err, "", "no randomness");
	*ret = xasprintf("ocipipe-%012llx",
	                 (unsigned long long)(random & UINT64_C(0xffffffffffff)));
	return 0;
}

/* Root's state is the system's; an ordinary user's is under $XDG_RUNTIME_DIR or /tmp. */
static char *choose_run_root(const char *asked)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (asked)
		return xstrdup(asked);
	if (geteuid() == 0)
		return xstrdup("/run/ocipipe");
	if (runtime_dir && *runtime_dir == '/' && access(runtime_dir, W_OK) == 0)
		return xasprintf("%s/ocipipe", runtime_dir);
	return xasprintf("/tmp/ocipipe-%u", geteuid());
}

static char *make_absolute(char *path)
{
	auto_free char *cwd = NULL;
	char *absolute;

	if (*path == '/')
		return path;
	cwd = getcwd(NULL, 0);
	absolute = xasprintf("%s/%s", cwd ? cwd : "", path);
	free(path);
	return absolute;
}

static const char *choose_data_root(const char *asked)
{
	const char *tmp = getenv("TMPDIR");

	return asked ? asked : tmp && *tmp == '/' ? tmp : "/var/tmp";
}

/* Relative paths in a document are relative to where it lies. */
static char *choose_base(const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (!slash)
		return getcwd(NULL, 0);
	return make_absolute(xstrndup(file, (size_t)(slash - file + (slash == file))));
}

/* Everything that outlives a function. */
struct run {
	struct options options;
	struct opt_args args;
	const char *file; /* the document's, or NULL */
	struct buf text;
	json_t *doc;
	struct runtime runtime;
	char *name;
	char *run_root;
	char *data_root;
	char *base;
	struct plan plan;
};

static int gather(struct run *run, struct err *err)
{
	const struct options *options = &run->options;
	const char *wanted = options->runtime ? options->runtime : getenv("OCI_RUNTIME");

	if (options->name) {
		if (check_name(options->name, err) < 0)
			return -1;
		run->name = xstrdup(options->name);
	} else if (new_name(&run->name, err) < 0) {
		return -1;
	}
	run->run_root = make_absolute(choose_run_root(options->run_root));
	run->data_root = make_absolute(xstrdup(choose_data_root(options->data_root)));
	run->base = choose_base(run->file);
	if (!run->base)
		return err_errno(err, "", "cannot tell the current directory");
	return runtime_find(wanted && *wanted ? wanted : NULL, &run->runtime, err);
}

static int make_plan(struct run *run, struct err *err)
{
	const struct plan_facts facts = {
		.name = run->name,
		.runtime = run->runtime.path,
		.why = run->runtime.why,
		.run_root = run->run_root,
		.data_root = run->data_root,
		.base = run->base,
		.rootless = geteuid() != 0,
		.cgroups = cgroup_writable(),
	};

	return plan_make(run->doc, &facts, &run->plan, err);
}

/* ---- running ------------------------------------------------------------- */

static int print_plan(const struct run *run, struct err *err)
{
	auto_buf struct buf text = { 0 };

	plan_print(&run->plan, run->options.compact, &text);
	return io_write_all(STDOUT_FILENO, text.data, text.len, err) < 0 ? FAILED : 0;
}

static int execute(struct run *run)
{
	const struct options *options = &run->options;
	const char *flags[3] = { NULL }, *globals[17] = { NULL };
	size_t flag = 0, global = 0;
	struct run_options how = {
		.tool = tool,
		.flags = flags,
		.globals = globals,
		.runtime_root = options->root,
		.pid_file = options->pid_file,
		.document = &run->text,
		.input = run->file ? STDIN_FILENO : -1,
		.stop_timeout = (unsigned int)options->stop_timeout,
	};

	if (options->no_pivot)
		flags[flag++] = "--no-pivot";
	if (options->no_new_keyring)
		flags[flag++] = "--no-new-keyring";
	for (struct opt_use *use = options->runtime_flags.first; use; use = use->next)
		globals[global++] = use->arg;
	return run_plan(&run->plan, &how);
}

static int check_flags(struct run *run, struct err *err)
{
	size_t count = 0;

	for (struct opt_use *use = run->options.runtime_flags.first; use; use = use->next)
		if (++count > 16)
			return err_set(err, ERR_USAGE, "more than 16 --runtime-flag");
	return 0;
}

static int parse(struct run *run, int argc, char *argv[], struct err *err)
{
	const struct opt_set sets[] = { { rows, &run->options }, { NULL, NULL } };
	const char *max = getenv("OCIPIPE_MAX_INPUT");

	run->options.max_input = DOC_MAX_INPUT;
	run->options.stop_timeout = 10;
	run->options.log_level = LOG_WARN;
	if (max && !parse_size(max, &run->options.max_input)) {
		err_set(err, ERR_USAGE, "'%s' is not a size", max);
		return err_where(err, "$OCIPIPE_MAX_INPUT");
	}
	if (opt_parse(sets, argc, argv, &run->args, err) < 0)
		return -1;
	run->file = run->args.operands[0];
	if (run->file && run->args.operands[1])
		return err_set(err, ERR_USAGE, "takes one document, not '%s' too",
		               run->args.operands[1]);
	if (run->file && strcmp(run->file, "-") == 0)
		run->file = NULL;
	return check_flags(run, err);
}

static int work(struct run *run, int argc, char *argv[], struct err *err)
{
	const struct options *options = &run->options;

	if (io_secure_standard(err) < 0 || parse(run, argc, argv, err) < 0)
		return FAILED;
	if (options->question != ABOUT_NOTHING)
		return answer(options->question, err);
	if (read_document(run->file, options->max_input, &run->text, &run->doc, err) < 0 ||
	    schema_check_all(run->doc, err) < 0 || sense_check(run->doc, err) < 0)
		return FAILED;
	warn_of_order(run->doc, options->log_level);
	if (gather(run, err) < 0 || make_plan(run, err) < 0)
		return FAILED;
	if (options->dry_run)
		return print_plan(run, err);
	if (options->log_level >= LOG_INFO)
		fprintf(stderr, "%s: %s (%s)\n", tool, run->runtime.path, run->runtime.why);
	return execute(run);
}

int main(int argc, char *argv[])
{
	struct run run = { 0 };
	struct err err = { 0 };
	int status;

	json_set_alloc_funcs(xmalloc, free);
	status = work(&run, argc, argv, &err);
	if (err.kind != ERR_NONE)
		err_report(&err, tool);
	plan_free(&run.plan);
	buf_free(&run.text);
	json_decref(run.doc);
	opt_args_free(&run.args);
	free(run.runtime.path);
	free(run.name);
	free(run.run_root);
	free(run.data_root);
	free(run.base);
	return status;
}
