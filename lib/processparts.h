/*
 * processparts.h - layer 4: the parts that process.c is put together from
 *
 * Each has a setter's check for its words, and fills in its facts.
 */
#pragma once

#include "process.h"

/* What an option does with what it names. */
enum process_edit { EDIT_PUT, EDIT_MERGE, EDIT_DROP };

/* ---- processrows.c: the option table -------------------------------------- */

/* "ROWSxCOLUMNS", as large as a terminal can be. */
bool process_parse_console(const char *text, uint32_t *rows, uint32_t *columns) CHECKED;

/* ---- processroot.c: the root filesystem ---------------------------------- */

/* True if the text is DIR[:O][:idmap|:noidmap]; else ERR_USAGE. */
int process_check_rootfs(const char *text, struct err *err) CHECKED;

/* facts.rootfs and facts.root_path */
int process_gather_root(const json_t *doc, struct process_options *options,
                        struct err *err) CHECKED;

/* Open it as it will be: the facts', else the document's. */
int process_open_root(const json_t *doc, const struct process_options *options,
                      struct layers *ret, struct err *err) CHECKED;

/* ---- processenv.c: the environment --------------------------------------- */

int process_check_env(const char *text, struct err *err) CHECKED;
int process_check_merge(const char *text, struct err *err) CHECKED;

/* facts.env */
int process_gather_env(const json_t *doc, struct process_options *options,
                       struct filter_run *run, struct err *err) CHECKED;

/* ---- processuser.c: who it is, what it runs ------------------------------- */

int process_check_user(const char *text, struct err *err) CHECKED;
int process_check_group(const char *text, struct err *err) CHECKED;

/* facts.user; and the annotation of --group-add=keep-groups */
int process_gather_user(const json_t *doc, const struct layers *root,
                        struct process_options *options, struct filter_run *run,
                        struct err *err) CHECKED;

/* facts.args; the environment and the working directory are known */
int process_gather_args(const json_t *doc, const struct layers *root,
                        struct process_options *options, struct filter_run *run,
                        struct err *err) CHECKED;

/* ---- processlabels.c: annotations and security options -------------------- */

int process_check_security(const char *text, struct err *err) CHECKED;
int process_apply_security(json_t *doc, const struct opt_list *list,
                           struct err *err) CHECKED;

/* facts.annotations */
int process_gather_annotations(struct process_options *options, struct err *err) CHECKED;
