// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "watchparts.h"

enum { DRAIN_SECONDS = 1, MOST_SAID = 4096 };

void watch_start(struct watch *watch, unsigned int timeout)
{
	watch->pid_event = -1;
	watch->init_fd = -1;
	watch->said_fd = -1;
	watch->ready_fd = -1;
	if (timeout)
		watch_arm(watch, DEADLINE_TIMEOUT, timeout);
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

/* ---- what comes while we wait -------------------------------------------- */

static void accept_terminal(struct watch *watch)
{
	int got = terminal_accept(watch->terminal, watch->err);

	if (got > 0)
		got = terminal_start(watch->terminal, &watch->streams->relay, watch->err);
	if (got < 0)
		watch_force_end(watch, SIGKILL);
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
	if (poll(fds, WATCHED, watch_until(watch, WATCH_NEVER)) < 0)
		return;
	if (fds[CONTROL].revents)
		watch_read_control(watch);
	if (fds[CONSOLE].revents)
		accept_terminal(watch);
	relay_work(&watch->streams->relay, fds + RELAY);
	if (fds[SAID].revents)
		read_said(watch);
	if (fds[READY].revents)
		read_ready(watch);
	if (fds[PID_EVENT].revents)
		watch_read_pid_event(watch);
	if (fds[SIGNALS].revents)
		watch_read_signals(watch);
	watch_meet_deadlines(watch);
}

/* ---- waiting ------------------------------------------------------------- */

void watch_call(struct watch *watch, pid_t call, unsigned int seconds)
{
	watch->call = call;
	watch->call_end = (struct ended){ 0 };
	if (seconds)
		watch_arm(watch, DEADLINE_CALL, seconds);
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
	watch_arm(watch, DEADLINE_READY, seconds);
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
	watch_reap_all(watch); /* it may have ended before it was known */
	while (!watch->init_end.over)
		wait_once(watch);
	watch->deadlines[DEADLINE_TIMEOUT] = 0;
}

void watch_drain(struct watch *watch)
{
	relay_close_input(&watch->streams->relay);
	watch_arm(watch, DEADLINE_DRAIN, DRAIN_SECONDS);
	while (!relay_is_over(&watch->streams->relay)) {
		if (watch_asked(watch) && !watch->deadlines[DEADLINE_DRAIN])
			break;
		wait_once(watch);
	}
	watch->deadlines[DEADLINE_DRAIN] = 0;
}

/* ---- looking, while something else is done ------------------------------- */

void watch_look(struct watch *watch)
{
	struct pollfd fd = { .fd = watch->control, .events = POLLIN };

	if (poll(&fd, 1, 0) == 1)
		watch_read_control(watch);
	watch_meet_deadlines(watch);
}

int watch_other(struct watch *watch, int fd, int milliseconds)
{
	uint64_t end =
		milliseconds < 0 ? WATCH_NEVER : watch_now() + (uint64_t)milliseconds;

	for (;;) {
		struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
			                { .fd = watch->control, .events = POLLIN } };

		if (poll(fds, ARRAY_LEN(fds), watch_until(watch, end)) > 0 &&
		    fds[0].revents)
			return 1;
		watch_look(watch);
		if (watch_asked(watch))
			return -1;
		if (watch_now() >= end)
			return 0;
	}
}
