/*
 * stack.h - layer 0: room for the deepest document
 *
 * Documents are walked by recursion, at most 2048 levels deep (doc.h).  That fits
 * the usual stack, but not every stack that a user may be limited to.
 */
#pragma once

#include "base.h"

/* call(data), on a stack of its own if the program's is too small for that. */
int stack_call(int call(void *data), void *data);
