/*
 * run.h - layer 4: carry out a plan
 *
 * Two processes.  The worker enters namespaces, acts and runs the runtime; the
 * supervisor, which is the one that was started, passes signals on, outlives
 * the worker and removes what is left.  Each sees the other's death by pidfd.
 */
#pragma once

#include "plan.h"

struct run_options {
	const char *tool;           /* for messages */
	const char *const *flags;   /* of the runtime's `run`, NULL at the end */
	const char *const *globals; /* of the runtime itself, NULL at the end */
	const char *runtime_root;   /* its state, or NULL for its own choice */
	const char *pid_file;       /* a copy for the user, or NULL */
	bool keep_input;            /* the command's standard input is ours */
	unsigned int stop_timeout;  /* seconds from a signal to SIGKILL */
};

/*
 * The exit status for the user; messages have been printed.  The command line,
 * the document and the plan have been checked, nothing has been made yet.
 */
int run_plan(const struct plan *plan, const struct run_options *options);
