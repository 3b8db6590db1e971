/*
 * precreate.h - layer 3: hooks that edit the document before there is a container
 *
 * The stage "precreate" is podman's: the hook gets the document on standard
 * input and writes the changed one to standard output (B235).  That makes it a
 * filter, and so it runs in the pipe.
 */
#pragma once

#include "doc.h"

/*
 * Run one hook over *doc and replace it by what the hook made of it, once that
 * has been found in order.  The hook does not see /ocipipe.  `seconds` is how
 * long it may take if it does not say itself.
 */
int precreate_run(json_t **doc, const json_t *hook, uint64_t seconds,
                  struct err *err) CHECKED;
