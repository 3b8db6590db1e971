/*
 * watch.h - layer 4: wait for what a container does, and for what it is told
 *
 * The worker's one place to wait: for the runtime's calls and the container's
 * process 1 to end, for signals that the supervisor passes on, for deadlines,
 * and for streams to relay.  Nothing is polled.
 */
#pragma once

#include <sys/types.h>

#include "journal.h"
#include "streams.h"
#include "terminal.h"

struct ended {
	bool over;
	int code, status; /* as waitid(2) gives them */
};

enum deadline {
	DEADLINE_TIMEOUT,
	DEADLINE_GRACE,
	DEADLINE_CALL,
	DEADLINE_READY,
	DEADLINE_DRAIN,
	DEADLINES
};

struct watch {
	/* The owner's. */
	int control;               /* signals, a byte each; its end: the supervisor died */
	int signals;               /* signalfd of SIGCHLD and SIGCONT */
	unsigned int stop_timeout; /* seconds from a signal to SIGKILL */
	const char *pid_file;      /* the runtime writes it */
	int pid_dir;               /* of its directory */
	const struct journal *journal; /* gets the pid of process 1 */
	struct streams *streams;
	struct terminal *terminal;

	bool hold; /* children that we do not know may be process 1: leave them */

	/* Ours. */
	uint64_t deadlines[DEADLINES]; /* milliseconds; 0: none */
	pid_t call;                    /* the runtime's call under way, or 0 */
	struct ended call_end;
	pid_t init;     /* the container's process 1, or 0 while it is not known */
	int init_fd;    /* pidfd, or -1 */
	bool init_ours; /* our child: it tells us how it ended */
	struct ended init_end;
	char *init_name; /* of its program, when it was created; owned */
	bool renamed;    /* it had another name when it ended: the command was executed */
	int pid_event;   /* inotify, or -1 */
	int said_fd;     /* a pipe from the call's standard error, or -1 */
	struct buf said; /* the last of what came */
	pid_t helper;    /* a program that process 1 cannot do without, or 0 */
	struct ended helper_end;
	bool helper_needed; /* it has said that it is ready */
	bool helper_lost;   /* it ended before process 1 did */
	bool helper_late;   /* it was killed because it was not ready in time */
	int ready_fd;       /* where it says that it is ready, or -1 */
	struct buf ready;   /* what it said there */
	int stop;           /* the first signal that asked for the end, or 0 */
	int user;           /* another signal, to be passed on when there is a process 1 */
	bool forced;        /* no more grace */
	bool timed_out;
	struct err *err; /* what went wrong while we waited, if it has a kind */
};

void watch_start(struct watch *watch, unsigned int timeout);
void watch_stop(struct watch *watch);

/* A new pipe for the standard error of the next call, whose last words are kept. */
int watch_listen(struct watch *watch, struct err *err) CHECKED;

/* Wait until the call has ended, process 1 has, or nothing is left to relay. */
void watch_call(struct watch *watch, pid_t call, unsigned int seconds);
void watch_init(struct watch *watch);
void watch_drain(struct watch *watch);

/*
 * Wait until a helper has said that it is ready, on `ready`, which is taken over;
 * until it has ended, or is killed because it takes longer; or until the container
 * is to end.  From then on the container ends when the helper does.
 */
void watch_helper(struct watch *watch, pid_t helper, int ready, unsigned int seconds);

/*
 * Wait, at most so many milliseconds (-1: for ever), until another descriptor can be read
 * or has ended: 1; 0: not in time; -1: the container is to end.
 */
int watch_other(struct watch *watch, int fd, int milliseconds);

/* It is dead and reaped, or about to be. */
void watch_forget_helper(struct watch *watch);

/* True once the user, the clock or the supervisor's death wants the container to end. */
bool watch_asked(const struct watch *watch);

/* Take what the supervisor said, and what the clock says, without waiting. */
void watch_look(struct watch *watch);

/*
 * Read the pid file.  Only a child of `parent` is believed to be process 1: 0,
 * or -1 if there is none such.
 */
int watch_find_init(struct watch *watch, pid_t parent, struct err *err);

void watch_kill_init(struct watch *watch);
