/*
 * edit.h - layer 2: set and unset one place of a document, as --set and --unset do
 */
#pragma once

#include "doc.h"

struct edit {
	char *pointer;
	json_t *value; /* NULL: remove what is there */
};

#define auto_edit __attribute__((cleanup(edit_free)))

/*
 * "POINTER=JSON" if `setting`, else "POINTER".  A pointer may have a '=' in it, so
 * the first one that JSON follows separates them.  ERR_USAGE.
 */
int edit_parse(const char *text, bool setting, struct edit *ret, struct err *err) CHECKED;

/* Only see whether it can be parsed. */
int edit_check(const char *text, bool setting, struct err *err) CHECKED;

/*
 * Set: replaces what is there; objects above it are made (and the array of "-"); in
 * an array the index behind the last entry appends, and so does "-" unless there
 * is an equal entry.
 * Unset: nothing there is no error.  *doc may become another value.
 */
int edit_apply(json_t **doc, const struct edit *edit, struct err *err) CHECKED;

void edit_free(struct edit *edit);
