/*
 * containerparts.h - layer 4: the parts that container.c is put together from
 */
#pragma once

#include "command.h"
#include "container.h"

/* What the user is told, as by env(1) and timeout(1). */
enum {
	STATUS_TIMED_OUT = 124,
	STATUS_FAILED = 125,
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNALLED = 128 /* and the signal */
};

/* A run under way. */
struct running {
	const struct container *container;
	struct watch *watch;
	enum command command;
};

/* ---- containercall.c: calls of the runtime ------------------------------- */

/*
 * "run" or "create", whose streams the container's process inherits: 0 once it has ended,
 * as watch.call_end says; -1 if it could not be started.
 */
int container_make(const struct running *running, const char *phase,
                   struct err *err) CHECKED;

/*
 * "start", "delete" and "state", with a flag or NULL: none of our streams is theirs, but
 * what they say is heard.  0 if it succeeded.
 */
int container_call(const struct running *running, const char *phase, const char *flag,
                   struct err *err) CHECKED;

/* Whether the last call did what was asked. */
bool container_succeeded(const struct running *running);

/* The exit status for a call that did not, and why. */
int container_blame(const struct running *running, const char *phase, struct err *err);

/* Nothing of the container may outlive its process 1. */
void container_kill_rest(const struct running *running);

/* Whatever state it is in: end it, and have the runtime forget it. */
void container_abandon(const struct running *running);

/* Have the runtime forget it, once it has ended. */
void container_delete(const struct running *running);

/* ---- containercommand.c: what becomes of the command --------------------- */

/* container_blame(), but naming the command, which the runtime's words may not do. */
int container_blame_command(const struct running *running, const char *phase,
                            struct err *err);

/* What a runtime's create did not look at, we can see now as the command will. */
void container_look_again(struct running *running);

/* Why it is missing or refused; the exit status for that. */
int container_not_started(const struct running *running, enum command why, struct err *err);

/* The exit status that the end of process 1 means. */
int container_status(const struct running *running, struct err *err);

/* ---- containerforeground.c: the runtime's foreground run ----------------- */

/* The exit status. */
int container_run_in_foreground(const struct running *running, struct err *err);

/* ---- containercreate.c: create, start, wait, delete ---------------------- */

/* The exit status. */
int container_run_created(struct running *running, struct err *err);
