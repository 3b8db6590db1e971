// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "journal.h"
#include "orphans.h"
#include "rmtree.h"
#include "worker.h"

enum { FAILED = 125 };

/* What the supervisor made, and removes. */
struct place {
	int run_root; /* directory */
	int run;      /* run_root/NAME, locked */
	int data;     /* data_root/ocipipe-XXXXXX */
	char *data_path;
	struct journal journal;
};

/* ---- directories --------------------------------------------------------- */

/* The run root must be ours alone: what is in it decides what is removed. */
static int check_run_root(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, path, "cannot examine");
	if (st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return 0;
	err_set(err, ERR_HOST, "must belong to us alone (mode 0700)");
	err_where(err, "%s", path);
	return err_hint(err, "remove it, or name another with --run-root");
}

static int open_run_root(const char *path, struct err *err)
{
	int fd;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_errno(err, path, "cannot make the directory");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, path, "cannot open the directory");
	if (check_run_root(fd, path, err) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The run directory: its name is the container's, so that it can be only once. */
static int make_run(const struct plan_facts *facts, struct place *place, struct err *err)
{
	enum { TRIES = 100 };

	for (int tries = 0; tries < TRIES; tries++) {
		place->run_root = open_run_root(facts->run_root, err);
		if (place->run_root < 0)
			return -1;
		if (mkdirat(place->run_root, facts->name, 0700) == 0)
			break;
		if (errno == EEXIST) {
			err_set(err, ERR_HOST,
			        "a container named %s is running, or was left behind",
			        facts->name);
			return err_hint(err, "%s/%s is its directory", facts->run_root,
			                facts->name);
		}
		if (errno != ENOENT) /* the last run removed the run root meanwhile */
			return err_errno(err, facts->run_root, "cannot make a directory");
		close(steal_fd(&place->run_root));
	}
	place->run = openat(place->run_root, facts->name,
	                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place->run < 0 || flock(place->run, LOCK_EX | LOCK_NB) < 0)
		return err_errno(err, facts->name, "cannot lock the run directory");
	return journal_create(place->run, "journal", &place->journal, err);
}

static int make_data(const struct plan_facts *facts, struct place *place, struct err *err)
{
	place->data_path = xasprintf("%s/ocipipe-XXXXXX", facts->data_root);
	if (!mkdtemp(place->data_path)) {
		free(steal(&place->data_path));
		return err_errno(err, facts->data_root, "cannot make a directory");
	}
	place->data =
		open(place->data_path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place->data < 0)
		return err_errno(err, place->data_path, "cannot open the directory");
	/* 0711 inside 0700: reached only through the bind in the worker's own mounts. */
	if (mkdirat(place->data, "bundle", 0711) < 0 ||
	    mkdirat(place->data, "state", 0700) < 0)
		return err_errno(err, place->data_path, "cannot make a directory");
	return 0;
}

static int complain(const struct run_options *options, const struct err *err)
{
	err_report(err, options->tool);
	return FAILED;
}

static int remove_data(const struct place *place, struct err *err)
{
	const char *name = strrchr(place->data_path, '/') + 1;
	auto_free char *above =
		xstrndup(place->data_path, (size_t)(name - place->data_path));
	auto_close int dir = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_errno(err, above, "cannot open");
	return rmtree(dir, name, err);
}

/* Undo everything; false, and a message, if something stays. */
static bool remove_place(const struct plan *plan, const struct run_options *options,
                         struct place *place)
{
	struct err err = { 0 };
	bool clean = true;

	if (place->journal.fd >= 0 && journal_undo(&place->journal, &err) < 0)
		clean = false;
	if (place->data_path && remove_data(place, &err) < 0)
		clean = false;
	if (place->run >= 0 && clean && rmtree(place->run_root, plan->facts.name, &err) < 0)
		clean = false;
	rmdir(plan->facts.run_root); /* only the last one can */
	if (!clean)
		complain(options, &err);
	cleanup_close(&place->journal.fd);
	cleanup_close(&place->journal.root);
	cleanup_close(&place->data);
	cleanup_close(&place->run);
	cleanup_close(&place->run_root);
	free(place->data_path);
	return clean;
}

/* ---- the supervisor ------------------------------------------------------ */

static sigset_t handled_signals(void)
{
	static const int signals[] = { SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM,
		                       SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(&set, signals[i]);
	return set;
}

/* Pass signals on until the worker has ended. */
static void watch_worker(int signals, int worker)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = worker, .events = POLLIN },
	};

	while (!fds[1].revents) {
		struct signalfd_siginfo info;

		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return;
		if (!fds[0].revents || read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD)
			syscall(SYS_pidfd_send_signal, worker, info.ssi_signo, NULL, 0);
	}
}

static int worker_status(pid_t pid, const struct run_options *options)
{
	struct err err = { 0 };
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		if (errno != EINTR) {
			err_errno(&err, "", "cannot learn how it ended");
			return complain(options, &err);
		}
	if (info.si_code == CLD_EXITED)
		return info.si_status;
	orphans_kill(); /* what it started is ours now */
	err_set(&err, ERR_SYSTEM, "the worker was killed by signal %d", info.si_status);
	return complain(options, &err);
}

static int fork_worker(const struct plan *plan, const struct run_options *options,
                       struct place *place, int signals, struct err *err)
{
	struct worker worker = {
		.plan = plan,
		.options = options,
		.data_path = place->data_path,
		.data = place->data,
		.journal = &place->journal,
		.signals = signals,
		.supervisor = -1,
		.maps = { -1, -1 },
	};
	int status, pidfd;
	pid_t pid;

	worker.supervisor = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (worker.supervisor < 0 || worker_prepare(&worker, err) < 0)
		return err->kind ? -1 : err_errno(err, "", "cannot open a pidfd");
	pid = fork();
	if (pid == 0) {
		status = worker_main(&worker);
		/* With nobody left to do it, the last one cleans up. */
		if (worker_alone(&worker))
			remove_place(plan, options, place);
		_exit(status);
	}
	if (pid < 0)
		return err_errno(err, "", "cannot fork");
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0) {
		worker_serve_maps(&worker, pid, options->tool);
		watch_worker(signals, pidfd);
	}
	status = worker_status(pid, options);
	cleanup_close(&pidfd);
	worker_done(&worker);
	return status;
}

static int supervise(const struct plan *plan, const struct run_options *options,
                     struct place *place, struct err *err)
{
	sigset_t set = handled_signals();
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
	if (make_run(&plan->facts, place, err) < 0 ||
	    make_data(&plan->facts, place, err) < 0)
		return -1;
	return fork_worker(plan, options, place, signals, err);
}

int run_plan(const struct plan *plan, const struct run_options *options)
{
	struct place place = { -1, -1, -1, NULL, { -1, -1 } };
	struct err err = { 0 };
	int status;

	place.journal.root = open(plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place.journal.root < 0) {
		err_errno(&err, plan->rootfs, "cannot open the root filesystem");
		return complain(options, &err);
	}
	status = supervise(plan, options, &place, &err);
	if (status < 0)
		status = complain(options, &err);
	return remove_place(plan, options, &place) || status ? status : FAILED;
}
