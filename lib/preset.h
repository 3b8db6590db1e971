/*
 * preset.h - layer 2: the documents that ocigen starts from
 *
 * A preset is made in two halves.  What the process is comes first, and can be
 * edited; then what rests on it: a user other than root has no capabilities in
 * effect, and the seccomp filter depends on the capabilities.
 */
#pragma once

#include "doc.h"

enum preset { PRESET_BUILD };

int preset_start(enum preset preset, json_t *doc, struct err *err) CHECKED;
int preset_finish(enum preset preset, json_t *doc, struct err *err) CHECKED;
