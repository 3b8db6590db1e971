// SPDX-License-Identifier: Apache-2.0
/*
 * ocirun - prepare the bundle, run runc or crun, clean up
 *
 *	read -> check -> plan (pure) -> act -> the runtime -> undo, on every exit
 *
 * Everything up to the plan touches nothing; --dry-run stops there.
 */
#include <string.h>
#include <unistd.h>

#include "about.h"
#include "cacheclean.h"
#include "cgroupready.h"
#include "doc.h"
#include "hookrecord.h"
#include "hookstate.h"
#include "inputs.h"
#include "io.h"
#include "isolation.h"
#include "jail.h"
#include "kept.h"
#include "plan.h"
#include "prepared.h"
#include "profile.h"
#include "reclaim.h"
#include "run.h"
#include "runargs.h"
#include "rundoc.h"
#include "runfacts.h"
#include "schema.h"
#include "secrets.h"
#include "sense.h"
#include "where.h"

enum { FAILED = 125 };

const int out_of_memory_status = FAILED;

static const char tool[] = "ocirun";

/* Everything that outlives a function. */
struct run {
	struct runargs args;
	struct rundoc from;
	struct secret *secrets;
	struct runfacts facts;
	struct plan plan;
	int dumpable; /* as we were started */
};

static void warn(const struct run *run, const char *where, const char *what)
{
	if (run->args.log_level >= LOG_WARN)
		fprintf(stderr, "%s: %s: %s\n", tool, where, what);
}

/* ---- before there is a document ------------------------------------------ */

static int answer(int question, struct err *err)
{
	const struct about about = {
		.name = tool,
		.summary = "prepare the bundle, run runc or crun, clean up",
		.operands = "[FILE]",
		.options = runargs_rows,
	};

	return about_answer(&about, question, err) < 0 ? FAILED : 0;
}

/* --clean: nothing is read, nothing is run. */
static int clean(const struct runargs *args, struct err *err)
{
	auto_free char *run_root = where_run_root(args->run_root);
	auto_free char *cache_dir = where_cache_dir(args->cache_dir);

	if (str_equal(args->clean_dir, "caches"))
		return cacheclean(cache_dir, tool) ? 0 : FAILED;
	if (args->clean_dir)
		return kept_remove(args->clean_dir, err) < 0 ? FAILED : 0;
	return reclaim_all(run_root, tool, args->log_level >= LOG_INFO) ? 0 : FAILED;
}

/* B245 */
static void choose_isolation(struct run *run)
{
	const char *word = getenv("BUILDAH_ISOLATION");
	bool rootless = isolation_is_rootless(), unknown;

	run->facts.rootless = rootless;
	run->facts.isolation =
		isolation_choose(run->args.isolation, word, rootless, &unknown);
	if (unknown) {
		auto_free char *what = xasprintf("unknown word '%s', taken as oci", word);

		warn(run, "$BUILDAH_ISOLATION", what);
	}
}

/* While we read and prepare: all that it needs to know is that a runtime will run. */
static void make_ready(const struct run *run)
{
	if (!run->args.dry_run && !run->args.prepare_only &&
	    run->facts.isolation != ISOLATION_CHROOT)
		cgroup_ready();
}

/* ---- read ---------------------------------------------------------------- */

static int read_document(struct run *run, struct err *err)
{
	const struct runargs *args = &run->args;
	const struct rundoc_wish wish = {
		.operand = args->replay ? NULL : args->rest.operands[0],
		.bundle = args->bundle,
		.replay = args->replay,
		.max_input = args->max_input,
	};

	return rundoc_read(&wish, &run->from, err);
}

/* ---- check --------------------------------------------------------------- */

static int adapt(const struct run *run, struct err *err)
{
	auto_buf struct buf said = { 0 };

	if (run->facts.isolation != ISOLATION_CHROOT)
		return isolation_check_oci(run->from.doc, err);
	if (isolation_adapt_chroot(run->from.doc, &said, err) < 0)
		return -1;
	if (said.len)
		warn(run, "chroot isolation", said.data);
	return 0;
}

