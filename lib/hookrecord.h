/*
 * hookrecord.h - layer 3: run a hook and write down how that went
 *
 * ocirun executes itself again, called by a runtime in a hook's place:
 *
 *	WORD FILE STAGE SECONDS PATH ARG0 [ARG...]
 *
 * with the hook's environment and the state on standard input.  What the hook
 * prints is passed on.  FILE is there and gets one JSON object.
 */
#pragma once

extern const char hookrecord_word[];

/* The words behind it; the exit status is the hook's. */
int hookrecord_main(char *const *words);
