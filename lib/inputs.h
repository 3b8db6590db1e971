/*
 * inputs.h - layer 2: the files a document was made from
 *
 * /ocipipe/inputs is a sorted list of the files that all stages so far have
 * read, as their users named them.
 */
#pragma once

#include "doc.h"

/* Add `names` (an array of strings) to the list; an empty array changes nothing. */
int inputs_record(json_t *doc, const json_t *names, struct err *err) CHECKED;

/*
 * Append the list as a make rule for `target`, as cc -MD -MP writes it.  A name
 * that make cannot read is an error.
 */
int inputs_make_rule(const json_t *doc, const char *target, struct buf *to,
                     struct err *err) CHECKED;
