/*
 * filter.h - layer 4: the driver all filters share
 *
 * A filter reads one OCI runtime configuration on standard input, edits it,
 * and writes it to standard output.  A command supplies a description of
 * itself and a function from document to document; the driver does the rest:
 *
 *   parse options -> gather -> read -> check shape -> apply -> write, or report and exit
 *
 * Output is all or nothing: not one byte is written until apply() succeeds.
 */
#pragma once

#include <jansson.h>

#include "opt.h"

/* What a gather() or apply() may want of the driver. */
struct filter_run {
	char **operands; /* of the command line, NULL at the end */
	json_t *inputs;  /* append the name of each file read, as the user named it */
	uint64_t max_input;
	bool read_stdin; /* it has been read, so that nothing else can be */
};

struct filter {
	const char *name;     /* as in the manual and in every message */
	const char *summary;  /* the manual's .Nd line */
	const char *operands; /* for --help: "[--] [COMMAND [ARG...]]"; NULL: takes none */
	const struct opt *options; /* ends with a row whose name is NULL */
	size_t size;               /* sizeof the options struct, zeroed at start */

	/*
	 * What it may change, NULL at the end: JSON pointers, and of a shared list
	 * "/linux/namespaces[type=user]" or "[type!=user]", "/process/env[HOSTNAME=]".
	 * A pointer that begins with ! is not its own, though one above it is.  ""
	 * is everything, of any shape.
	 */
	const char *const *owns;

	/* What it only reads: JSON pointers; their shape is checked too.  May be NULL. */
	const char *const *reads;

	/* It makes a document: apply() gets an empty object and nothing is read. */
	bool makes;

	/* ...unless its options name one that it is to edit ("-": standard input), not
	 * NULL. */
	const char *(*base)(const void *options);

	/*
	 * Complete the options with facts from files; `doc` is as it was read (an
	 * empty object for a maker).  The only step that may look
	 * outside argv and standard input; NULL for most filters.
	 */
	int (*gather)(const json_t *doc, void *options, struct filter_run *run,
	              struct err *err);

	/*
	 * Edit `doc` in place.  Must be a pure function of its arguments and must
	 * be idempotent.  On failure the document is thrown away.
	 */
	int (*apply)(json_t *doc, const void *options, struct err *err);

	/*
	 * Append what an explaining option asked for about the finished `doc`: nothing
	 * if none was given.  At a terminal the driver writes only that, in a pipe
	 * to standard error, before the document.  1 if it went elsewhere, to a file,
	 * and is all that is wanted at a terminal nevertheless.  May be NULL.
	 */
	int (*explain)(const json_t *doc, const void *options, struct buf *to,
	               struct err *err);

	/*
	 * Answer an option like --check instead of filtering: append what is to be
	 * printed on standard output and set the exit status; false if there was no
	 * such option.  May be NULL.
	 */
	bool (*report)(const void *options, struct buf *to, int *status);

	/* Free what gather() allocated; may be NULL. */
	void (*done)(void *options);
};

/*
 * Parse the file `path`, or standard input if it is "-", and write it down among
 * the inputs; for gather().  The value is the caller's.
 */
int filter_read(struct filter_run *run, const char *path, json_t **ret,
                struct err *err) CHECKED;

/* The same without parsing it. */
int filter_read_text(struct filter_run *run, const char *path, struct buf *ret,
                     struct err *err) CHECKED;

int filter_main(const struct filter *filter, int argc, char *argv[]);
