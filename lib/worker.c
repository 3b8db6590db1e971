// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container.h"
#include "etcfiles.h"
#include "io.h"
#include "orphans.h"
#include "rmtree.h"
#include "spec.h"
#include "stage.h"
#include "targets.h"
#include "userns.h"

enum { FAILED = 125 };

/* ---- the user namespace of an ordinary user ------------------------------ */

static bool makes_user_namespace(const struct plan *plan)
{
	return plan->facts.rootless && plan->user_namespace;
}

int worker_prepare(struct worker *worker, struct err *err)
{
	if (!makes_user_namespace(worker->plan))
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, worker->maps) < 0)
		return err_errno(err, "", "cannot make a socket pair");
	return 0;
}

/* Only from outside can the mappings be written: the worker asks, the supervisor does. */
void worker_serve_maps(struct worker *worker, pid_t pid, const char *tool)
{
	struct err err = { 0 };
	char answer = 0;

	if (worker->maps[1] < 0)
		return;
	cleanup_close(&worker->maps[0]);
	worker->maps[0] = -1;
	if (read(worker->maps[1], &answer, 1) != 1)
		return; /* it has failed, and says why itself */
	if (userns_map(pid, worker->plan->maps, &err) < 0) {
		err_report(&err, tool);
		answer = 1;
	}
	(void)!write(worker->maps[1], &answer, 1);
}

void worker_done(struct worker *worker)
{
	cleanup_close(&worker->maps[0]);
	cleanup_close(&worker->maps[1]);
	cleanup_close(&worker->supervisor);
}

static int enter_user_namespace(struct worker *worker, struct err *err)
{
	char answer = 0;

	cleanup_close(&worker->maps[1]);
	worker->maps[1] = -1;
	if (unshare(CLONE_NEWUSER) < 0) {
		err_errno(err, "", "cannot make a user namespace");
		err->kind = ERR_HOST;
		return -1;
	}
	if (write(worker->maps[0], &answer, 1) != 1 ||
	    read(worker->maps[0], &answer, 1) != 1 || answer)
		return err_set(err, ERR_QUIET, "no mappings");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) {
		err_errno(err, "", "cannot become root of the user namespace");
		return err_hint(err, "map container id 0");
	}
	/* Where the kernel forbids it, the groups stay, which is what rootless has always
	 * meant. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_errno(err, "", "cannot drop the supplementary groups");
	return 0;
}

/* ---- acting -------------------------------------------------------------- */

/* Who root in the container is, on a file system that is not idmapped. */
static struct owner container_root(const struct plan *plan)
{
	if (plan->facts.rootless || !plan->user_namespace)
		return (struct owner){ 0, 0 };
	return (struct owner){ userns_root(plan->maps, "uid"),
		               userns_root(plan->maps, "gid") };
}

