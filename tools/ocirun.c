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
#include <sys/stat.h>
#include <unistd.h>

#include "about.h"
#include "cacheclean.h"
#include "cgroupplace.h"
#include "cgroupready.h"
#include "doc.h"
#include "hookrecord.h"
#include "hooktrace.h"
#include "inputs.h"
#include "io.h"
#include "isolation.h"
#include "jail.h"
#include "kept.h"
#include "opt.h"
#include "parse.h"
#include "plan.h"
#include "prepared.h"
#include "profile.h"
#include "reclaim.h"
#include "run.h"
#include "rundoc.h"
#include "runtime.h"
#include "schema.h"
#include "secrets.h"
#include "sense.h"
#include "spec.h"
#include "where.h"

enum { FAILED = 125 };

const int out_of_memory_status = FAILED;

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO };

static const struct name log_levels[] = {
	{ "error", LOG_ERROR },
	{ "warn", LOG_WARN },
	{ "info", LOG_INFO },
	{ NULL, 0 },
};

enum tty { TTY_DOCUMENT, TTY_YES, TTY_NO, TTY_AUTO };

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

struct options {
	int question; /* enum about_question */
	const char *runtime;
	struct opt_list runtime_flags;
	int isolation; /* enum isolation */
	const char *bundle;
	const char *name;
	const char *root;
	const char *run_root;
	const char *data_root;
	const char *cache_dir;
	const char *pid_file;
	bool dry_run;
	bool compact;
	bool prepare_only;
	int keep; /* enum keep */
	const char *replay;
	bool shell;
	bool clean;
	const char *clean_dir; /* or NULL: what dead runs left */
	int tty;               /* enum tty */
	const char *input;
	uint64_t preserve;
	const char *trace_hooks;
	bool no_pivot;
	bool no_new_keyring;
	uint64_t timeout;
	uint64_t stop_timeout;
	const char *depfile;
	const char *deptarget;
	uint64_t max_input;
	int log_level;
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
	struct options *options = to;

