// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "parse.h"
#include "proc.h"

enum { MILLI = 1000, NANO_IN_MILLI = 1000000, DRAIN_SECONDS = 1, MOST_SAID = 4096 };

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * MILLI + (uint64_t)time.tv_nsec / NANO_IN_MILLI;
}

static void arm(struct watch *watch, enum deadline which, unsigned int seconds)
{
	watch->deadlines[which] = now() + (uint64_t)seconds * MILLI + 1;
}

/* ---- the container's process 1 ------------------------------------------- */

/* True if it handles the signal: by a handler, or blocked, to be waited for. */
static bool catches(const struct watch *watch, int signal)
{
	uint64_t caught = 0, blocked = 0;

	/* While it waits, a signal does not look blocked. */
	if (proc_syscall(watch->init) == SYS_rt_sigtimedwait)
		return true;

	if (!proc_number(watch->init, "SigCgt", 16, &caught) ||
	    !proc_number(watch->init, "SigBlk", 16, &blocked))
		return false;
	return (caught | blocked) >> (signal - 1) & 1;
}

void watch_kill_init(struct watch *watch)
{
	if (watch->init && !watch->init_end.over)
		proc_signal(watch->init_fd, SIGKILL);
}

/*
 * Tell process 1 what we were told.  The kernel drops what process 1 of a pid
 * namespace does not catch; asked to end it would go on for ever, so it is killed.
 */
static void tell(struct watch *watch, int signal)
{
	if (catches(watch, signal))
		proc_signal(watch->init_fd, signal);
	else
		watch_kill_init(watch);
}

static int read_pid(const struct watch *watch, pid_t *ret)
{
	auto_buf struct buf text = { 0 };
	struct err ignored;
	auto_close int fd = io_open_file(watch->pid_dir, watch->pid_file, &ignored);
	uint32_t pid;

	if (fd < 0 || io_read_all(fd, "", 64, &text, &ignored) < 0)
		return -1;
	text.data[strcspn(text.data, "\n")] = '\0';
	if (!parse_u32(text.data, &pid) || pid <= 1 || pid > INT32_MAX)
		return -1;
	*ret = (pid_t)pid;
	return 0;
}

static int write_down(const struct watch *watch, pid_t pid, struct err *err)
{
	uint64_t started;

	if (!proc_started(pid, &started))
		return err_set(err, ERR_HOST, "ended at once");
	return journal_add_new(watch->journal,
	                       json_pack("{s:i, s:o}", "init", pid, "started",
	                                 doc_u64(started)),
	                       err);
}

int watch_find_init(struct watch *watch, pid_t parent, struct err *err)
{
	auto_close int fd = -1;
	uint64_t above;
	pid_t pid;

	if (watch->init)
		return 0;
	if (read_pid(watch, &pid) == 0)
		fd = proc_open(pid);
	/* Looked up after it was opened, so that it is this process's parent. */
	if (fd < 0 || !proc_number(pid, "PPid", 10, &above) || (pid_t)above != parent)
		return err_set(err, ERR_HOST,
		               "wrote no pid of a child of its into the pid file");
	if (write_down(watch, pid, err) < 0)
		return -1;
	watch->init = pid;
	watch->init_fd = steal_fd(&fd);
	watch->init_ours = parent == getpid();
	watch->init_name = proc_name(pid);
	return 0;
}

/* ---- being told ---------------------------------------------------------- */

static void pass_on(struct watch *watch, int signal);

/* In a foreground run nobody says when there is a process 1, until somebody asks. */
static void look_for_init(struct watch *watch)
{
	auto_free char *dir = NULL;
	struct err ignored;

	if (watch->init || watch->hold || !watch->call)
		return;
	if (watch->pid_event < 0) {
		dir = xasprintf("/proc/self/fd/%d", watch->pid_dir);
		watch->pid_event = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (inotify_add_watch(watch->pid_event, dir, IN_CLOSE_WRITE | IN_MOVED_TO) <
		    0)
			return;
	}
	if (watch_find_init(watch, watch->call, &ignored) < 0)
		return;
	if (watch->user)
		pass_on(watch, watch->user);
	if (watch->forced)
		watch_kill_init(watch);
	else if (watch->stop)
		tell(watch, watch->stop);
}

