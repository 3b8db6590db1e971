/*
 * jail.h - layer 4: chroot isolation, a container without a runtime
 *
 * ocirun executes itself again (jailprogram.h), and is then called as a runtime is:
 *
 *	WORD --root DIR --log FILE --log-format json run|create OPTION... NAME
 *	WORD --root DIR --log FILE --log-format json start|state|delete NAME
 *
 * So streams, signals, the terminal, the journal and the end are the same code as
 * for runc and crun.  It has no environment and no descriptors but those given.
 */
#pragma once

extern const char jail_word[];

/* The words behind jail_word; the exit status. */
int jail_main(char *const *words);
