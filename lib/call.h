/*
 * call.h - layer 3: start a program as if nobody had started us
 *
 * A runtime gets a session of its own, so that no terminal's ^C reaches it but
 * through us; no signal blocked or ignored, a clean environment, the umask 022,
 * and no descriptor but those named here.
 */
#pragma once

#include <sys/types.h>

#include "journal.h"

struct call {
	const char *phase;      /* "run", "create", ...: for messages and the journal */
	char *const *argv;      /* argv[0] is the path */
	int dir;                /* of the directory to be in */
	int streams[3];         /* become 0, 1 and 2 */
	int ready;              /* becomes 3; 0: there is none */
	unsigned int preserve;  /* so many descriptors behind 2 stay open */
	bool dies_with_us;      /* killed when we die */
	bool unprivileged;      /* its file gives it no rights, which would spare it that */
	bool own_mounts;        /* in a mount namespace of its own */
	const char *const *env; /* NULL at the end; NULL: what one may know of ours */
	const struct journal *journal; /* gets the pid, before the program starts */
};

/* Start it; its pid, or -1 with *err filled in. */
pid_t call_start(const struct call *call, struct err *err) CHECKED;

/* Wait for it to end. */
void call_reap(pid_t pid);