static void ask_for_end(struct watch *watch, int signal)
{
	if (!watch->stop) {
		watch->stop = signal;
		arm(watch, DEADLINE_GRACE, watch->stop_timeout);
		if (watch->init)
			tell(watch, signal);
	} else {
		watch->forced = true;
		watch_kill_init(watch);
	}
	look_for_init(watch);
}

static void force_end(struct watch *watch, int signal)
{
	if (!watch->stop)
		watch->stop = signal;
	watch->forced = true;
	arm(watch, DEADLINE_GRACE, watch->stop_timeout);
	watch_kill_init(watch);
	look_for_init(watch);
}

/* SIGUSR1 and SIGUSR2: whoever does not catch them ends by them. */
static void pass_on(struct watch *watch, int signal)
{
	if (!watch->init) {
		watch->user = signal;
		look_for_init(watch);
	} else if (catches(watch, signal)) {
		proc_signal(watch->init_fd, signal);
	} else {
		force_end(watch, signal);
	}
}

static void be_told(struct watch *watch, int signal)
{
	switch (signal) {
	case SIGWINCH:
		if (watch->terminal->tty >= 0)
			terminal_resize(watch->terminal);
		else if (watch->init && catches(watch, signal))
			proc_signal(watch->init_fd, signal);
		break;
	case SIGUSR1:
	case SIGUSR2:
		pass_on(watch, signal);
		break;
	default:
		ask_for_end(watch, signal);
	}
}

static void read_control(struct watch *watch)
{
	unsigned char signals[64];
	ssize_t got = read(watch->control, signals, sizeof(signals));

	for (ssize_t i = 0; i < got; i++)
		be_told(watch, signals[i]);
	if (got == 0) {
		watch->control =
			-1; /* the supervisor is dead: nobody wants this any more */
		force_end(watch, SIGKILL);
	}
}

bool watch_asked(const struct watch *watch)
{
	return watch->stop != 0;
}

/* ---- children ------------------------------------------------------------ */

static bool reap(pid_t pid, struct ended *end)
{
	siginfo_t info = { 0 };

	if (end->over || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) < 0 ||
	    info.si_pid == 0)
		return false;
	*end = (struct ended){ true, info.si_code, info.si_status };
	return true;
}

