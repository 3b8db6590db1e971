/*
 * nethelper.h - layer 4: a program that connects a container as long as that lives
 *
 * It says that it is ready on descriptor 3, or on its standard input.  What it
 * prints is kept, up to a limit, for the day it fails.  It dies when we do.
 */
#pragma once

#include "call.h"
#include "runtime.h"
#include "watch.h"

struct nethelper {
	const char *name;   /* for messages */
	struct words words; /* its path comes first */
	int netns;          /* its standard output, or -1: that is kept too */
	bool own_mounts;
	bool (*is_ready)(const char *said);
};

/*
 * Start it and wait until it is ready.  *log, which the caller closes, is what it
 * prints.
 */
int nethelper_start(struct nethelper *helper, struct watch *watch, int *log,
                    struct err *err) CHECKED;

/* Kill and reap it, if it is still there. */
void nethelper_stop(struct watch *watch);

/* Say how it ended while the container needed it. */
int nethelper_blame(const char *name, const struct ended *end, int log, struct err *err);
