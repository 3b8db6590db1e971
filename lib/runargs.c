// SPDX-License-Identifier: Apache-2.0
#include "runargs.h"

#include "about.h"
#include "common.h"
#include "isolation.h"
#include "parse.h"
#include "run.h"

static const struct name log_levels[] = {
	{ "error", LOG_ERROR },
	{ "warn", LOG_WARN },
	{ "info", LOG_INFO },
	{ NULL, 0 },
};

static const struct name ttys[] = {
	{ "yes", TTY_YES },
	{ "no", TTY_NO },
	{ "auto", TTY_AUTO },
	{ NULL, 0 },
};

static const struct name keeps[] = {
	{ "never", KEEP_NEVER },
	{ "on-failure", KEEP_ON_FAILURE },
	{ "always", KEEP_ALWAYS },
	{ NULL, 0 },
};

/* --tty alone is --tty=yes. */
static int set_tty(struct opt_use *use, void *to, struct err *err)
{
	if (use->arg)
		return opt_word(use, to, err);
	*(int *)to = TTY_YES;
	return 0;
}

static int set_clean(struct opt_use *use, void *to, struct err *err UNUSED)
{
	struct runargs *args = to;

	args->clean = true;
	args->clean_dir = use->arg;
	return 0;
}

static int set_count(struct opt_use *use, void *to, struct err *err)
{
	enum { MOST = 1000 };
	uint64_t *count = to;

	if (parse_u64(use->arg, count) && *count <= MOST)
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is not a number up to %d", use->arg, MOST);
}

/* clang-format off */
#define AT(member) .at = offsetof(struct runargs, member)
const struct opt runargs_rows[] = {
	{ .name = "runtime", .arg = "NAME|PATH", .set = opt_string, AT(runtime),
	  .help = "the OCI runtime (the first of crun, runc that runs here)" },
	{ .name = "runtime-flag", .arg = "FLAG", .set = opt_append, AT(runtime_flags),
	  .help = "give the runtime the global option --FLAG" },
	{ .name = "isolation", .arg = "KIND", .set = isolation_set, AT(isolation),
	  .values = isolation_names,
	  .help = "oci, rootless, or chroot: without a runtime ($BUILDAH_ISOLATION)" },
	{ .letter = 'b', .name = "bundle", .arg = "DIR", .set = opt_string, AT(bundle),
	  .help = "read DIR/config.json; relative paths belong to DIR" },
	{ .name = "name", .arg = "ID", .set = opt_string, AT(name),
	  .help = "the container's name (a new one)" },
	{ .name = "root", .arg = "DIR", .set = opt_string, AT(root),
	  .help = "the runtime's state (its own choice)" },
	{ .name = "run-root", .arg = "DIR", .set = opt_string, AT(run_root),
	  .help = "our state, locks and journal (/run/ocipipe)" },
	{ .name = "data-root", .arg = "DIR", .set = opt_string, AT(data_root),
	  .help = "where bundles are made ($TMPDIR, or /var/tmp)" },
	{ .name = "cache-dir", .arg = "DIR", .set = opt_string, AT(cache_dir),
	  .help = "where caches last (/var/cache/ocipipe)" },
	{ .name = "pid-file", .arg = "FILE", .set = opt_string, AT(pid_file),
	  .help = "write the pid of the container's process 1 to FILE" },
	{ .name = "dry-run", .set = opt_flag, AT(dry_run),
	  .help = "print the plan and do nothing" },
	{ .name = "prepare-only", .set = opt_flag, AT(prepare_only),
	  .help = "make the bundle in the --bundle directory, and run nothing" },
	{ .name = "compact", .set = opt_flag, AT(compact),
	  .help = "print the plan as one line of JSON" },
	{ .name = "keep", .arg = "WHEN", .set = opt_word, AT(keep), .values = keeps,
	  .help = "keep the bundle: never, on-failure or always (never)" },
	{ .name = "replay", .arg = "DIR", .set = opt_string, AT(replay),
	  .help = "run again what is kept in DIR, or COMMAND in its place" },
	{ .name = "shell", .set = opt_flag, AT(shell),
	  .help = "with --replay: -t -- /bin/sh" },
	{ .name = "clean", .arg = "[=DIR|caches]", .set = set_clean, .at = 0,
	  .help = "remove what dead runs left, the kept directory DIR, or unused caches" },
	{ .letter = 't', .name = "tty", .arg = "[=yes|no|auto]", .set = set_tty, AT(tty),
	  .values = ttys, .help = "a terminal, whatever the document says" },
	{ .name = "stdin", .arg = "FILE|fd:N", .set = opt_string, AT(input),
	  .help = "the command's standard input" },
	{ .name = "preserve-fds", .arg = "N", .set = set_count, AT(preserve),
	  .help = "pass the N descriptors behind 2 to the command" },
	{ .name = "no-pivot", .set = opt_flag, AT(no_pivot),
	  .help = "have the runtime use MS_MOVE, not pivot_root(2)" },
	{ .name = "no-new-keyring", .set = opt_flag, AT(no_new_keyring),
	  .help = "keep the session keyring" },
	{ .name = "timeout", .arg = "TIME", .set = opt_seconds, AT(timeout),
	  .help = "end the command after that long; exit 124" },
	{ .name = "stop-timeout", .arg = "TIME", .set = opt_seconds, AT(stop_timeout),
	  .help = "from a signal to SIGKILL (10)" },
	{ .name = "trace-hooks", .arg = "DIR", .set = opt_string, AT(trace_hooks),
	  .help = "record in DIR how hooks are called, and how each ends" },
	{ .name = "depfile", .arg = "FILE", .set = opt_string, AT(depfile),
	  .help = "write the files read so far as a make rule" },
	{ .name = "deptarget", .arg = "NAME", .set = opt_string, AT(deptarget),
	  .help = "the target of that rule" },
	{ .name = "max-input", .arg = "SIZE", .set = opt_size, AT(max_input),
	  .help = "refuse a larger document (64m)" },
	{ .name = "log-level", .arg = "LEVEL", .set = opt_word, AT(log_level),
	  .values = log_levels, .help = "error, warn or info (warn)" },
	ABOUT_ROWS(offsetof(struct runargs, question)),
	{ .name = NULL },
};
/* clang-format on */

