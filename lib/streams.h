/*
 * streams.h - layer 3: the command's standard input, output and error
 *
 * A stream of ours is passed on as it is where that is safe.  It is not where
 * the runtime would give a file of ours to the process's user, where that user
 * could not open /dev/stdout, and where it is a terminal (whose input buffer
 * a program in the container could fill) or a directory (which leads out of it).
 * Then the command gets a pipe of its own, and we relay.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"
#include "relay.h"

struct streams {
	int inner[3]; /* what the runtime is given; owned until streams_started() */
	bool owned[3];
	struct relay relay;
};

struct streams_wish {
	int outer[3]; /* what we have, or -1: nothing */
	uid_t uid;    /* the process's ids, as they are outside of the container */
	gid_t gid;
	bool gives; /* the runtime is root's: what it passes on it gives away */
};

/* Make what is needed; the descriptors of `wish` stay the caller's. */
int streams_make(const struct streams_wish *wish, struct streams *ret,
                 struct err *err) CHECKED;

/* True if output and error go to the same place, where their order can be seen. */
bool streams_are_mixed(const struct streams *streams);

/* True if a write of the command may fail though there is a reader: a disk that is full. */
bool streams_can_fail(const struct streams *streams);

/* The container has its ends now: close ours. */
void streams_started(struct streams *streams);

/* Our terminal came to the foreground, perhaps: input from it may be read. */
void streams_recheck(struct streams *streams);

void streams_close(struct streams *streams);
