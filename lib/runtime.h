/*
 * runtime.h - layer 3: runc and crun
 */
#pragma once

#include <sys/types.h>

#include "err.h"

struct runtime {
	char *path;      /* owned */
	const char *why; /* it was chosen, for people */
};

/*
 * The runtime `wanted` (a name or a path), or, if it is NULL, the first of crun
 * and runc that can run on this host.
 */
int runtime_find(const char *wanted, struct runtime *ret, struct err *err) CHECKED;

/* How a foreground run ended. */
struct runtime_end {
	int status; /* as waitid(2): si_code and si_status */
	int code;
	const char *log;     /* path of the runtime's log */
	const char *runtime; /* its name */
};

/*
 * The exit status for the user: the command's; 125 if the runtime failed, 126
 * and 127 if it says that the command could not be executed or found; then *err
 * is filled in with the first cause in the runtime's log.
 */
int runtime_status(const struct runtime_end *end, struct err *err);
