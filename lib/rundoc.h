/*
 * rundoc.h - layer 4: the document that a run is about, found, read and changed
 */
#pragma once

#include "doc.h"

struct rundoc_wish {
	const char *operand; /* the file's name, or NULL */
	const char *bundle;  /* a directory, or NULL */
	const char *replay;  /* a kept directory, or NULL */
	uint64_t max_input;
};

struct rundoc {
	char *file;      /* owned; NULL: it came through standard input */
	char *base;      /* owned; what its relative paths are relative to */
	struct buf text; /* as it came */
	json_t *doc;
};

/* Nothing has been checked but that it is an object.  On failure, too, free it. */
int rundoc_read(const struct rundoc_wish *wish, struct rundoc *ret,
                struct err *err) CHECKED;

/* With a terminal or without; its type is xterm where nobody has said one. */
int rundoc_set_terminal(json_t *doc, bool on, struct err *err) CHECKED;

/* Another command; words end with NULL. */
int rundoc_set_command(json_t *doc, const char *const *words, struct err *err) CHECKED;

void rundoc_free(struct rundoc *rundoc);