static bool wants_terminal(const struct runargs *args)
{
	if (args->tty == TTY_AUTO)
		return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
		       isatty(STDERR_FILENO);
	return args->tty == TTY_YES || args->shell;
}

/* What the command line wants otherwise than the document. */
static int edit(const struct run *run, struct err *err)
{
	static const char *const shell[] = { "/bin/sh", NULL };
	const struct runargs *args = &run->args;
	const char *const *command =
		args->shell ? shell : (const char *const *)args->rest.operands;

	if ((args->tty != TTY_DOCUMENT || args->shell) &&
	    rundoc_set_terminal(run->from.doc, wants_terminal(args), err) < 0)
		return -1;
	if (!args->replay || !*command)
		return 0;
	return rundoc_set_command(run->from.doc, command, err);
}

static int check_document(const struct run *run, struct err *err)
{
	const json_t *doc = run->from.doc;

	if (schema_check_all(doc, err) < 0 || sense_check(doc, err) < 0)
		return -1;
	/* What another stage changed after a filter had looked at it. */
	if (profile_relied_changed(doc))
		warn(run, "the capabilities changed after seccomp-apply",
		     "put it after caps-apply");
	return adapt(run, err) < 0 ? -1 : edit(run, err);
}

/* ---- plan ---------------------------------------------------------------- */

/* Who only wants to see the plan need not have them. */
static int take_secrets(struct run *run, struct err *err)
{
	const struct runargs *args = &run->args;

	if (!args->dry_run && !args->prepare_only &&
	    secrets_take(run->from.doc, (unsigned int)args->preserve, &run->secrets, err) <
	            0)
		return -1;
	secrets_unguard(run->dumpable);
	return 0;
}

static int make_plan(struct run *run, struct err *err)
{
	const struct runargs *args = &run->args;
	const struct runfacts *facts = &run->facts;
	const struct plan_facts rest = {
		.name = facts->name,
		.runtime = facts->runtime.path,
		.why = facts->runtime.why,
		.run_root = facts->run_root,
		.data_root = facts->data_root,
		.cache_dir = facts->cache_dir,
		.bundle = facts->bundle,
		.prepare_only = args->prepare_only,
		.unseen = args->keep == KEEP_NEVER && !args->prepare_only,
		.hook_records = facts->hook_records,
		.program = facts->program,
		.base = run->from.base,
		.rootless = facts->rootless,
		.cgroups = facts->makes_cgroups ? &facts->cgroups : NULL,
		.network = &facts->network,
	};

	return plan_make(run->from.doc, &rest, &run->plan, err);
}

static int write_depfile(const struct run *run, struct err *err)
{
	const struct runargs *args = &run->args;
	auto_buf struct buf text = { 0 };

	if (!args->depfile)
		return 0;
	if (inputs_make_rule(run->from.doc, args->deptarget, &text, err) < 0)
		return err_under(err, "--depfile: ");
	return io_write_file(args->depfile, text.data, text.len, 0666, false, err);
}

static int print_plan(const struct run *run, struct err *err)
{
	auto_buf struct buf text = { 0 };

	plan_print(&run->plan, run->args.compact, &text);
	return io_write_all(STDOUT_FILENO, text.data, text.len, err) < 0 ? FAILED : 0;
}

/* ---- act ----------------------------------------------------------------- */

/* What the runtime's `run` and `create` are told; `preserve` is borrowed. */
static void add_flags(const struct run *run, const char *preserve, const char **to)
{
	const char *no_pivot = getenv("BUILDAH_NOPIVOT");

	if (run->args.no_pivot || (no_pivot && *no_pivot)) /* B414 */
		*to++ = "--no-pivot";
	if (run->args.no_new_keyring ||
	    run->facts.isolation == ISOLATION_ROOTLESS) /* B249 */
		*to++ = "--no-new-keyring";
	if (run->args.preserve)
		*to++ = preserve;
}

