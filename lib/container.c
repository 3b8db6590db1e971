// SPDX-License-Identifier: Apache-2.0
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "parse.h"
#include "runtime.h"

enum { FAILED = 125, SIGNALLED = 128 };

/* A run under way. */
struct running {
	const struct container *container;
	char *pid_file; /* the runtime writes it; owned */
	char *log;      /* owned */
	char *state;    /* owned; the runtime's --root, or NULL for its own choice */
	pid_t runtime;
	int pid_event; /* inotify: the pid file appears */
	int grace;     /* timerfd: the container has had its time */
	int init;      /* pidfd of the container's process 1, or -1 */
	pid_t init_pid;
	int pending; /* a signal that came before there was a process 1, or 0 */
	int stop;    /* the first signal that asked for the end, or 0 */
};

/* ---- starting ------------------------------------------------------------ */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

struct words {
	const char *words[64];
	size_t count;
};

static void add(struct words *to, const char *word)
{
	if (to->count < ARRAY_LEN(to->words) - 1)
		to->words[to->count++] = word;
}

static void add_all(struct words *to, const char *const *words)
{
	for (; words && *words; words++)
		add(to, *words);
}

static void add_root(const struct running *running, struct words *to)
{
	if (running->state) {
		add(to, "--root");
		add(to, running->state);
	}
}

/* "runc --log ... run --bundle ... NAME" */
static void command_line(const struct running *running, struct words *to)
{
	const struct container *container = running->container;
	const struct run_options *options = container->options;

	add(to, container->plan->facts.runtime);
	add_all(to, options->globals);
	add_root(running, to);
	add(to, "--log");
	add(to, running->log);
	add(to, "--log-format");
	add(to, "json");
	add(to, "run");
	add(to, "--bundle");
	add(to, container->plan->bundle);
	add(to, "--pid-file");
	add(to, running->pid_file);
	add_all(to, options->flags);
	add(to, container->plan->facts.name);
}

/* What the runtime may know of our environment; the command sees the document's only. */
static void environment(struct words *to)
{
	static const char *const names[] = { "PATH=", "XDG_RUNTIME_DIR=", "TMPDIR=" };

	for (char **entry = environ; *entry; entry++)
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (str_starts(*entry, names[i]))
				add(to, *entry);
	add(to, "LANG=C");
}

static int spawn(char *const argv[], bool keep_input, pid_t *ret, struct err *err)
{
	posix_spawn_file_actions_t actions;
	struct words env = { 0 };
	posix_spawnattr_t attr;
	sigset_t none, all;
	int failed;

	environment(&env);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	if (!keep_input)
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
		                                 O_RDONLY, 0);
	posix_spawn_file_actions_addchdir_np(&actions, "/");
	failed = posix_spawn(ret, argv[0], &actions, &attr, argv,
	                     (char *const *)(uintptr_t)env.words);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	if (!failed)
		return 0;
	errno = failed;
	err_errno(err, argv[0], "cannot start the runtime");
	err->kind = ERR_HOST;
	return -1;
}

static int start(struct running *running, struct err *err)
{
	struct words words = { 0 };

	command_line(running, &words);
	return spawn((char *const *)(uintptr_t)words.words,
	             running->container->options->keep_input, &running->runtime, err);
}

/* ---- the container's process 1 ------------------------------------------- */

/* A number behind "NAME:" in /proc/PID/status, in this base. */
static bool status_number(pid_t pid, const char *name, int base, uint64_t *ret)
{
	auto_free char *path = xasprintf("/proc/%d/status", pid);
	auto_buf struct buf text = { 0 };
	struct err ignored;
	const char *line;

	if (io_read_file(path, 65536, &text, &ignored) < 0)
		return false;
	line = strstr(text.data, name);
	if (!line)
		return false;
	*ret = strtoull(line + strlen(name), NULL, base);
	return true;
}

/* Only a child of the runtime, or of ours, is believed to be the container. */
static bool is_descendant(const struct running *running, pid_t pid)
{
	uint64_t parent;

	return status_number(pid, "\nPPid:", 10, &parent) &&
	       ((pid_t)parent == running->runtime || (pid_t)parent == getpid());
}

static void copy_pid_file(const struct running *running)
{
	const char *path = running->container->options->pid_file;
	auto_free char *text = NULL;
	struct err err = { 0 };

	if (!path)
		return;
	text = xasprintf("%d\n", running->init_pid);
	if (io_write_file(path, text, strlen(text), 0644, false, &err) < 0)
		err_report(&err, running->container->options->tool);
}

static void find_init(struct running *running)
{
	auto_buf struct buf text = { 0 };
	struct err ignored;
	uint32_t pid;

	if (running->init >= 0 || io_read_file(running->pid_file, 64, &text, &ignored) < 0)
		return;
	text.data[strcspn(text.data, "\n")] = '\0';
	if (!parse_u32(text.data, &pid) || pid <= 1 || pid > INT32_MAX)
		return;
	running->init = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (running->init < 0)
		return;
	if (!is_descendant(running, (pid_t)pid)) {
		close(steal_fd(&running->init));
		return;
	}
	running->init_pid = (pid_t)pid;
	copy_pid_file(running);
}

/* ---- signals ------------------------------------------------------------- */

static void send(const struct running *running, int signal)
{
	syscall(SYS_pidfd_send_signal, running->init, signal, NULL, 0);
}

static bool catches(const struct running *running, int signal)
{
	uint64_t caught = 0;

	return status_number(running->init_pid, "\nSigCgt:", 16, &caught) &&
	       caught >> (signal - 1) & 1;
}

static bool asks_for_the_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP ||
	       signal == SIGQUIT;
}

