/*
 * restore.h - layer 2: what a program with a typed idea of a document lost
 *
 * Programs that read a document into the structures of some version of the
 * runtime-spec and write those out again drop the members they do not know.
 */
#pragma once

#include "doc.h"

/*
 * Put the members of `before` that the runtime-spec does not know, and that
 * `after` lacks, back into it, wherever the object that had them is still there.
 */
void restore_unknown(const json_t *before, json_t *after);

/*
 * Put back /ocipipe as it was, less the steps for mounts that were there before
 * and are not any more.
 */
int restore_plan(const json_t *before, json_t *after, struct err *err) CHECKED;
