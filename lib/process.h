/*
 * process.h - layer 4: what runs, as whom, where and with what around it
 *
 * ocigen and process-apply share one option table and one meaning of it:
 * ocigen makes the document that process-apply is given.
 */
#pragma once

#include "filter.h"

struct layers;

/* What gather finds out; apply only puts it into the document. */
struct process_facts {
	char *rootfs; /* absolute, or NULL: not asked for */
	json_t *env;  /* the new /process/env, or NULL: as it is */
	json_t *args; /* the new /process/args */
	json_t *user; /* members of /process/user */
	char *cwd;    /* the new /process/cwd */
};

struct process_options {
	const char *base; /* rows of ocigen alone */
	int preset;

	const char *rootfs;
	struct opt_list env;
	const char *workdir;
	const char *user;
	struct process_facts facts;
};

/* The rows of ocigen alone come first: process-apply's begin behind them. */
extern const struct opt process_options[];
enum { PROCESS_FIRST_SHARED = 1 };

extern const char *const process_owns[];

/* As the members of struct filter; `doc` is the document the options edit. */
int process_gather(const json_t *doc, struct process_options *options,
                   struct filter_run *run, struct err *err) CHECKED;
int process_apply(json_t *doc, const struct process_options *options,
                  struct err *err) CHECKED;
void process_done(struct process_options *options);