static void start_grace(const struct running *running)
{
	const struct itimerspec when = {
		.it_value.tv_sec = running->container->options->stop_timeout,
		.it_value.tv_nsec = 1, /* zero would mean never */
	};

	timerfd_settime(running->grace, 0, &when, NULL);
}

/*
 * The kernel drops what process 1 of a pid namespace does not catch; asked to
 * end, it would go on for ever.  So it is killed at once.
 */
static void deliver(struct running *running, int signal)
{
	bool caught;

	find_init(running);
	if (running->init < 0) {
		running->pending = signal;
		return;
	}
	caught = catches(running, signal);
	if (!asks_for_the_end(signal)) {
		if (caught || signal != SIGWINCH)
			send(running, caught ? signal : SIGKILL);
		if (!caught && signal != SIGWINCH && !running->stop)
			running->stop = signal;
		return;
	}
	if (running->stop || !caught)
		send(running, SIGKILL);
	else
		send(running, signal);
	if (!running->stop)
		running->stop = signal;
	start_grace(running);
}

static void take_signal(struct running *running)
{
	struct signalfd_siginfo info;

	if (read(running->container->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGCHLD)
		deliver(running, (int)info.ssi_signo);
}

static void take_pid_event(struct running *running)
{
	char events[4096];

	(void)!read(running->pid_event, events, sizeof(events));
	find_init(running);
	if (running->init >= 0 && running->pending) {
		int signal = running->pending;

		running->pending = 0;
		deliver(running, signal);
	}
}

/* ---- waiting ------------------------------------------------------------- */

enum { SIGNALS, RUNTIME, PID_EVENT, GRACE, SUPERVISOR, WATCHED };

static void wait_for_end(struct running *running, int runtime)
{
	struct pollfd fds[WATCHED] = {
		[SIGNALS] = { .fd = running->container->signals, .events = POLLIN },
		[RUNTIME] = { .fd = runtime, .events = POLLIN },
		[PID_EVENT] = { .fd = running->pid_event, .events = POLLIN },
		[GRACE] = { .fd = running->grace, .events = POLLIN },
		[SUPERVISOR] = { .fd = running->container->supervisor, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, WATCHED, -1) < 0 && errno != EINTR)
			return;
		if (fds[PID_EVENT].revents)
			take_pid_event(running);
		if (fds[SIGNALS].revents)
			take_signal(running);
		if (fds[GRACE].revents) {
			fds[GRACE].fd = -1;
			send(running, SIGKILL);
		}
		if (fds[SUPERVISOR].revents) {
			fds[SUPERVISOR].fd = -1;
			running->stop = SIGKILL;
			deliver(running, SIGTERM); /* the second: no grace */
		}
		if (fds[RUNTIME].revents)
			return;
	}
}

/* The runtime died before its container: end that, and have the runtime forget it. */
static void clean_after_runtime(struct running *running)
{
	const struct run_options *options = running->container->options;
	struct words words = { 0 };
	struct err ignored;
	pid_t pid;

	find_init(running);
	if (running->init >= 0)
		send(running, SIGKILL);
	add(&words, running->container->plan->facts.runtime);
	add_all(&words, options->globals);
	add_root(running, &words);
	add(&words, "delete");
	add(&words, "--force");
	add(&words, running->container->plan->facts.name);
	if (spawn((char *const *)(uintptr_t)words.words, false, &pid, &ignored) == 0)
		waitpid(pid, NULL, 0);
}

static int wait_for_runtime(struct running *running, struct err *err)
{
	const struct container *container = running->container;
	auto_close int runtime = (int)syscall(SYS_pidfd_open, running->runtime, 0);
	struct runtime_end end = {
		.log = running->log,
		.runtime = base_name(container->plan->facts.runtime),
	};
	siginfo_t info = { 0 };
	int status;

	if (runtime >= 0)
		wait_for_end(running, runtime);
	while (waitid(P_PID, (id_t)running->runtime, &info, WEXITED) < 0)
		if (errno != EINTR) {
			err_errno(err, "", "cannot learn how the runtime ended");
			return FAILED;
		}
	end.code = info.si_code;
	end.status = info.si_status;
	if (info.si_code != CLD_EXITED)
		clean_after_runtime(running);
	status = runtime_status(&end, err);
	if (running->stop && err->kind == ERR_NONE)
		return SIGNALLED + running->stop;
	return status;
}

static int run(struct running *running, struct err *err)
{
	running->pid_event = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	running->grace = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (running->pid_event < 0 || running->grace < 0 ||
	    inotify_add_watch(running->pid_event, running->container->data_path,
	                      IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
		err_errno(err, "", "cannot watch for the container");
		return FAILED;
	}
	if (start(running, err) < 0)
		return FAILED;
	return wait_for_runtime(running, err);
}

/* The user's choice; or ours, for a runtime that could not write to its own place. */
static char *choose_state(const struct container *container)
{
	if (container->options->runtime_root)
		return xstrdup(container->options->runtime_root);
	if (container->plan->facts.rootless)
		return xasprintf("%s/state", container->data_path);
	return NULL;
}

int container_run(const struct container *container, struct err *err)
{
	struct running running = {
		.container = container,
		.pid_file = xasprintf("%s/pid", container->data_path),
		.log = xasprintf("%s/runtime.log", container->data_path),
		.state = choose_state(container),
		.pid_event = -1,
		.grace = -1,
		.init = -1,
	};
	int status = run(&running, err);

	cleanup_close(&running.pid_event);
	cleanup_close(&running.grace);
	cleanup_close(&running.init);
	free(running.pid_file);
	free(running.log);
	free(running.state);
	return status;
}
