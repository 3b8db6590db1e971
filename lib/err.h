/*
 * err.h - layer 0: what went wrong, where, and what to do about it
 *
 * A function that can fail takes a `struct err *` as its last parameter and
 * returns 0, or -1 with *err filled in.  Nothing below the driver prints or
 * exits.  The struct lives in its caller's frame and never allocates, so
 * reporting an error cannot itself fail.  On success *err is untouched.
 */
#pragma once

#include "base.h"

/* The kinds are the exit statuses of filters; ocirun(1) has its own. */
enum err_kind {
	ERR_NONE = 0,
	ERR_INPUT = 1,  /* the document is not JSON, or not what OCI says */
	ERR_USAGE = 2,  /* the command line is wrong */
	ERR_HOST = 3,   /* this host cannot do what was asked */
	ERR_SYSTEM = 4, /* a system call failed */
	ERR_QUIET = 5,  /* an input error that an earlier stage has already explained */
};

struct err {
	enum err_kind kind;
	char what[512];  /* "must be a string, but is null" */
	char where[512]; /* a JSON pointer, "line 3, column 17", an option or a file */
	char hint[512];  /* "known: pid, network, mount, ..." */
};

/* Fill *err and return -1, so that a failing function ends in one statement. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF(3, 4);

/* The same for a wrong document; `where` is a JSON pointer. */
int err_at(struct err *err, const char *where, const char *fmt, ...) PRINTF(3, 4);

/* The same for a failed system call: the text, then what errno says. */
int err_errno(struct err *err, const char *where, const char *fmt, ...) PRINTF(3, 4);

/* Add to an error already set; each returns -1 too. */
int err_where(struct err *err, const char *fmt, ...) PRINTF(2, 3); /* replaces */
int err_hint(struct err *err, const char *fmt, ...) PRINTF(2, 3);
int err_under(struct err *err, const char *prefix); /* "/type" -> "/linux/type" */

/*
 * On standard error: a line "tool: where: what", one for the hint if there is
 * one, and where to find help if the command line is wrong.
 */
void err_report(const struct err *err, const char *tool);
