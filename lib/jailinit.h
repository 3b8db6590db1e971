/*
 * jailinit.h - layer 3: process 1 of a container in chroot isolation
 */
#pragma once

#include "jailparts.h"

/* What the two sides tell each other through the channel, a byte each. */
enum jail_byte {
	JAIL_MAPPED = 'M',  /* to process 1: your ids are mapped */
	JAIL_NO_PROC = 'P', /* from it: no new proc can be had; it has ended */
	JAIL_READY = 'R',   /* from it: nothing is left but to execute the command */
	JAIL_GO = 'G',      /* to it */
};

struct jail_process {
	struct jail *jail;
	int channel;
	int start; /* where JAIL_GO comes from: the channel, or a FIFO */
	int owner; /* pidfd of whoever will write to the FIFO, or -1 */
	bool waits_for_maps;
	int unshare; /* namespaces to make once it is root: what is in them is its own then
	              */
};

/* In the new process and its new namespaces.  What goes wrong is written to the log. */
_Noreturn void jail_init(const struct jail_process *process);
