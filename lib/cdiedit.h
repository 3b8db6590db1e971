/*
 * cdiedit.h - layer 2: what a CDI file wants of a document besides device nodes
 */
#pragma once

#include "doc.h"

/* Parts of a document that are edited, made when they are needed; start with the doc. */
struct cdiedit {
	json_t *doc;
	struct envlist *env;
	struct hooklist *hooks;
	struct mountlist *mounts;
	json_t *groups; /* those that the process is in, by number: {"5": true} */
};

struct mountlist *cdiedit_mounts(struct cdiedit *edit);

/* Make the edits, whose shape has been checked. */
int cdiedit_make(struct cdiedit *edit, const json_t *edits, struct err *err) CHECKED;

/* Put the parts back into the document. */
int cdiedit_write(struct cdiedit *edit, struct err *err) CHECKED;

void cdiedit_free(struct cdiedit *edit);