	options->clean = true;
	options->clean_dir = use->arg;
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
#define AT(member) .at = offsetof(struct options, member)
static const struct opt rows[] = {
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
	ABOUT_ROWS(offsetof(struct options, question)),
	{ .name = NULL },
};
/* clang-format on */

static const char tool[] = "ocirun";

/* Everything that outlives a function. */
struct run {
	struct options options;
	struct opt_args args;
	struct rundoc from;
	struct runtime runtime;
	struct netchoice network;
	struct cgroup_place cgroups;
	enum isolation isolation;
	bool rootless;
	char *name;
	char *bundle; /* to prepare in, or NULL */
	char *run_root;
	char *data_root;
	char *cache_dir;
	char *hook_records; /* or NULL */
	char *program;      /* our own, to record them */
	int input;          /* the command's, or -1 */
	int dumpable;       /* as we were started */
	struct secret *secrets;
	struct plan plan;
};

/* ---- the command line ---------------------------------------------------- */

static int wrong(struct err *err, const char *option, const char *what)
{
	err_set(err, ERR_USAGE, "%s", what);
	return err_where(err, "%s", option);
}

/* What is only for a runtime. */
static int check_isolation(const struct options *options, struct err *err)
{
	const char *of_runtime = options->runtime               ? "--runtime"
	                         : options->runtime_flags.first ? "--runtime-flag"
	                         : options->root                ? "--root"
	                         : options->prepare_only        ? "--prepare-only"
	                         : options->trace_hooks         ? "--trace-hooks"
	                                                        : NULL;

	if (options->isolation != ISOLATION_CHROOT || !of_runtime)
		return 0;
	return wrong(err, of_runtime, "is for a runtime, and --isolation=chroot has none");
}

static int check_options(const struct run *run, struct err *err)
{
	enum { MOST_FLAGS = 16 };
	const struct options *options = &run->options;
	size_t flags = 0;

	for (struct opt_use *use = options->runtime_flags.first; use; use = use->next)
		if (++flags > MOST_FLAGS)
			return wrong(err, "--runtime-flag", "is given too often");
	if (options->shell && !options->replay)
		return wrong(err, "--shell", "is for --replay");
	if (options->shell && run->args.operands[0])
		return wrong(err, "--shell", "takes the place of a command");
	if (check_isolation(options, err) < 0)
		return -1;
	if (options->prepare_only && !options->bundle)
		return wrong(err, "--prepare-only", "needs --bundle");
	if (options->prepare_only && options->trace_hooks)
		return wrong(err, "--trace-hooks", "does not go with --prepare-only");
	if (options->bundle && options->replay)
		return wrong(err, "--replay", "does not go with --bundle");
	if (options->depfile && !options->deptarget)
		return wrong(err, "--depfile",
		             "needs --deptarget to name the rule's target");
	if (!options->replay && run->args.operands[0] && run->args.operands[1])
		return err_set(err, ERR_USAGE, "takes one document, not '%s' too",
		               run->args.operands[1]);
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
	return run->options.question == ABOUT_NOTHING ? check_options(run, err) : 0;
}

/* ---- the document -------------------------------------------------------- */

static int read_document(struct run *run, struct err *err)
{
	const struct options *options = &run->options;
	const struct rundoc_wish wish = {
		.operand = options->replay ? NULL : run->args.operands[0],
		.bundle = options->bundle,
		.replay = options->replay,
		.max_input = options->max_input,
	};

	return rundoc_read(&wish, &run->from, err);
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

static bool wants_terminal(const struct options *options)
{
	if (options->tty == TTY_AUTO)
		return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
		       isatty(STDERR_FILENO);
	return options->tty == TTY_YES || options->shell;
}

/* B245 */
static void choose_isolation(struct run *run)
{
	const char *word = getenv("BUILDAH_ISOLATION");
	bool unknown;

	run->rootless = isolation_is_rootless();
	run->isolation =
		isolation_choose(run->options.isolation, word, run->rootless, &unknown);
	if (unknown && run->options.log_level >= LOG_WARN)
		fprintf(stderr, "%s: $BUILDAH_ISOLATION: unknown word '%s', taken as oci\n",
		        tool, word);
}

static int adapt(struct run *run, struct err *err)
{
	auto_buf struct buf said = { 0 };

	if (run->isolation != ISOLATION_CHROOT)
		return isolation_check_oci(run->from.doc, err);
	if (isolation_adapt_chroot(run->from.doc, &said, err) < 0)
		return -1;
	if (said.len && run->options.log_level >= LOG_WARN)
		fprintf(stderr, "%s: chroot isolation: %s\n", tool, said.data);
	return 0;
}

/* While we read and prepare: all that it needs to know is that a runtime will run. */
static void make_ready(const struct run *run)
{
	if (!run->options.dry_run && !run->options.prepare_only &&
	    run->isolation != ISOLATION_CHROOT)
		cgroup_ready();
}

/* What the command line wants otherwise than the document. */
static int edit(struct run *run, struct err *err)
{
	static const char *const shell[] = { "/bin/sh", NULL };
	const struct options *options = &run->options;
	const char *const *command =
		options->shell ? shell : (const char *const *)run->args.operands;

	if ((options->tty != TTY_DOCUMENT || options->shell) &&
	    rundoc_set_terminal(run->from.doc, wants_terminal(options), err) < 0)
		return -1;
	if (!options->replay || !*command)
		return 0;
	return rundoc_set_command(run->from.doc, command, err);
}

static int check_document(struct run *run, struct err *err)
{
	if (read_document(run, err) < 0 || schema_check_all(run->from.doc, err) < 0 ||
	    sense_check(run->from.doc, err) < 0)
		return -1;
	warn_of_order(run->from.doc, run->options.log_level);
	return adapt(run, err) < 0 ? -1 : edit(run, err);
}

static int write_depfile(const struct run *run, struct err *err)
{
	const struct options *options = &run->options;
	auto_buf struct buf text = { 0 };

	if (!options->depfile)
		return 0;
	if (inputs_make_rule(run->from.doc, options->deptarget, &text, err) < 0)
		return err_under(err, "--depfile: ");
	return io_write_file(options->depfile, text.data, text.len, 0666, false, err);
}

/* Who only wants to see the plan need not have them. */
static int take_secrets(struct run *run, struct err *err)
{
	const struct options *options = &run->options;

	if (!options->dry_run && !options->prepare_only &&
	    secrets_take(run->from.doc, (unsigned int)options->preserve, &run->secrets,
	                 err) < 0)
		return -1;
	secrets_unguard(run->dumpable);
	return 0;
}

/* ---- facts --------------------------------------------------------------- */

/* "FILE" or "fd:N" as a descriptor, close-on-exec. */
static int open_input(const char *text, struct err *err)
{
	uint32_t number;
	struct stat st;
	int fd;

	if (!str_starts(text, "fd:"))
		fd = open(text, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	else if (parse_u32(text + 3, &number) && number <= INT_MAX)
		fd = fcntl((int)number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else
		return wrong(err, "--stdin", "fd: takes the number of a descriptor");
	if (fd < 0)
		return err_errno(err, "--stdin", "%s", text);
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		return fd;
	close(fd);
	return wrong(err, "--stdin", "is a directory");
}

/* What the command reads: nothing, if what we read was the document. */
static int choose_input(struct run *run, struct err *err)
{
	bool terminal = json_is_true(spec_get(run->from.doc, "/process/terminal"));

	run->input = run->from.file ? STDIN_FILENO : -1;
	if (!run->options.input)
		return 0;
	if (terminal)
		return wrong(err, "--stdin", "does not go with a terminal");
	run->input = open_input(run->options.input, err);
	return run->input < 0 ? -1 : 0;
}

/* Before we open any, which could be taken for the user's. */
static int check_preserved(const struct run *run, struct err *err)
{
	for (int fd = STDERR_FILENO + 1; fd <= STDERR_FILENO + (int)run->options.preserve;
	     fd++)
		if (fcntl(fd, F_GETFD) < 0) {
			err_set(err, ERR_USAGE, "descriptor %d is not open", fd);
			return err_where(err, "--preserve-fds");
		}
	return 0;
}

/* Without it nobody knows which process is which, and no runtime works. */
static int check_proc(struct err *err)
{
	auto_free char *own = xasprintf("%d", getpid());
	char self[16] = "";

	(void)!readlink("/proc/self", self, sizeof(self) - 1);
	if (strcmp(self, own) == 0)
		return 0;
	err_set(err, ERR_HOST, "is not that of the processes here");
	err_where(err, "/proc");
	return err_hint(err, "mount -t proc proc /proc");
}

/* What our own mount covers while we work cannot hold what we work on. */
static int check_places(const struct run *run, struct err *err)
{
	if (where_is_below(run->data_root, run->run_root))
		return wrong(err, "--data-root", "must not lie in the run root");
	if (run->hook_records && where_is_below(run->hook_records, run->run_root))
		return wrong(err, "--trace-hooks", "must not lie in the run root");
	return 0;
}

static int gather(struct run *run, struct err *err)
{
	const struct options *options = &run->options;
	const char *wanted = options->runtime ? options->runtime : getenv("OCI_RUNTIME");

	if (options->name) {
		if (where_check_name(options->name, err) < 0)
			return -1;
		run->name = xstrdup(options->name);
	} else if (where_new_name(&run->name, err) < 0) {
		return -1;
	}
	if (options->prepare_only)
		run->bundle = where_absolute(options->bundle);
	run->run_root = where_run_root(options->run_root);
	run->data_root = where_data_root(options->data_root);
	if (options->trace_hooks) {
		run->hook_records = where_absolute(options->trace_hooks);
		run->program = hooktrace_program(err);
		if (!run->program)
			return -1;
	}
	run->cache_dir = where_cache_dir(options->cache_dir);
	if (check_proc(err) < 0 || check_places(run, err) < 0 || choose_input(run, err) < 0)
		return -1;
	if (netchoice_make(spec_get(run->from.doc, "/ocipipe/network"),
	                   options->prepare_only, &run->network, err) < 0)
		return -1;
	if (run->isolation == ISOLATION_CHROOT) {
		run->runtime = (struct runtime){ xstrdup("chroot"), "it needs no runtime" };
		return 0;
	}
	if (runtime_find(wanted && *wanted ? wanted : NULL, &run->runtime, err) < 0)
		return -1;
	cgroup_place_find(run->from.doc, run->rootless, run->runtime.path, &run->cgroups);
	return 0;
}

/* Chroot isolation has none; whom systemd gives what, only systemd knows. */
static bool makes_cgroups(const struct run *run)
{
	if (run->isolation == ISOLATION_CHROOT)
		return false;
	for (struct opt_use *use = run->options.runtime_flags.first; use; use = use->next)
		if (run->rootless && strstr(use->arg, "systemd-cgroup"))
			return false;
	return true;
}

static int make_plan(struct run *run, struct err *err)
{
	const struct plan_facts facts = {
		.name = run->name,
		.runtime = run->runtime.path,
		.why = run->runtime.why,
		.run_root = run->run_root,
		.data_root = run->data_root,
		.cache_dir = run->cache_dir,
		.bundle = run->bundle,
		.prepare_only = run->options.prepare_only,
		.unseen = run->options.keep == KEEP_NEVER && !run->options.prepare_only,
		.hook_records = run->hook_records,
		.program = run->program,
		.base = run->from.base,
		.rootless = run->rootless,
		.cgroups = makes_cgroups(run) ? &run->cgroups : NULL,
		.network = &run->network,
	};

	return plan_make(run->from.doc, &facts, &run->plan, err);
}

/* ---- acting -------------------------------------------------------------- */

static int print_plan(const struct run *run, struct err *err)
{
	auto_buf struct buf text = { 0 };

	plan_print(&run->plan, run->options.compact, &text);
	return io_write_all(STDOUT_FILENO, text.data, text.len, err) < 0 ? FAILED : 0;
}

/* "debug" and "--debug" are one. */
static char *global_flag(const char *flag)
{
	return *flag == '-' ? xstrdup(flag) : xasprintf("--%s", flag);
}

/* A step that downloads something would fail much later. */
static void warn_of_network(const struct run *run)
{
	if (run->network.lacking && run->options.log_level >= LOG_WARN)
		fprintf(stderr, "%s: network: loopback only: %s\n", tool,
		        run->network.lacking);
}

static int execute(struct run *run)
{
	const struct options *options = &run->options;
	auto_free char *preserve =
		xasprintf("--preserve-fds=%u", (unsigned int)options->preserve);
	const char *no_pivot = getenv("BUILDAH_NOPIVOT");
	const char *flags[4] = { NULL };
	char *globals[17] = { NULL };
	size_t flag = 0, global = 0;
	int status;
	struct run_options how = {
		.tool = tool,
		.document = &run->from.text,
		.secrets = &run->secrets,
		.flags = flags,
		.globals = (const char *const *)globals,
		.runtime_root = options->root,
		.pid_file = options->pid_file,
		.input = run->input,
		.preserve = (unsigned int)options->preserve,
		.timeout = (unsigned int)options->timeout,
		.stop_timeout = (unsigned int)options->stop_timeout,
		.keep = (enum keep)options->keep,
		.chroot = run->isolation == ISOLATION_CHROOT,
		.warn = options->log_level >= LOG_WARN,
		.named = options->name != NULL,
		.verbose = options->log_level >= LOG_INFO,
	};

	if (options->no_pivot || (no_pivot && *no_pivot)) /* B414 */
		flags[flag++] = "--no-pivot";
	if (options->no_new_keyring || run->isolation == ISOLATION_ROOTLESS) /* B249 */
		flags[flag++] = "--no-new-keyring";
	if (options->preserve)
		flags[flag++] = preserve;
	for (struct opt_use *use = options->runtime_flags.first; use; use = use->next)
		globals[global++] = global_flag(use->arg);
	status = run_plan(&run->plan, &how);
	while (global > 0)
		free(globals[--global]);
	return status;
}

/* --clean: nothing is read, nothing is run. */
static int clean(const struct options *options, struct err *err)
{
	auto_free char *run_root = where_run_root(options->run_root);
	auto_free char *cache_dir = where_cache_dir(options->cache_dir);

	if (str_equal(options->clean_dir, "caches"))
		return cacheclean(cache_dir, tool) ? 0 : FAILED;
	if (options->clean_dir)
		return kept_remove(options->clean_dir, err) < 0 ? FAILED : 0;
	return reclaim_all(run_root, tool, options->log_level >= LOG_INFO) ? 0 : FAILED;
}

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

static int work(struct run *run, int argc, char *argv[], struct err *err)
{
	const struct options *options = &run->options;

	if (io_secure_standard(err) < 0 || parse(run, argc, argv, err) < 0)
		return FAILED;
	if (options->question != ABOUT_NOTHING)
		return answer(options->question, err);
	if (options->clean) {
		secrets_unguard(run->dumpable);
		return clean(options, err);
	}
	if (check_preserved(run, err) < 0)
		return FAILED;
	choose_isolation(run);
	make_ready(run);
	if (check_document(run, err) < 0 || take_secrets(run, err) < 0 ||
	    gather(run, err) < 0 || make_plan(run, err) < 0 || write_depfile(run, err) < 0)
		return FAILED;
	if (options->dry_run)
		return print_plan(run, err);
	warn_of_network(run);
	if (options->prepare_only)
		return prepared_make(&run->plan, err) < 0 ? FAILED : 0;
	if (options->log_level >= LOG_INFO)
		fprintf(stderr, "%s: %s (%s)\n", tool, run->runtime.path, run->runtime.why);
	return execute(run);
}

int main(int argc, char *argv[])
{
	struct run run = { .input = -1 };
	struct err err = { 0 };
	int status;

	doc_start();
	if (argc > 1 && strcmp(argv[1], jail_word) == 0)
		return jail_main(argv + 2);
	if (argc > 1 && strcmp(argv[1], hookrecord_word) == 0)
		return hookrecord_main(argv + 2);
	run.dumpable = secrets_guard();
	status = work(&run, argc, argv, &err);
	secrets_unguard(run.dumpable);
	if (err.kind != ERR_NONE)
		err_report(&err, tool);
	secrets_release(&run.secrets);
	/* The kernel takes all of it back at once; one by one it is a tenth of our time. */
	exit(status);
}