/* A zombie still has its name. */
static void reap_init(struct watch *watch)
{
	auto_free char *name = NULL;
	siginfo_t info = { 0 };

	if (!watch->init_ours || watch->init_end.over ||
	    waitid(P_PID, (id_t)watch->init, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid == 0)
		return;
	name = proc_name(watch->init);
	watch->renamed = !str_equal(name, watch->init_name);
	reap(watch->init, &watch->init_end);
}

/* If process 1 has ended too, that was why. */
static void reap_helper(struct watch *watch)
{
	reap_init(watch);
	if (!reap(watch->helper, &watch->helper_end) || watch->init_end.over ||
	    !watch->helper_needed)
		return;
	watch->helper_lost = true;
	force_end(watch, SIGKILL);
}

/* The next child that has ended, which stays a zombie; 0 if there is none. */
static pid_t next_zombie(void)
{
	siginfo_t info = { 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_pid;
}

/* One by one, and looked at first: none may be reaped that somebody waits for. */
static void reap_all(struct watch *watch)
{
	pid_t pid;

	if (watch->hold) { /* one of the others may be process 1, of which we do not know */
		if (watch->call)
			reap(watch->call, &watch->call_end);
		return;
	}
	while ((pid = next_zombie()) > 0) {
		if (pid == watch->call)
			reap(watch->call, &watch->call_end);
		else if (pid == watch->init && watch->init_ours)
			reap_init(watch);
		else if (pid == watch->helper)
			reap_helper(watch);
		else
			waitpid(pid, NULL, WNOHANG);
	}
}

static void read_signals(struct watch *watch)
{
	struct signalfd_siginfo infos[8];
	ssize_t got = read(watch->signals, infos, sizeof(infos));

	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(*infos); i++) {
		if (infos[i].ssi_signo != SIGCONT)
			continue;
		streams_recheck(watch->streams);
		if (watch->terminal->master >= 0) {
			terminal_raw(watch->terminal);
			terminal_resize(watch->terminal);
		}
	}
	reap_all(watch);
}

/* ---- deadlines ----------------------------------------------------------- */

static void kill_call(const struct watch *watch)
{
	if (watch->call && !watch->call_end.over)
		kill(-watch->call, SIGKILL); /* it leads a session of its own */
}

static void meet(struct watch *watch, enum deadline which)
{
	bool again = watch->forced;

	switch (which) {
	case DEADLINE_TIMEOUT:
		watch->timed_out = true;
		ask_for_end(watch, SIGTERM);
		break;
	case DEADLINE_GRACE:
		force_end(watch, SIGKILL);
		if (again || !watch->init)
			kill_call(watch);
		break;
	case DEADLINE_CALL:
		kill_call(watch);
		break;
	case DEADLINE_READY:
		watch->helper_late = true;
		kill(-watch->helper, SIGKILL); /* it leads a session, too */
		break;
	case DEADLINE_DRAIN:
		relay_limit(&watch->streams->relay);
		break;
	case DEADLINES:
		break;
	}
}

static void meet_deadlines(struct watch *watch)
{
	uint64_t time = now();

	for (enum deadline i = 0; i < DEADLINES; i++) {
		if (!watch->deadlines[i] || time < watch->deadlines[i])
			continue;
		watch->deadlines[i] = 0;
		meet(watch, i);
	}
}

/* Milliseconds for poll(2). */
static int until_deadline(const struct watch *watch)
{
	uint64_t time = now(), next = UINT64_MAX;

	for (enum deadline i = 0; i < DEADLINES; i++)
		if (watch->deadlines[i] && watch->deadlines[i] < next)
			next = watch->deadlines[i];
	if (next == UINT64_MAX)
		return -1;
	if (next <= time)
		return 0;
	return next - time > INT_MAX ? INT_MAX : (int)(next - time);
}

/* ---- looking, while something else is done -------------------------------- */

void watch_look(struct watch *watch)
{
	struct pollfd fd = { .fd = watch->control, .events = POLLIN };

	if (poll(&fd, 1, 0) == 1)
		read_control(watch);
	meet_deadlines(watch);
}

/* Milliseconds to the next deadline, or to `end`; -1: neither will come. */
static int until(const struct watch *watch, uint64_t end)
{
	int next = until_deadline(watch);
	uint64_t time = now(), left = end > time ? end - time : 0;

	return end == UINT64_MAX || (next >= 0 && (uint64_t)next < left) ? next : (int)left;
}

int watch_other(struct watch *watch, int fd, int milliseconds)
{
	uint64_t end = milliseconds < 0 ? UINT64_MAX : now() + (uint64_t)milliseconds;

	for (;;) {
		struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
			                { .fd = watch->control, .events = POLLIN } };

		if (poll(fds, ARRAY_LEN(fds), until(watch, end)) > 0 && fds[0].revents)
			return 1;
		watch_look(watch);
		if (watch_asked(watch))
			return -1;
		if (now() >= end)
			return 0;
	}
}

/* ---- waiting ------------------------------------------------------------- */

static void accept_terminal(struct watch *watch)
{
	int got = terminal_accept(watch->terminal, watch->err);

	if (got > 0)
		got = terminal_start(watch->terminal, &watch->streams->relay, watch->err);
	if (got < 0)
		force_end(watch, SIGKILL);
}

static void read_pid_event(struct watch *watch)
{
	char events[4096];

	(void)!read(watch->pid_event, events, sizeof(events));
	look_for_init(watch);
}

/* Keep the end of it; all must be read, or the writer would wait for ever. */
static void read_said(struct watch *watch)
{
	char text[4096];
	ssize_t got = read(watch->said_fd, text, sizeof(text));

	if (got <= 0) {
		close(steal_fd(&watch->said_fd));
		return;
	}
	buf_add(&watch->said, text, (size_t)got);
	if (watch->said.len > MOST_SAID) {
		size_t rest = watch->said.len - MOST_SAID;

		memmove(watch->said.data, watch->said.data + rest, MOST_SAID + 1);
		watch->said.len = MOST_SAID;
	}
}

int watch_listen(struct watch *watch, struct err *err)
{
	int ends[2];

	cleanup_close(&watch->said_fd);
	watch->said_fd = -1;
	buf_free(&watch->said);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	watch->said_fd = ends[0];
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return ends[1];
	close(ends[1]);
	return err_errno(err, "", "cannot use a pipe");
}

