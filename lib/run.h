/*
 * run.h - layer 4: carry out a plan
 *
 * Two processes.  The worker enters namespaces, acts, runs the runtime and takes
 * back what it did; the supervisor, which is the one that was started, passes
 * signals on and outlives it.  Whichever dies, the other ends the container and
 * cleans up; if both die, the next run does (reclaim.h).
 */
#pragma once

#include "plan.h"

enum keep { KEEP_NEVER, KEEP_ON_FAILURE, KEEP_ALWAYS };

struct run_options {
	const char *tool;           /* for messages */
	const struct buf *document; /* as it came */
	struct secret **secrets;    /* taken; released as soon as nobody needs them */
	const char *const *flags; /* of the runtime's `run` and `create`, NULL at the end */
	const char *const *globals; /* of the runtime itself, NULL at the end */
	const char *runtime_root;   /* its state, or NULL for its own choice */
	const char *pid_file;       /* a copy for the user, or NULL */
	int input;                  /* the command's standard input, or -1: /dev/null */
	unsigned int preserve;      /* so many descriptors behind 2 reach the command */
	unsigned int timeout;       /* seconds, or 0 */
	unsigned int stop_timeout;  /* seconds from a signal to SIGKILL */
	enum keep keep;
	bool warn;   /* of what is less than was asked for */
	bool chroot; /* we are the runtime (jail.h) */
	bool named;  /* by the user: then others may have a container of that name */
	bool verbose;
};

/*
 * The exit status for the user; messages have been printed.  The command line,
 * the document and the plan have been checked, nothing has been made yet.
 */
int run_plan(const struct plan *plan, const struct run_options *options);
