/*
 * common.h - layer 4: the options of every filter
 */
#pragma once

#include "opt.h"

struct common {
	int question; /* enum about_question */
	const char *input;
	const char *output;
	bool if_changed;
	bool compact;
	bool diff;
	const char *trace;
	const char *depfile;
	const char *deptarget;
	uint64_t max_input;
};

extern const struct opt common_options[];

/* The default of --max-input, bytes: $OCIPIPE_MAX_INPUT, else DOC_MAX_INPUT. */
int common_max_input(uint64_t *ret, struct err *err) CHECKED;

/* Their defaults, for which the environment is asked too. */
int common_defaults(struct common *common, struct err *err) CHECKED;

/* What must hold between them; and "-" is the standard input or output. */
int common_check(struct common *common, struct err *err) CHECKED;
