/*
 * worker.h - layer 4: the process that acts
 */
#pragma once

#include <sys/types.h>

#include "place.h"
#include "run.h"
#include "terminal.h"

struct worker {
	const struct plan *plan;
	const struct run_options *options;
	const json_t *runtime; /* the words before its command */
	struct place *place;
	struct terminal *terminal;
	int control[2]; /* a pipe from the supervisor: signals, a byte each */
	int maps[2];    /* rootless: the worker's end and the supervisor's */
};

/* In the supervisor, before and after the fork. */
int worker_prepare(struct worker *worker, struct err *err) CHECKED;
void worker_serve_maps(struct worker *worker, pid_t pid);
void worker_done(struct worker *worker);

/* In the worker: the exit status for the user. */
int worker_main(struct worker *worker);
