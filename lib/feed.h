/*
 * feed.h - layer 3: give a program bytes and collect what it answers, within limits
 *
 * The program runs in "/", in a process group of its own, with the arguments
 * and the environment given and no descriptor but its standard ones.  It has
 * ended when its first process has ended: what that left behind in its group
 * is killed, and nobody waits for whoever else holds its output open.
 */
#pragma once

#include "buf.h"
#include "err.h"

struct feed {
	const char *path; /* names it in errors */
	char *const *argv;
	char *const *envp;
	const void *input; /* it need not read it */
	size_t len;
	uint64_t seconds;  /* before it is killed */
	size_t max_output; /* bytes */
};

/*
 * Its standard output, if it exits with status 0.  Else ERR_HOST, with the last
 * line of its standard error.  A signal that ends us ends it first.
 */
int feed_run(const struct feed *feed, struct buf *output, struct err *err) CHECKED;
