/*
 * prepare.h - layer 2: /ocipipe, the part of a document that is the plan
 *
 * Filters record here what must happen on the host before the runtime starts;
 * only ocirun does it (ocipipe(5)).  A step is known by its kind and the
 * destination of the mount that it serves, if it serves one.
 */
#pragma once

#include "doc.h"

/* Make sure that there is /ocipipe, its version first. */
int prepare_ensure(json_t *doc, struct err *err) CHECKED;

/* Add or replace, in place, the step of the same kind for the same mount; steals. */
int prepare_put_new(json_t *doc, json_t *step, struct err *err) CHECKED;

/* The step of this kind that serves `mount` (NULL for none), borrowed, or NULL. */
json_t *prepare_find(const json_t *doc, const char *kind, const char *mount);

/* Remove all steps that serve `mount`. */
void prepare_drop(json_t *doc, const char *mount);

/*
 * Replace the steps of many mounts at once, each in its old place: `by_mount` has
 * an array of steps for each destination, which may be empty; they are taken out
 * of it.  /ocipipe, if there is one, is an object.
 */
void prepare_update(json_t *doc, json_t *by_mount);

/*
 * What `tool` wrote down about what it looked at (/ocipipe/relied/TOOL), so that
 * it can tell its own work later: borrowed, or NULL.
 */
json_t *prepare_record(const json_t *doc, const char *tool);
int prepare_put_record_new(json_t *doc, const char *tool, json_t *record,
                           struct err *err) CHECKED;