int runargs_wrong(struct err *err, const char *option, const char *what)
{
	err_set(err, ERR_USAGE, "%s", what);
	return err_where(err, "%s", option);
}

/* What is only for a runtime. */
static int check_isolation(const struct runargs *args, struct err *err)
{
	const char *of_runtime = args->runtime               ? "--runtime"
	                         : args->runtime_flags.first ? "--runtime-flag"
	                         : args->root                ? "--root"
	                         : args->prepare_only        ? "--prepare-only"
	                         : args->trace_hooks         ? "--trace-hooks"
	                                                     : NULL;

	if (args->isolation != ISOLATION_CHROOT || !of_runtime)
		return 0;
	return runargs_wrong(err, of_runtime,
	                     "is for a runtime, and --isolation=chroot has none");
}

static int check(const struct runargs *args, struct err *err)
{
	char *const *operands = args->rest.operands;
	size_t flags = 0;

	for (struct opt_use *use = args->runtime_flags.first; use; use = use->next)
		if (++flags > RUNARGS_MOST_FLAGS)
			return runargs_wrong(err, "--runtime-flag", "is given too often");
	if (args->shell && !args->replay)
		return runargs_wrong(err, "--shell", "is for --replay");
	if (args->shell && operands[0])
		return runargs_wrong(err, "--shell", "takes the place of a command");
	if (check_isolation(args, err) < 0)
		return -1;
	if (args->prepare_only && !args->bundle)
		return runargs_wrong(err, "--prepare-only", "needs --bundle");
	if (args->prepare_only && args->trace_hooks)
		return runargs_wrong(err, "--trace-hooks",
		                     "does not go with --prepare-only");
	if (args->bundle && args->replay)
		return runargs_wrong(err, "--replay", "does not go with --bundle");
	if (args->depfile && !args->deptarget)
		return runargs_wrong(err, "--depfile",
		                     "needs --deptarget to name the rule's target");
	if (!args->replay && operands[0] && operands[1])
		return err_set(err, ERR_USAGE, "takes one document, not '%s' too",
		               operands[1]);
	return 0;
}

int runargs_parse(int argc, char *argv[], struct runargs *ret, struct err *err)
{
	const struct opt_set sets[] = { { runargs_rows, ret }, { NULL, NULL } };

	*ret = (struct runargs){
		.stop_timeout = 10,
		.log_level = LOG_WARN,
	};
	if (common_max_input(&ret->max_input, err) < 0 ||
	    opt_parse(sets, argc, argv, &ret->rest, err) < 0)
		return -1;
	return ret->question == ABOUT_NOTHING ? check(ret, err) : 0;
}
