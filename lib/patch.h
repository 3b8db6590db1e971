/*
 * patch.h - layer 2: changes of a document as data: RFC 6902 and RFC 7396
 */
#pragma once

#include "doc.h"

/*
 * An array of operations that makes `after` of `before`; owned, but its values
 * are shared with `after`.  patch_apply() gives the same text, the order of
 * members included: a member comes last by a "move" onto itself, which means
 * nothing to those to whom order means nothing.  Linear in the documents' size.
 */
json_t *patch_make(const json_t *before, const json_t *after) CHECKED;

/*
 * Carry out an RFC 6902 patch; *doc may become another value.  The patch is used
 * up: its values become part of the document.  An error's `where` is the place
 * in the patch, its index first; the document is to be thrown away then.
 */
int patch_apply(json_t **doc, json_t *patch, struct err *err) CHECKED;

/* The same for an RFC 7396 merge patch, which cannot fail. */
void patch_merge(json_t **doc, json_t *patch);
