/*
 * trace.h - layer 3: one JSON line a stage
 *
 * {"tool":..,"args":[..],"in":DIGEST,"out":DIGEST,"patch":[..]}: the digests
 * are SHA-256 of the documents in the compact style, the patch is RFC 6902.
 * No times, so that the trace of the same pipe is the same file.
 */
#pragma once

#include "doc.h"

struct trace_stage {
	const char *tool;
	const json_t *args;   /* as they were given */
	const json_t *before; /* NULL for a stage that makes a document */
	const json_t *after;
};

/* Append the line to `path` in one O_APPEND write; a new file is 0600. */
int trace_append(const char *path, const struct trace_stage *stage,
                 struct err *err) CHECKED;
