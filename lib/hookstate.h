/*
 * hookstate.h - layer 3: the state that a hook is given, and need not read
 *
 * ocirun executes itself, called by a runtime in a hook's place (crunhooks.h):
 *
 *	WORD PATH ARG0 [ARG...]
 *
 * reads the state, and becomes the hook, whose standard input is a file with that state.
 */
#pragma once

#include "buf.h"
#include "err.h"

extern const char hookstate_word[];

/* All of the state, from standard input. */
int hookstate_read(struct buf *ret, struct err *err) CHECKED;

/* A descriptor from which this state can be read; the caller's. */
int hookstate_open(const struct buf *state, struct err *err) CHECKED;

/* Become the hook.  The words behind hookstate_word; the exit status, if that failed. */
int hookstate_main(char *const *words);
