/*
 * runargs.h - layer 4: ocirun's command line
 */
#pragma once

#include "opt.h"

enum { RUNARGS_MOST_FLAGS = 16 }; /* for the runtime */

enum runargs_tty { TTY_DOCUMENT, TTY_YES, TTY_NO, TTY_AUTO };

enum runargs_level { LOG_ERROR, LOG_WARN, LOG_INFO };

struct runargs {
	struct opt_args rest; /* the operands, and what the lists here are made of */
	int question;         /* enum about_question */
	const char *runtime;
	struct opt_list runtime_flags;
	int isolation; /* enum isolation */
	const char *bundle;
	const char *name;
	const char *root;
	const char *run_root;
	const char *data_root;
	const char *cache_dir;
	const char *pid_file;
	bool dry_run;
	bool compact;
	bool prepare_only;
	int keep; /* enum keep */
	const char *replay;
	bool shell;
	bool clean;
	const char *clean_dir; /* or NULL: what dead runs left */
	int tty;               /* enum runargs_tty */
	const char *input;
	uint64_t preserve;
	const char *trace_hooks;
	bool no_pivot;
	bool no_new_keyring;
	uint64_t timeout; /* seconds, as the next */
	uint64_t stop_timeout;
	const char *depfile;
	const char *deptarget;
	uint64_t max_input;
	int log_level; /* enum runargs_level */
};

extern const struct opt runargs_rows[];

/*
 * Parse argv, and check that the options go together; if one of them asks about us,
 * that is all that counts.  The strings are argv's or the environment's.
 */
int runargs_parse(int argc, char *argv[], struct runargs *ret, struct err *err) CHECKED;

/* This option cannot be kept; -1. */
int runargs_wrong(struct err *err, const char *option, const char *what);