/* What it is told before: "debug" and "--debug" are one.  The words are the caller's. */
static void add_globals(const struct run *run, char **to)
{
	for (struct opt_use *use = run->args.runtime_flags.first; use; use = use->next)
		*to++ = *use->arg == '-' ? xstrdup(use->arg) : xasprintf("--%s", use->arg);
}

static int execute(struct run *run)
{
	const struct runargs *args = &run->args;
	const unsigned int preserve = (unsigned int)args->preserve;
	auto_free char *preserve_flag = xasprintf("--preserve-fds=%u", preserve);
	const char *flags[4] = { NULL };
	char *globals[RUNARGS_MOST_FLAGS + 1] = { NULL };
	const struct run_options how = {
		.tool = tool,
		.document = &run->from.text,
		.secrets = &run->secrets,
		.flags = flags,
		.globals = (const char *const *)globals,
		.runtime_root = args->root,
		.pid_file = args->pid_file,
		.input = run->facts.input,
		.preserve = preserve,
		.timeout = (unsigned int)args->timeout,
		.stop_timeout = (unsigned int)args->stop_timeout,
		.keep = (enum keep)args->keep,
		.chroot = run->facts.isolation == ISOLATION_CHROOT,
		.warn = args->log_level >= LOG_WARN,
		.named = args->name != NULL,
		.verbose = args->log_level >= LOG_INFO,
	};
	int status;

	add_flags(run, preserve_flag, flags);
	add_globals(run, globals);
	status = run_plan(&run->plan, &how);
	for (char **global = globals; *global; global++)
		free(*global);
	return status;
}

static int act(struct run *run, struct err *err)
{
	const struct runtime *runtime = &run->facts.runtime;

	/* A step that downloads something would fail much later. */
	if (run->facts.network.lacking)
		warn(run, "network: loopback only", run->facts.network.lacking);
	if (run->args.prepare_only)
		return prepared_make(&run->plan, err) < 0 ? FAILED : 0;
	if (run->args.log_level >= LOG_INFO)
		fprintf(stderr, "%s: %s (%s)\n", tool, runtime->path, runtime->why);
	return execute(run);
}

static int work(struct run *run, int argc, char *argv[], struct err *err)
{
	const struct runargs *args = &run->args;

	if (io_secure_standard(err) < 0 || runargs_parse(argc, argv, &run->args, err) < 0)
		return FAILED;
	if (args->question != ABOUT_NOTHING)
		return answer(args->question, err);
	if (args->clean) {
		secrets_unguard(run->dumpable);
		return clean(args, err);
	}
	if (runfacts_check_preserved(args, err) < 0)
		return FAILED;
	choose_isolation(run);
	make_ready(run);
	if (read_document(run, err) < 0 || check_document(run, err) < 0 ||
	    take_secrets(run, err) < 0 ||
	    runfacts_gather(args, &run->from, &run->facts, err) < 0 ||
	    make_plan(run, err) < 0 || write_depfile(run, err) < 0)
		return FAILED;
	return args->dry_run ? print_plan(run, err) : act(run, err);
}

int main(int argc, char *argv[])
{
	struct run run = { 0 };
	struct err err = { 0 };
	int status;

	doc_start();
	if (argc > 1 && strcmp(argv[1], jail_word) == 0)
		return jail_main(argv + 2);
	if (argc > 1 && strcmp(argv[1], hookrecord_word) == 0)
		return hookrecord_main(argv + 2);
	if (argc > 1 && strcmp(argv[1], hookstate_word) == 0)
		return hookstate_main(argv + 2);
	run.dumpable = secrets_guard();
	status = work(&run, argc, argv, &err);
	secrets_unguard(run.dumpable);
	if (err.kind != ERR_NONE)
		err_report(&err, tool);
	secrets_release(&run.secrets);
	/* The kernel takes all of it back at once; one by one it is a tenth of our time. */
	exit(status);
}
