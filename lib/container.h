/*
 * container.h - layer 4: run the runtime in the foreground and pass signals on
 */
#pragma once

#include "run.h"

struct container {
	const struct plan *plan;
	const struct run_options *options;
	const char *data_path; /* for the runtime's log and pid file */
	int signals;           /* signalfd */
	int supervisor;        /* pidfd: when it dies, the container must not live on */
};

/*
 * The exit status for the user: the command's, 128+N, 125, 126 or 127; *err is
 * filled in if there is something to say.
 */
int container_run(const struct container *container, struct err *err);
