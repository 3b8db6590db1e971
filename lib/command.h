/*
 * command.h - layer 3: will the container's command start?
 *
 * runc and crun spell a command that cannot be executed in many ways, and a
 * foreground run has no other way to say it than an exit status that the command
 * could have, too.  So we look first, as the kernel will.
 */
#pragma once

#include <sys/types.h>

#include "doc.h"

enum command {
	COMMAND_RUNS,
	COMMAND_MISSING, /* it, or its interpreter: 127 */
	COMMAND_REFUSED, /* a directory, or not executable: 126 */
	COMMAND_UNSURE,  /* below a mount, or not for us to tell */
};

struct command_view {
	int root;             /* the root filesystem */
	const json_t *config; /* what the runtime sees */
	uid_t uid;            /* who the process is on that file system */
	bool mounted;         /* all of it is there: hooks have run, mounts are made */
};

enum command command_look(const struct command_view *view);
