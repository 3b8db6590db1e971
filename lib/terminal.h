/*
 * terminal.h - layer 3: our terminal, and the new one in the container
 *
 * The container never gets ours: it has a pty of its own, whose other side the
 * runtime hands us through a socket (runc's docs/terminals.md), and what is
 * typed and printed is relayed.  Ours is in raw mode meanwhile, so that ^C and
 * ^Z mean the container's processes.
 */
#pragma once

#include <termios.h>

#include "err.h"
#include "relay.h"

struct terminal {
	int tty; /* /dev/tty, which does not block; -1: there is no terminal */
	struct termios saved;
	int listener; /* where the runtime connects, then its connection */
	bool connected;
	bool sized; /* by the document: ours counts only when it changes */
	int master; /* of the container's pty; the relay's copies are its own */
};

#define TERMINAL_NONE                                   \
	{                                               \
		.tty = -1, .listener = -1, .master = -1 \
	}

/* Our controlling terminal, as it is now. */
int terminal_open(struct terminal *ret, struct err *err) CHECKED;

/* Listen at `name` in the directory. */
int terminal_listen(struct terminal *terminal, int dir, const char *name,
                    struct err *err) CHECKED;

/* Take the master from whoever has connected; 1, or 0 if nobody has. */
int terminal_accept(struct terminal *terminal, struct err *err) CHECKED;

/* Raw mode (unless we are in the background), our size, and the relay. */
int terminal_start(struct terminal *terminal, struct relay *relay, struct err *err) CHECKED;

/* Our size has changed, or we have been continued. */
void terminal_resize(const struct terminal *terminal);
void terminal_raw(const struct terminal *terminal);

/* As it was when it was opened.  May be called more than once, by any process. */
void terminal_restore(const struct terminal *terminal);

void terminal_close(struct terminal *terminal);
