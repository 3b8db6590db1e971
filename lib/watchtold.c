// SPDX-License-Identifier: Apache-2.0
#include "watchparts.h"

#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc.h"

/* ---- telling process 1 --------------------------------------------------- */

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

/* No more grace. */
static void end_now(struct watch *watch, int signal)
{
	if (!watch->stop)
		watch->stop = signal;
	watch->forced = true;
	watch_arm(watch, DEADLINE_GRACE, watch->stop_timeout);
	watch_kill_init(watch);
}

/* SIGUSR1 and SIGUSR2: whoever does not catch them ends by them. */
static void tell_user(struct watch *watch, int signal)
{
	if (catches(watch, signal))
		proc_signal(watch->init_fd, signal);
	else
		end_now(watch, signal);
}

/* Hear when the pid file is written; false if that cannot be had. */
static bool hear_of_init(struct watch *watch)
{
	auto_free char *dir = NULL;

	if (watch->pid_event >= 0)
		return true;
	dir = xasprintf("/proc/self/fd/%d", watch->pid_dir);
	watch->pid_event = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return inotify_add_watch(watch->pid_event, dir, IN_CLOSE_WRITE | IN_MOVED_TO) >= 0;
}

/*
 * In a foreground run nobody says when there is a process 1, until somebody asks.  Then
 * it is told what came before it.
 */
static void look_for_init(struct watch *watch)
{
	struct err ignored;

	if (watch->init || watch->hold || !watch->call || !hear_of_init(watch) ||
	    watch_find_init(watch, watch->call, &ignored) < 0)
		return;
	if (watch->user)
		tell_user(watch, watch->user);
	if (watch->forced)
		watch_kill_init(watch);
	else if (watch->stop)
		tell(watch, watch->stop);
}

void watch_read_pid_event(struct watch *watch)
{
	char events[4096];

	(void)!read(watch->pid_event, events, sizeof(events));
	look_for_init(watch);
}

/* ---- being told ---------------------------------------------------------- */

void watch_ask_for_end(struct watch *watch, int signal)
{
	if (!watch->stop) {
		watch->stop = signal;
		watch_arm(watch, DEADLINE_GRACE, watch->stop_timeout);
		if (watch->init)
			tell(watch, signal);
	} else {
		watch->forced = true;
		watch_kill_init(watch);
	}
	look_for_init(watch);
}

void watch_force_end(struct watch *watch, int signal)
{
	end_now(watch, signal);
	look_for_init(watch);
}

static void pass_on(struct watch *watch, int signal)
{
	if (watch->init) {
		tell_user(watch, signal);
		return;
	}
	watch->user = signal;
	look_for_init(watch);
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
		watch_ask_for_end(watch, signal);
	}
}

void watch_read_control(struct watch *watch)
{
	unsigned char signals[64];
	ssize_t got = read(watch->control, signals, sizeof(signals));

	for (ssize_t i = 0; i < got; i++)
		be_told(watch, signals[i]);
	if (got == 0) {
		/* The supervisor is dead: nobody wants this any more. */
		watch->control = -1;
		watch_force_end(watch, SIGKILL);
	}
}

void watch_read_signals(struct watch *watch)
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
	watch_reap_all(watch);
}

bool watch_asked(const struct watch *watch)
{
	return watch->stop != 0;
}
