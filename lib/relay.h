/*
 * relay.h - layer 3: bytes from one descriptor to another
 *
 * Nothing blocks but poll(2), and nothing is stored beyond what a pipe holds: a
 * reader that is slow slows the writer.  The flags of descriptors that we share
 * with others (O_NONBLOCK) stay as they are.
 */
#pragma once

#include <poll.h>

#include "base.h"

enum { RELAY_MOST = 3, RELAY_POLLED = 2 * RELAY_MOST };

struct channel {
	int from, to; /* ours; -1 when it is over */
	bool input;   /* towards the container: it may end before the other side */
	bool spliced; /* pipe to pipe, without a copy */
	bool full;    /* waiting for `to`, not for `from` */
	bool quiet;   /* not read from for now: a terminal that is not ours */
	bool limited; /* only so many bytes more: `left` */
	size_t left;
	size_t piece; /* how much is written at once */
	int error;    /* errno of a write that failed, but for want of a reader */
	char *data;   /* owned, if not spliced: what has been read and not written */
	size_t at, len;
};

struct relay {
	struct channel channels[RELAY_MOST];
	size_t count;
};

/* Add a channel; it owns both descriptors.  The container's end does not block. */
struct channel *relay_add(struct relay *relay, int from, int to);

/* What to wait for, RELAY_POLLED entries; then act on what happened. */
void relay_watch(const struct relay *relay, struct pollfd *fds);
void relay_work(struct relay *relay, const struct pollfd *fds);

/* Stop those towards the container; true if no other one is left. */
void relay_close_input(struct relay *relay);
bool relay_is_over(const struct relay *relay);

/* Pass on what is there already and no more. */
void relay_limit(struct relay *relay);

void relay_close(struct relay *relay);
