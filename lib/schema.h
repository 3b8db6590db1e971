/*
 * schema.h - layer 2: the shape of an OCI runtime configuration
 *
 * One table holds every Linux and common property of runtime-spec 1.3: its
 * type, range, words and since when.  Unknown members pass, unless one equals
 * a known one but for letter case as Go folds it: runc would obey it.
 */
#pragma once

#include "doc.h"

/*
 * Check what `pointers` cover (the form of filter.owns, NULL at the end): the
 * letter case of members on the way there, and all that is below.  The error's
 * `where` is the pointer of what is wrong.
 */
int schema_check(const json_t *doc, const char *const *pointers, struct err *err) CHECKED;

/* Check all of it, required members included; what a runtime is about to act on. */
int schema_check_all(const json_t *doc, struct err *err) CHECKED;

/* The lowest version of the runtime-spec that knows all members the document has: "1.0.2".
 */
const char *schema_version(const json_t *doc);
