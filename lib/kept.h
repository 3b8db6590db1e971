/*
 * kept.h - layer 4: a failed step, kept to be looked at and run again
 *
 * The run's own directory stays, with document.json (as it came), config.json
 * (as the runtime saw it), the generated files, runtime.log, and replay.json:
 * what the document's relative paths were relative to.
 */
#pragma once

#include "run.h"

bool kept_wanted(enum keep keep, int status);

/* Make the directory at `path` that, and say how to run it again. */
void kept_make(const struct plan *plan, const struct run_options *options,
               const char *path);

/* The document of a kept directory, and what it is relative to: owned. */
int kept_document(const char *dir, char **document, char **base, struct err *err) CHECKED;

/* Remove a kept directory, with what may belong to subordinate ids. */
int kept_remove(const char *dir, struct err *err) CHECKED;
