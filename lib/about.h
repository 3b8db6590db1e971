/*
 * about.h - layer 4: what a tool says about itself
 *
 * --help, --version and --introspect are the same in every tool, and read the
 * same tables as the parser.
 */
#pragma once

#include "opt.h"

struct about {
	const char *name;
	const char *summary;
	const char *operands; /* "[FILE]"; NULL: takes none */

	/* Tables of rows, each ends with a row whose name is NULL: its own... */
	const struct opt *options;
	/* ...and those that it shares with others, NULL at the end; may be NULL. */
	const struct opt *const *common;

	/* As in struct filter: JSON pointers, NULL at the end; may be NULL. */
	const char *const *owns;
	const char *const *reads;
	bool makes;
};

enum about_question { ABOUT_NOTHING, ABOUT_HELP, ABOUT_VERSION, ABOUT_INTROSPECT };

/* An int: which question was asked. */
opt_setter about_ask;

/* The rows that ask; `place` is the int's place in the options struct. */
/* clang-format off */
#define ABOUT_ROWS(place) \
	{ .letter = 'h', .name = "help", .set = about_ask, .at = (place), .data = ABOUT_HELP, \
	  .answers = true, .help = "show this help" }, \
	{ .letter = 'V', .name = "version", .set = about_ask, .at = (place), \
	  .data = ABOUT_VERSION, .answers = true, .help = "show the version" }, \
	{ .name = "introspect", .set = about_ask, .at = (place), .data = ABOUT_INTROSPECT, \
	  .answers = true, .hidden = true, .help = "show this table as JSON" }
/* clang-format on */

/* Answer on standard output, and close it. */
int about_answer(const struct about *tool, int question, struct err *err) CHECKED;
