/*
 * limitcheck.h - layer 2: what must hold between limits
 *
 * Runtimes and the kernel refuse the rest, when it is late to say which number
 * it was.
 */
#pragma once

#include "doc.h"

/* The document's shape has been checked.  An ERR_USAGE whose `where` is a pointer. */
int limits_check(const json_t *doc, struct err *err) CHECKED;
