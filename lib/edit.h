/*
 * edit.h - layer 2: set and unset one place of a document, as --set and --unset do
 */
#pragma once

#include "doc.h"

/*
 * "POINTER=JSON": both are the caller's.  A pointer may have a '=' in it, so the
 * first one that JSON follows separates them.  ERR_USAGE.
 */
int edit_parse(const char *text, char **ret_pointer, json_t **ret_value,
               struct err *err) CHECKED;

/*
 * Put `value` at `pointer`, replacing what is there; steals.  Objects above it
 * are made.  Of an array, the index behind the last entry appends, and so does
 * "-" unless there is an equal entry.
 */
int edit_set_new(json_t **doc, const char *pointer, json_t *value, struct err *err) CHECKED;

/* Remove what is at `pointer`; nothing there is no error. */
int edit_unset(json_t *doc, const char *pointer, struct err *err) CHECKED;
