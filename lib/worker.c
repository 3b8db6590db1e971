// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cachelock.h"
#include "container.h"
#include "jailprogram.h"
#include "kept.h"
#include "layering.h"
#include "orphans.h"
#include "secrets.h"
#include "spec.h"
#include "stage.h"
#include "step.h"
#include "undo.h"
#include "userns.h"

enum { TIMED_OUT = 124, FAILED = 125, SIGNALLED = 128 };

/* ---- the user namespace of an ordinary user ------------------------------ */

int worker_prepare(struct worker *worker, struct err *err)
{
	if (pipe2(worker->control, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_errno(err, "", "cannot make a pipe");
	if (plan_makes_user_namespace(worker->plan) &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, worker->maps) < 0)
		return err_errno(err, "", "cannot make a socket pair");
	return 0;
}

static void close_end(int *fd)
{
	cleanup_close(fd);
	*fd = -1;
}

/* Only from outside can the mappings be written: the worker asks, the supervisor does. */
void worker_serve_maps(struct worker *worker, pid_t pid)
{
	struct err err = { 0 };
	char answer = 0;

	close_end(&worker->control[0]);
	if (worker->maps[1] < 0)
		return;
	close_end(&worker->maps[0]);
	if (read(worker->maps[1], &answer, 1) != 1)
		return; /* it has failed, and says why itself */
	if (userns_map(pid, worker->plan->maps, &err) < 0) {
		err_report(&err, worker->options->tool);
		answer = 1;
	}
	(void)!write(worker->maps[1], &answer, 1);
}

void worker_done(struct worker *worker)
{
	for (int i = 0; i < 2; i++) {
		close_end(&worker->control[i]);
		close_end(&worker->maps[i]);
	}
}

static int enter_user_namespace(struct worker *worker, struct err *err)
{
	char answer = 0;

	if (unshare(CLONE_NEWUSER) < 0) {
		err_errno(err, "", "cannot make a user namespace");
		err->kind = ERR_HOST;
		return -1;
	}
	if (write(worker->maps[0], &answer, 1) != 1 ||
	    read(worker->maps[0], &answer, 1) != 1 || answer)
		return err_set(err, ERR_QUIET, "no mappings");
	return userns_become_root(err);
}

/* ---- acting -------------------------------------------------------------- */

/* The container's owner as we see it: in its user namespace we are too, or it has none. */
static struct owner outer_owner(const struct plan *plan, struct owner inner)
{
	return plan_maps_ids(plan) ? userns_owner(plan->maps, inner) : inner;
}

/* The same directory, by its path in this mount namespace. */
static int reopen(const char *path, int known, struct err *err)
{
	auto_close int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat a, b;

	if (fd < 0 || fstat(fd, &a) < 0 || fstat(known, &b) < 0)
		return err_errno(err, path, "cannot open the root filesystem");
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return err_set(err, ERR_HOST, "%s was replaced meanwhile", path);
	return steal_fd(&fd);
}

/* Beside the bundle, so that the runtime finds it whatever it is called. */
static int stage_own(const struct worker *worker, const char *name, const char *to,
                     struct err *err)
{
	auto_free char *from = xasprintf("%s%s", worker->place->data_path, name);
	auto_close int dir = open(from, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return err_errno(err, from, "cannot open");
	return stage_bind(dir, to, -1, err);
}

static int stage_bundle(const struct worker *worker, struct err *err)
{
	auto_free char *data = xasprintf("%s/data", worker->plan->facts.run_root);

	if (stage_own(worker, "/bundle", worker->plan->bundle, err) < 0)
		return -1;
	return stage_own(worker, "", data, err);
}

static int act(const struct acting *acting, struct watch *watch, struct err *err)
{
	const json_t *step;
	size_t i;

	json_array_foreach(acting->plan->steps, i, step) {
		const char *name = step_text(step, "step");
		const struct step_kind *kind = step_kind(name);

		watch_look(watch);
		if (watch_asked(watch))
			return err_set(err, ERR_QUIET, "told to end");
		if (kind && kind->act && kind->act(acting, step, err) < 0)
			return step_blame(name, err);
	}
	return 0;
}

/*
 * The root filesystem that is worked on: the document's, or an overlay.  What is
 * made in that goes with it, or from it as long as it is mounted; so it needs no
 * journal that others can read.
 */
static int open_root(const struct worker *worker, struct acting *acting, struct err *err)
{
	const struct plan *plan = worker->plan;
	struct stat st;

	if (layering_wanted(plan)) {
		if (journal_create(worker->place->data, "targets", &acting->in_layer, err) <
		    0)
			return -1;
		acting->targets = &acting->in_layer;
		if (layering_mount(acting, &acting->root, err) < 0)
			return step_blame("rootfs", err);
		return targets_check(acting->root, err);
	}
	acting->root = reopen(plan->rootfs, worker->place->root, err);
	if (acting->root < 0 || targets_check_host(acting->root, err) < 0)
		return -1;
	if (fstat(acting->root, &st) < 0)
		return err_errno(err, plan->rootfs, "cannot examine");
	acting->idmapped = plan_wants_idmap(plan, &st);
	return 0;
}

/*
 * What is staged in the run root: each source, and what we make to be one, and each
 * directory of the root's overlay.
 */
static size_t count_staged(const struct plan *plan)
{
	return 2 * plan->prep_count +
	       json_array_size(json_object_get(plan->layers, "lower"));
}

static int act_all(struct worker *worker, struct watch *watch, struct acting *acting,
                   struct err *err)
{
	const struct plan *plan = worker->plan;

	if (plan_makes_user_namespace(plan) && enter_user_namespace(worker, err) < 0)
		return -1;
	if (targets_check(worker->place->root, err) < 0)
		return -1;
	if (stage_enter(err) < 0 ||
	    stage_cover(plan->facts.run_root, count_staged(plan), err) < 0 ||
	    stage_bundle(worker, err) < 0)
		return -1;
	acting->root_ids = outer_owner(plan, (struct owner){ 0, 0 });
	if (open_root(worker, acting, err) < 0)
		return -1;
	acting->owner = acting->idmapped ? (struct owner){ 0, 0 } : acting->root_ids;
	return act(acting, watch, err);
}

/* ---- running ------------------------------------------------------------- */

static int make_streams(const struct worker *worker, struct owner process,
                        struct streams *streams, struct err *err)
{
	bool relays = worker->terminal->tty < 0; /* else the terminal is all of them */
	const struct streams_wish wish = {
		.outer = { relays ? worker->options->input : -1,
		           relays ? STDOUT_FILENO : -1, relays ? STDERR_FILENO : -1 },
		.uid = process.uid,
		.gid = process.gid,
		.gives = !worker->plan->facts.rootless,
	};

	return streams_make(&wish, streams, err);
}

static int run_container(struct worker *worker, struct watch *watch,
                         const struct acting *acting, struct err *err)
{
	const struct plan *plan = worker->plan;
	const struct owner inner = owner_of(spec_get(plan->config, "/process/user"));
	const struct owner outer = outer_owner(plan, inner);
	auto_close int bundle = open(plan->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int staging =
		open(plan->facts.run_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_free char *ours = xasprintf("%s/program", plan->facts.run_root);
	auto_close int self = worker->options->chroot ? jailprogram_open(ours, err) : -1;
	auto_free char *program = self < 0 ? NULL : xasprintf("/proc/self/fd/%d", self);
	const struct container container = {
		.plan = plan,
		.options = worker->options,
		.runtime = worker->runtime,
		.place = worker->place,
		.program = program,
		.data = worker->place->data,
		.bundle = bundle,
		.root = acting->root,
		.owner = acting->idmapped ? inner.uid : outer.uid,
		.watch = watch,
		.streams = watch->streams,
	};

	if (worker->options->chroot && self < 0)
		return FAILED;
	if (bundle < 0 || staging < 0) {
		err_errno(err, plan->bundle, "cannot open");
		return FAILED;
	}
	if (worker->terminal->tty >= 0 &&
	    terminal_listen(worker->terminal, staging, "console.sock", err) < 0)
		return FAILED;
	if (make_streams(worker, outer, watch->streams, err) < 0)
		return FAILED;
	return container_run(&container, err);
}

/* The status of the step, which has failed if its layer cannot be had. */
static int end_layer(struct acting *acting, int status, struct err *err)
{
	json_auto_t *lines = NULL;
	struct err failed = { 0 };

	orphans_kill(); /* nobody writes any more */
	if (journal_read(&acting->in_layer, &lines, &failed) == 0 &&
	    targets_undo(acting->root, lines, &failed) == 0) {
		cleanup_close(&acting->root);
		acting->root = -1;
		if (layering_finish(acting, status == 0, &failed) == 0)
			return status;
	}
	if (err->kind == ERR_NONE)
		*err = failed;
	return status ? status : FAILED;
}

/* The bundle's path in our own mount namespace tells nobody else where it is. */
static void say_path(const struct worker *worker, struct err *err)
{
	const char *bundle = worker->plan->bundle;
	char *at = strstr(err->where, bundle);

	if (at && at[strlen(bundle)] == '/') {
		auto_free char *where =
			xasprintf("%.*s%s/bundle%s", (int)(at - err->where), err->where,
		                  worker->place->data_path, at + strlen(bundle));

		err_where(err, "%s", where);
	}
}

static int prepare_and_run(struct worker *worker, struct watch *watch, struct err *err)
{
	struct below *below = NULL;
	struct cache_lock *caches = NULL;
	struct acting acting = {
		.tool = worker->options->tool,
		.plan = worker->plan,
		.watch = watch,
		.journal = &worker->place->journal,
		.rootlock = &worker->place->rootlock,
		.data_path = worker->place->data_path,
		.root = -1,
		.caches = &caches,
		.secrets = *worker->options->secrets,
		.below = &below,
		.in_layer = { .fd = -1 },
	};
	bool ready;
	int status;

	acting.targets = &worker->place->rootlock.journal;
	ready = act_all(worker, watch, &acting, err) == 0;
	acting.secrets = NULL;
	secrets_release(worker->options->secrets);
	if (!ready)
		status = watch->timed_out     ? TIMED_OUT
		         : watch_asked(watch) ? SIGNALLED + watch->stop
		                              : FAILED;
	else
		status = run_container(worker, watch, &acting, err);
	if (layering_wanted(worker->plan) && acting.root >= 0)
		status = end_layer(&acting, status, err);
	orphans_kill(); /* nobody uses what is below */
	below_leave(&below, worker->options->tool);
	cachelock_release(&caches);
	cleanup_close(&acting.root);
	cleanup_close(&acting.in_layer.fd);
	return status;
}

/* ---- ending -------------------------------------------------------------- */

/* Everything, whatever fails; what could not be taken back stays in the journal. */
static void take_back(const struct worker *worker, const char *const *but)
{
	struct place *place = worker->place;
	json_auto_t *lines = NULL;
	struct err err = { 0 };
	bool clean = false;

	if (journal_read(&place->journal, &lines, &err) == 0)
		clean = undo_all(lines, but, worker->options->tool);
	else
		err_report(&err, worker->options->tool);
	if (rootlock_leave(&place->rootlock, place->root, &err) < 0)
		err_report(&err, worker->options->tool);
	if (clean && journal_empty(&place->journal, &err) < 0)
		err_report(&err, worker->options->tool);
}

/* With nobody left to do it, the last one removes the rest. */
static void end_alone(const struct worker *worker)
{
	struct err ignored;

	stage_uncover(worker->plan->facts.run_root);
	terminal_restore(worker->terminal);
	(void)!place_remove_run(worker->place, &ignored);
}

static int watch_signals(struct err *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_errno(err, "", "cannot watch for signals") : fd;
}

int worker_main(struct worker *worker)
{
	static const char *const kept[] = { "tree", NULL };
	struct streams streams = { 0 };
	struct err err = { 0 }, failed = { 0 };
	auto_close int signals = watch_signals(&err);
	struct watch watch = {
		.control = worker->control[0],
		.signals = signals,
		.stop_timeout = worker->options->stop_timeout,
		.pid_file = "pid",
		.pid_dir = worker->place->data,
		.journal = &worker->place->journal,
		.streams = &streams,
		.terminal = worker->terminal,
		.err = &failed,
	};
	int status = FAILED;
	bool keep;

	close_end(&worker->control[1]);
	close_end(&worker->maps[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	watch_start(&watch, worker->options->timeout);
	if (signals >= 0)
		status = prepare_and_run(worker, &watch, &err);
	terminal_restore(worker->terminal);
	if (err.kind != ERR_NONE) {
		say_path(worker, &err);
		err_report(&err, worker->options->tool);
	}
	orphans_kill();
	streams_close(&streams);
	keep = kept_wanted(worker->options->keep, status);
	if (keep)
		kept_make(worker->plan, worker->options, worker->place->data_path);
	take_back(worker, keep ? kept : NULL);
	watch_look(&watch);
	if (watch.control < 0)
		end_alone(worker);
	watch_stop(&watch);
	return status;
}