/* As root, files that the document's mappings do not cover would be nobody's inside. */
static bool wants_idmap(const struct plan *plan, int root)
{
	struct stat st;

	return !plan->facts.rootless && plan->user_namespace && fstat(root, &st) == 0 &&
	       !(userns_covers(plan->maps, "uid", st.st_uid) &&
	         userns_covers(plan->maps, "gid", st.st_gid));
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

static int stage_rootfs(const struct worker *worker, bool idmapped, struct err *err)
{
	const struct plan *plan = worker->plan;
	auto_free char *to = xasprintf("%s/rootfs", plan->facts.run_root);
	auto_close int root = reopen(plan->rootfs, worker->journal->root, err);
	auto_close int userns = -1;

	if (root < 0)
		return -1;
	if (idmapped) {
		userns = userns_open(plan->maps, err);
		if (userns < 0)
			return -1;
	}
	return stage_bind(root, to, userns, err);
}

static int stage_bundle(const struct worker *worker, struct err *err)
{
	auto_free char *from = xasprintf("%s/bundle", worker->data_path);
	auto_close int bundle = open(from, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (bundle < 0)
		return err_errno(err, from, "cannot open");
	return stage_bind(bundle, worker->plan->bundle, -1, err);
}

/* Open `path` in the bundle for writing, a new file; makes the directories above it. */
static int create_in_bundle(const struct plan *plan, const char *path, mode_t mode,
                            struct err *err)
{
	auto_close int dir = open(plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_free char *copy = xstrdup(path);
	char *rest = copy, *name = strsep(&rest, "/");
	int fd;

	for (; rest && dir >= 0; name = strsep(&rest, "/")) {
		int next;

		if (mkdirat(dir, name, 0711) < 0 && errno != EEXIST)
			return err_errno(err, path,
			                 "cannot make a directory in the bundle");
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(dir);
		dir = next;
	}
	if (dir < 0)
		return err_errno(err, path, "cannot enter the bundle");
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	return fd < 0 ? err_errno(err, path, "cannot make the file in the bundle") : fd;
}

static int write_in_bundle(const struct plan *plan, const char *path,
                           const struct buf *text, mode_t mode, struct owner owner,
                           struct err *err)
{
	auto_close int fd = create_in_bundle(plan, path, mode & 0600, err);

	if (fd < 0)
		return -1;
	if (io_write_all(fd, text->data, text->len, err) < 0)
		return err_where(err, "%s", path);
	if (fchown(fd, owner.uid, owner.gid) < 0 || fchmod(fd, mode) < 0)
		return err_errno(err, path, "cannot give the file to the container's root");
	return 0;
}

static int act_file(const struct worker *worker, const struct step *step, struct err *err)
{
	const struct plan *plan = worker->plan;
	const struct etc_context context = {
		.config = plan->config,
		.step = step->asks,
		.no_network = plan->no_network,
		.name = plan->facts.name,
		.host_name = plan->host_name,
		.rootless = plan->facts.rootless,
	};
	auto_buf struct buf text = { 0 };
	bool executable = strcmp(step->detail, "containerenv") == 0; /* B273 */

	if (etc_file(step->detail, &context, &text, err) < 0)
		return -1;
	return write_in_bundle(plan, step->path, &text, executable ? 0755 : 0644,
	                       container_root(plan), err);
}

static int act_config(const struct worker *worker, const struct step *step, struct err *err)
{
	auto_buf struct buf text = { 0 };

	doc_print(worker->plan->config, DOC_INDENTED, &text);
	buf_char(&text, '\n');
	return write_in_bundle(worker->plan, step->path, &text, 0600,
	                       (struct owner){ 0, 0 }, err);
}

static int act_source(const struct worker *worker, const struct step *step, struct err *err)
{
	const struct plan *plan = worker->plan;
	const struct mountprep_owners owners = {
		.maps = plan->maps,
		.user = spec_get(plan->config, "/process/user"),
		.host_root = !plan->facts.rootless,
		.user_namespace = plan->user_namespace,
		.label = doc_string(spec_get(plan->config, "/linux/mountLabel")),
	};

	return mountprep_act(&plan->preps[step->prep], &owners, err);
}

static int act_target(const struct worker *worker, const struct step *step,
                      struct owner owner, struct err *err)
{
	bool directory = step->directory;
	struct stat st;

	/* Relative: a file in the bundle, which has been made by now. */
	if (step->detail && *step->detail == '/') {
		if (stat(step->detail, &st) < 0) {
			err_errno(err, step->detail, "cannot be mounted at %s", step->path);
			err->kind = ERR_HOST;
			return -1;
		}
		directory = S_ISDIR(st.st_mode);
	}
	return target_mount(worker->journal, step->path, directory, owner, err);
}

static int act(const struct worker *worker, const struct step *step, bool idmapped,
               struct err *err)
{
	struct owner owner =
		idmapped ? (struct owner){ 0, 0 } : container_root(worker->plan);

	switch (step->act) {
	case ACT_STAGE:
		return stage_rootfs(worker, idmapped, err);
	case ACT_SOURCE:
		return act_source(worker, step, err);
	case ACT_WORKDIR:
		return target_workdir(worker->journal->root, step->path, owner, err);
	case ACT_TARGET:
		return act_target(worker, step, owner, err);
	case ACT_FILE:
		return act_file(worker, step, err);
	case ACT_CONFIG:
		return act_config(worker, step, err);
	case ACT_CGROUP:
		return journal_cgroup(worker->journal, step->path, err);
	case ACT_RUN:
		return 0;
	}
	abort();
}

static int act_all(struct worker *worker, struct err *err)
{
	const struct plan *plan = worker->plan;
	bool idmapped = wants_idmap(plan, worker->journal->root);

	if (makes_user_namespace(plan) && enter_user_namespace(worker, err) < 0)
		return -1;
	if (targets_check(worker->journal->root, err) < 0)
		return -1;
	if (stage_enter(err) < 0 ||
	    stage_cover(plan->facts.run_root, plan->prep_count, err) < 0 ||
	    stage_bundle(worker, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->count; i++)
		if (act(worker, &plan->steps[i], idmapped, err) < 0)
			return -1;
	return 0;
}

static int prepare_and_run(struct worker *worker, struct err *err)
{
	const struct container container = {
		.plan = worker->plan,
		.options = worker->options,
		.data_path = worker->data_path,
		.signals = worker->signals,
		.supervisor = worker->supervisor,
	};

	if (act_all(worker, err) < 0)
		return FAILED;
	return container_run(&container, err);
}

/*
 * What overlays took may belong to subordinate ids, which an ordinary user can
 * remove in the user namespace only; so not later than here.
 */
static int remove_writes(const struct worker *worker, struct err *err)
{
	const struct plan *plan = worker->plan;
	auto_close int bundle = open(plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	for (size_t i = 0; bundle >= 0 && i < plan->prep_count; i++) {
		const char *writes = plan->preps[i].writes;

		if (writes && rmtree(bundle, strrchr(writes, '/') + 1, err) < 0)
			ret = -1;
	}
	return ret;
}

/* Everything, whatever fails. */
static int undo(const struct worker *worker)
{
	struct err err = { 0 };
	int ret = 0;

	if (remove_writes(worker, &err) < 0) {
		err_report(&err, worker->options->tool);
		ret = -1;
	}
	if (journal_undo(worker->journal, &err) < 0) {
		err_report(&err, worker->options->tool);
		ret = -1;
	}
	return ret;
}

int worker_main(struct worker *worker)
{
	struct err err = { 0 };
	int status;

	/* A terminal's ^C comes once, through the supervisor. */
	setpgid(0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	status = prepare_and_run(worker, &err);
	if (err.kind != ERR_NONE)
		err_report(&err, worker->options->tool);
	orphans_kill();
	return undo(worker) == 0 || status ? status : FAILED;
}

bool worker_alone(const struct worker *worker)
{
	struct pollfd fd = { .fd = worker->supervisor, .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}
