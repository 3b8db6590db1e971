/*
 * opt.h - layer 4: one table says everything about a command's options
 *
 * The parser, --help, --introspect (from which completions are generated and
 * manuals are checked) all read the same rows, so none of them can know an
 * option the others do not.
 */
#pragma once

#include <jansson.h>

#include "err.h"
#include "names.h"

struct opt;

/* One use of an option on the command line, in the order of the command line. */
struct opt_use {
	const struct opt *opt;
	char *arg; /* lies in argv: may be cut up, and pointers into it stay good; or NULL
	            */
	struct opt_use *next;
};

/* Store use->arg at `to`, the row's place in the options struct. */
typedef int opt_setter(struct opt_use *use, void *to, struct err *err);

struct opt {
	char letter;       /* 'n', or 0 for none */
	const char *name;  /* "workdir" */
	const char *alias; /* "workingdir", or NULL; a second one after a blank */
	const char *arg;   /* "DIR"; "[=DIR]" if it may be left out; NULL for a flag */
	const char *help;  /* a clause, lower case, no full stop */
	opt_setter *set;   /* stores the value */
	size_t at;         /* offsetof the member it sets */
	intptr_t data;     /* whatever the setter wants to be told */
	const struct name *values; /* the words `arg` may hold, if it holds words */
	bool answers;              /* --help and its like: parsing stops here */
	bool hidden;               /* not in --help */
};

/* Uses to be replayed in order; options that share a member share the order. */
struct opt_list {
	struct opt_use *first;
	struct opt_use *last;
};

opt_setter opt_flag;    /* bool: true */
opt_setter opt_string;  /* const char *, pointing into argv; must not be empty */
opt_setter opt_size;    /* uint64_t: bytes, with b k m g t p and fractions (B392) */
opt_setter opt_seconds; /* uint64_t: 30, 90s, 10m, 2h; at most a year */
opt_setter opt_word;    /* int: one of the row's values */
opt_setter opt_append;  /* struct opt_list */

/* The value of `word` among the row's words; if there is none, the hint says what there is.
 */
int opt_value(const struct opt *opt, const char *word, int *ret, struct err *err) CHECKED;

/* Rows and the struct that they fill in. */
struct opt_set {
	const struct opt *rows;
	void *values;
};

/* A parsed command line: what is left of it, and the memory behind struct opt_list. */
struct opt_args {
	char **operands; /* NULL at the end */
	struct opt_use *uses;
};

/*
 * Parse argv by the rows of all sets, which end with a set without rows.
 * Options end at "--" or at the first operand.  Every argument must be UTF-8,
 * because it may end up in a document.  ERR_USAGE names the option.
 */
int opt_parse(const struct opt_set *sets, int argc, char *argv[], struct opt_args *ret,
              struct err *err) CHECKED;

void opt_args_free(struct opt_args *args);

/* Append the rows as --help shows them. */
void opt_help(const struct opt *rows, struct buf *to);

/* The rows as --introspect shows them, appended to an array. */
void opt_introspect(const struct opt *rows, json_t *to);
