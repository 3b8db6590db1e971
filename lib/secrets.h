/*
 * secrets.h - layer 4: secrets, taken from the caller and shown to a container alone
 *
 * --mount=type=secret (B185-B191).  Before anything is made on this host, each secret is
 * taken from its file, variable or descriptor into memory without a name.  From there it
 * goes, kernel to kernel, into a file of a file system in memory, in our own mount
 * namespace.  So it is never on a disk, in arguments, or in the environment of a program
 * that we start; once taken it is not in our own memory either, so in no core file; and
 * when we are gone, it is.
 */
#pragma once

#include "step.h"

struct secret {
	struct secret *next;
	const json_t *source; /* of the step; borrowed */
	int fd;               /* its bytes, sealed */
};

/*
 * Take all that the document names.  Variables are removed from our environment, also
 * where the kernel shows it to others; descriptors, of which the first `preserve` behind
 * 2 are the command's, are closed.  Descriptors are looked at first: open none before.
 */
int secrets_take(const json_t *doc, unsigned int preserve, struct secret **ret,
                 struct err *err) CHECKED;

void secrets_release(struct secret **list);

/* Until they are taken, no core file of ours is written; the state before, to be put back.
 */
int secrets_guard(void);
void secrets_unguard(int before);

/* Add a step for each secret of the document. */
void secrets_plan(struct plan *plan, const json_t *doc);

/* The directory in memory, in our mount namespace, that they are in: a descriptor. */
int secrets_place(const struct acting *acting, struct err *err) CHECKED;

/* Make the file that mountprep.h looks for, with its owner and mode. */
int secrets_act(const struct acting *acting, const json_t *step, struct err *err) CHECKED;