/* It says little, and once. */
static void read_ready(struct watch *watch)
{
	char text[64];
	ssize_t got = read(watch->ready_fd, text, sizeof(text));

	if (got > 0)
		buf_add(&watch->ready, text, (size_t)got);
	close(steal_fd(&watch->ready_fd));
}

enum {
	CONTROL,
	SIGNALS,
	PID_EVENT,
	CONSOLE,
	SAID,
	READY,
	RELAY,
	WATCHED = RELAY + RELAY_POLLED
};

static void wait_once(struct watch *watch)
{
	struct pollfd fds[WATCHED] = {
		[CONTROL] = { .fd = watch->control, .events = POLLIN },
		[SIGNALS] = { .fd = watch->signals, .events = POLLIN },
		[PID_EVENT] = { .fd = watch->pid_event, .events = POLLIN },
		[CONSOLE] = { .fd = watch->terminal->listener, .events = POLLIN },
		[SAID] = { .fd = watch->said_fd, .events = POLLIN },
		[READY] = { .fd = watch->ready_fd, .events = POLLIN },
	};

	relay_watch(&watch->streams->relay, fds + RELAY);
	if (poll(fds, WATCHED, until_deadline(watch)) < 0)
		return;
	if (fds[CONTROL].revents)
		read_control(watch);
	if (fds[CONSOLE].revents)
		accept_terminal(watch);
	relay_work(&watch->streams->relay, fds + RELAY);
	if (fds[SAID].revents)
		read_said(watch);
	if (fds[READY].revents)
		read_ready(watch);
	if (fds[PID_EVENT].revents)
		read_pid_event(watch);
	if (fds[SIGNALS].revents)
		read_signals(watch);
	meet_deadlines(watch);
}

void watch_start(struct watch *watch, unsigned int timeout)
{
	watch->pid_event = -1;
	watch->init_fd = -1;
	watch->said_fd = -1;
	watch->ready_fd = -1;
	if (timeout)
		arm(watch, DEADLINE_TIMEOUT, timeout);
}

void watch_stop(struct watch *watch)
{
	cleanup_close(&watch->pid_event);
	cleanup_close(&watch->init_fd);
	cleanup_close(&watch->said_fd);
	buf_free(&watch->said);
	watch_forget_helper(watch);
	free(watch->init_name);
}

void watch_call(struct watch *watch, pid_t call, unsigned int seconds)
{
	watch->call = call;
	watch->call_end = (struct ended){ 0 };
	if (seconds)
		arm(watch, DEADLINE_CALL, seconds);
	while (!watch->call_end.over)
		wait_once(watch);
	/* What it started may go on talking for ever. */
	for (int i = 0; i < 64 && watch->said_fd >= 0; i++)
		read_said(watch);
	watch->deadlines[DEADLINE_CALL] = 0;
	watch->call = 0;
}

void watch_helper(struct watch *watch, pid_t helper, int ready, unsigned int seconds)
{
	watch->helper = helper;
	watch->helper_end = (struct ended){ 0 };
	watch->ready_fd = ready;
	arm(watch, DEADLINE_READY, seconds);
	while (watch->ready.len == 0 && !watch->helper_end.over && !watch->init_end.over &&
	       !watch_asked(watch))
		wait_once(watch);
	watch->deadlines[DEADLINE_READY] = 0;
	watch->helper_needed = watch->ready.len > 0;
}

void watch_forget_helper(struct watch *watch)
{
	watch->helper = 0;
	watch->helper_needed = false;
	cleanup_close(&watch->ready_fd);
	watch->ready_fd = -1;
	buf_free(&watch->ready);
}

void watch_init(struct watch *watch)
{
	reap_all(watch); /* it may have ended before it was known */
	while (!watch->init_end.over)
		wait_once(watch);
	watch->deadlines[DEADLINE_TIMEOUT] = 0;
}

void watch_drain(struct watch *watch)
{
	relay_close_input(&watch->streams->relay);
	arm(watch, DEADLINE_DRAIN, DRAIN_SECONDS);
	while (!relay_is_over(&watch->streams->relay)) {
		if (watch_asked(watch) && !watch->deadlines[DEADLINE_DRAIN])
			break;
		wait_once(watch);
	}
	watch->deadlines[DEADLINE_DRAIN] = 0;
}
