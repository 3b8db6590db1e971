// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jail.h"
#include "orphans.h"
#include "place.h"
#include "reclaim.h"
#include "rootfs.h"
#include "runtime.h"
#include "secrets.h"
#include "spec.h"
#include "worker.h"

enum { FAILED = 125, MILLI = 1000, NANO_IN_MILLI = 1000000, SAME_MOMENT = 100 };

static int complain(const struct run_options *options, const struct err *err)
{
	err_report(err, options->tool);
	return FAILED;
}

/* ---- signals ------------------------------------------------------------- */

/* What we were started with ignored (by nohup, say) stays so. */
static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static sigset_t handled_signals(void)
{
	static const int signals[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
		                       SIGUSR1, SIGUSR2, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (!is_ignored(signals[i]))
			sigaddset(&set, signals[i]);
	return set;
}

/* The signals that the supervisor has passed on. */
struct passing {
	int control; /* to the worker */
	uint32_t last, sender;
	uint64_t when;
};

/* timeout(1) sends each signal to us and then to our process group: it means one. */
static bool is_echo(struct passing *passing, const struct signalfd_siginfo *info)
{
	struct timespec time;
	uint64_t now;
	bool echo;

	clock_gettime(CLOCK_MONOTONIC, &time);
	now = (uint64_t)time.tv_sec * MILLI + (uint64_t)time.tv_nsec / NANO_IN_MILLI;
	echo = info->ssi_code == SI_USER && info->ssi_signo == passing->last &&
	       info->ssi_pid == passing->sender && now - passing->when < SAME_MOMENT;
	passing->last = info->ssi_signo;
	passing->sender = info->ssi_pid;
	passing->when = now;
	return echo;
}

static void pass_on(struct passing *passing, int signals)
{
	struct signalfd_siginfo info;
	unsigned char number;

	if (read(signals, &info, sizeof(info)) != sizeof(info) ||
	    info.ssi_signo == SIGCHLD || is_echo(passing, &info))
		return;
	number = (unsigned char)info.ssi_signo;
	(void)!write(passing->control, &number, 1);
}

/* Pass signals on until the worker has ended. */
static int wait_for_worker(pid_t pid, int signals, int control, siginfo_t *ret)
{
	struct passing passing = { .control = control };
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	for (;;) {
		ret->si_pid = 0;
		if (waitid(P_PID, (id_t)pid, ret, WEXITED | WNOHANG) < 0 && errno != EINTR)
			return -1;
		if (ret->si_pid == pid)
			return 0;
		if (poll(&fd, 1, -1) == 1)
			pass_on(&passing, signals);
	}
}

/* ---- the worker ---------------------------------------------------------- */

/* It has taken back all that it did, or said what it could not. */
static void remove_rest(const struct run_options *options, struct place *place)
{
	struct err err = { 0 };
	struct stat st;

	if (fstat(place->journal.fd, &st) < 0 || st.st_size > 0)
		return; /* the next run tries again */
	if (place_remove_run(place, &err) < 0)
		complain(options, &err);
}

/* It was killed: what it left is ours to end, and what it started our children now. */
static void clean_up(const struct run_options *options, struct place *place)
{
	struct err err = { 0 };

	if (reclaim_run(place->run_root, place->name, options->tool, &err) < 0)
		complain(options, &err);
	orphans_kill();
	if (rootlock_leave(&place->rootlock, place->root, &err) < 0)
		complain(options, &err);
	close(steal_fd(&place->run));
	(void)!place_remove_run(place, &err);
	/* The sources in which it made mount targets have locks that it alone knew of. */
	(void)!reclaim_all(place->run_root_path, options->tool, options->verbose);
}

static int end_of_worker(const siginfo_t *info, const struct run_options *options,
                         const struct terminal *terminal, struct place *place)
{
	struct err err = { 0 };

	if (info->si_code == CLD_EXITED) {
		remove_rest(options, place);
		return info->si_status;
	}
	terminal_restore(terminal);
	clean_up(options, place);
	err_set(&err, ERR_SYSTEM, "the worker was killed by signal %d", info->si_status);
	return complain(options, &err);
}

static int run_worker(struct worker *worker, int signals, struct err *err)
{
	const struct run_options *options = worker->options;
	siginfo_t info = { 0 };
	int status;
	pid_t pid;

	if (worker_prepare(worker, err) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		_exit(worker_main(worker));
	secrets_release(options->secrets);
	if (pid < 0)
		return err_errno(err, "", "cannot fork");
	worker_serve_maps(worker, pid);
	if (wait_for_worker(pid, signals, worker->control[1], &info) < 0) {
		err_errno(err, "", "cannot learn how the worker ended");
		return -1;
	}
	status = end_of_worker(&info, options, worker->terminal, worker->place);
	worker_done(worker);
	return status;
}

/* ---- all ----------------------------------------------------------------- */

/* To take things back needs descriptors too: so it is not begun without enough. */
static int check_descriptors(struct err *err)
{
	enum { ENOUGH = 64 };
	auto_close int highest = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, ENOUGH - 1);

	if (highest >= 0)
		return 0;
	err_set(err, ERR_HOST, "too few descriptors may be open");
	return err_hint(err, "ulimit -n %d", ENOUGH);
}

/* As root it would insist on a cgroup; nobody asked for a limit. */
static void add_cgroupless(const char *runtime, json_t *words)
{
	if (runtime_is(runtime, "runc"))
		json_array_append_new(words, json_string("--rootless=true"));
	else if (runtime_is(runtime, "crun"))
		json_array_append_new(words, json_string("--cgroup-manager=disabled"));
}

/* What of the runtime's command line comes first; owned. */
static json_t *runtime_words(const struct plan *plan, const struct run_options *options,
                             const struct place *place)
{
	json_t *words = json_array();

	if (options->chroot) {
		json_decref(words);
		return json_pack("[s, s, s, o]", "/proc/self/exe", jail_word, "--root",
		                 json_sprintf("%s/state", place->data_path));
	}
	json_array_append_new(words, json_string(plan->facts.runtime));
	if (!plan->facts.rootless && !plan_makes_cgroup(plan))
		add_cgroupless(plan->facts.runtime, words);
	for (const char *const *word = options->globals; *word; word++)
		json_array_append_new(words, json_string(*word));
	if (options->runtime_root) {
		json_array_append_new(words, json_string("--root"));
		json_array_append_new(words, json_string(options->runtime_root));
	} else if (plan->facts.rootless) { /* it could not write to its own place */
		json_array_append_new(words, json_string("--root"));
		json_array_append_new(words, json_sprintf("%s/state", place->data_path));
	}
	return words;
}

static int make_place(const struct plan *plan, const struct run_options *options,
                      struct place *place, struct err *err)
{
	const struct plan_facts *facts = &plan->facts;
	json_t *about = reclaim_about(facts->name, plan->rootfs,
	                              plan_makes_user_namespace(plan) ? plan->maps : NULL,
	                              options->stop_timeout);

	if (!about)
		return err_set(err, ERR_HOST, "%s is not UTF-8", plan->rootfs);
	if (place_make_run(facts->run_root, facts->name, about, place, err) < 0)
		return -1;
	if (rootlock_take(place->run_root, place->root, plan->rootfs, &place->rootlock,
	                  err) < 0)
		return -1;
	return place_make_data(facts->data_root, place, err);
}

static int supervise(const struct plan *plan, const struct run_options *options,
                     struct place *place, struct terminal *terminal, struct err *err)
{
	sigset_t set = handled_signals();
	struct worker worker = {
		.plan = plan,
		.options = options,
		.place = place,
		.terminal = terminal,
		.control = { -1, -1 },
		.maps = { -1, -1 },
	};
	json_auto_t *words = NULL;
	auto_close int signals = -1;

	/* Before the first fork: SIGCHLD must be ours, and no child can be missed. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return err_errno(err, "", "cannot prepare to supervise");
	syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
	umask(022);
	if (check_descriptors(err) < 0)
		return -1;
	reclaim_all(plan->facts.run_root, options->tool, options->verbose);
	if (make_place(plan, options, place, err) < 0)
		return -1;
	words = runtime_words(plan, options, place);
	worker.runtime = words;
	return run_worker(&worker, signals, err);
}

/* What was made before there was a worker. */
static void unmake(const struct run_options *options, struct place *place)
{
	struct err err = { 0 };

	if (place->run < 0) {
		(void)!place_remove_run(place, &err);
		return;
	}
	clean_up(options, place);
}

int run_plan(const struct plan *plan, const struct run_options *options)
{
	struct place place = PLACE_NONE;
	struct terminal terminal = TERMINAL_NONE;
	struct err err = { 0 };
	int status = -1;

	terminal.sized = spec_get(plan->config, "/process/consoleSize") != NULL;
	place.root = rootfs_open(plan->rootfs, &err);
	if (place.root < 0)
		return complain(options, &err);
	if (!json_is_true(spec_get(plan->config, "/process/terminal")) ||
	    terminal_open(&terminal, &err) == 0)
		status = supervise(plan, options, &place, &terminal, &err);
	if (status < 0) {
		unmake(options, &place);
		status = complain(options, &err);
	}
	terminal_restore(&terminal);
	terminal_close(&terminal);
	place_close(&place);
	return status;
}
