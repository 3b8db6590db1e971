/*
 * hookfile.h - layer 2: a file that says which hook to attach, and when
 *
 * The files of oci-hooks(5), in the schema 1.0.0 and the older 0.1.0.  They
 * are read strictly: a member that is not known is an error, because a
 * condition that nobody checks would attach the hook to too many containers.
 */
#pragma once

#include <regex.h>

#include "doc.h"

/* A POSIX extended regular expression, found anywhere in the text (B229). */
struct hook_pattern {
	const char *text;
	regex_t regex;
};

enum hook_condition { HOOK_UNSAID, HOOK_NEVER, HOOK_ALWAYS };

struct hook_when {
	bool any; /* of the conditions is enough (0.1.0), else all are needed (1.0.0) */
	enum hook_condition always;
	enum hook_condition bind_mounts;
	struct hook_pattern *keys;   /* of annotations */
	struct hook_pattern *values; /* the same number */
	size_t annotations;
	struct hook_pattern *commands;
	size_t command_count;
};

struct hookfile {
	json_t *text;        /* of the file: what the patterns point into */
	json_t *hook;        /* as the runtime-spec has it, `env` always there */
	unsigned int stages; /* a bit each of enum hook_stage */
	struct hook_when when;
};

/* What hooks are matched against. */
struct hook_facts {
	const json_t *annotations;
	const json_t *process; /* NULL: its command is not asked for */
	bool bind_mounts;
};

/* Check and take apart a file's content; steals `text`.  Free *ret also after a failure. */
int hookfile_parse(json_t *text, struct hookfile *ret, struct err *err) CHECKED;

/*
 * A hook of the runtime-spec by hand: check its members and return a new one
 * that has them in order and `env` always, so that no image's environment gets
 * in (CVE-2025-23266).  NULL, and *err, if it is wrong.
 */
json_t *hookfile_hook(const json_t *hook, struct err *err) CHECKED;

/* Whether the hook is to be attached, and by which condition: words for people. */
int hookfile_match(const struct hookfile *file, const struct hook_facts *facts, bool *ret,
                   struct buf *why, struct err *err) CHECKED;

void hookfile_free(struct hookfile *file);
