/*
 * process.h - layer 4: what runs, as whom, where and with what around it
 *
 * ocigen and process-apply share one option table and one meaning of it:
 * ocigen makes the document that process-apply is given.  process_gather()
 * finds everything out, so that process_apply() only puts it into the document.
 */
#pragma once

#include "filter.h"
#include "imageconfig.h"
#include "layers.h"

/* An option that is on, off or not given. */
enum process_switch { SWITCH_NOT_GIVEN, SWITCH_ON, SWITCH_OFF };

struct process_facts {
	struct image image;
	json_t *rootfs;  /* the new /ocipipe/rootfs; null: none; NULL: as it is */
	char *root_name; /* the root filesystem as it was named */
	char *root_path; /* the new /root/path */
	char *cwd;       /* the new /process/cwd; so below */
	json_t *env;
	json_t *args;
	json_t *user;        /* members of /process/user */
	json_t *annotations; /* members; those that are null are removed */
};

struct process_options {
	/* rows of ocigen alone */
	const char *base;
	int preset;

	const char *image_config;
	const char *rootfs; /* as it was written, with its words; so below */
	struct opt_list layers;
	int read_only; /* enum process_switch */
	const struct opt_use *entrypoint;
	bool shell;
	bool http_proxy;
	struct opt_list env_files;
	struct opt_list env; /* --env, --env-merge and --unsetenv in their order */
	const char *workdir;
	const char *user;
	struct opt_list groups;
	const char *umask;
	int tty;
	const char *console_size;
	struct opt_list security;
	struct opt_list annotations; /* --annotation and --unsetannotation */
	const char *personality;
	const char *oci_version;

	bool default_user; /* without a user, look root up: it may be in groups */
	struct process_facts facts;
};

/* The rows of ocigen alone come first: process-apply's begin behind them. */
extern const struct opt process_options[];
enum { PROCESS_FIRST_SHARED = 2 };

extern const char *const process_owns[];

/* As the members of struct filter; `doc` is the document that the options edit. */
int process_gather(const json_t *doc, struct process_options *options,
                   struct filter_run *run, struct err *err) CHECKED;
int process_apply(json_t *doc, const struct process_options *options,
                  struct err *err) CHECKED;
void process_done(struct process_options *options);
