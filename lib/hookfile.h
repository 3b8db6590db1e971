/*
 * hookfile.h - layer 2: a file that says which hook to attach, and when
 *
 * The files of oci-hooks(5), in the schema 1.0.0 and the older 0.1.0, read strictly
 * (hookshape.h).
 */
#pragma once

#include "hookwhen.h"

struct hookfile {
	json_t *text;        /* of the file: what the patterns point into */
	json_t *hook;        /* as the runtime-spec has it, `env` always there */
	unsigned int stages; /* a bit each of enum hook_stage */
	struct hook_when when;
};

/* Check and take apart a file's content; steals `text`.  Free *ret also after a failure. */
int hookfile_parse(json_t *text, struct hookfile *ret, struct err *err) CHECKED;

/*
 * A hook of the runtime-spec by hand: check its members and return a new one
 * that has them in order and `env` always, so that no image's environment gets
 * in (CVE-2025-23266).  NULL, and *err, if it is wrong.
 */
json_t *hookfile_hook(const json_t *hook, struct err *err) CHECKED;

void hookfile_free(struct hookfile *file);
