/*
 * worker.h - layer 4: the process that acts
 */
#pragma once

#include <sys/types.h>

#include "journal.h"
#include "run.h"

struct worker {
	const struct plan *plan;
	const struct run_options *options;
	const char *data_path; /* the bundle's directory, on the host */
	int data;
	const struct journal *journal;
	int signals;    /* signalfd */
	int supervisor; /* pidfd */
	int maps[2];    /* rootless: the worker's end and the supervisor's */
};

/* In the supervisor, before and after the fork. */
int worker_prepare(struct worker *worker, struct err *err) CHECKED;
void worker_serve_maps(struct worker *worker, pid_t pid, const char *tool);
void worker_done(struct worker *worker);

/* In the worker: the exit status for the user; then, whether the supervisor has died. */
int worker_main(struct worker *worker);
bool worker_alone(const struct worker *worker);
