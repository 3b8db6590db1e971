/*
 * sense.h - layer 2: rules across owners, which only a finished document can keep
 *
 * A filter in the middle of a pipe cannot know what later stages do; what must
 * hold in the end (a host name needs a uts namespace, say) is checked here.
 */
#pragma once

#include "doc.h"

/* The document's shape has been checked.  The error's `where` is a pointer. */
int sense_check(const json_t *doc, struct err *err) CHECKED;
