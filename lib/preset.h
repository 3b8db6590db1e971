/*
 * preset.h - layer 2: the documents that ocigen starts from
 *
 * A preset is made in two halves.  What the process is comes first, and can be
 * edited; then what rests on it: a user other than root has no capabilities in
 * effect, and the seccomp filter depends on the capabilities.
 */
#pragma once

#include "idmap.h"

enum preset { PRESET_NONE, PRESET_BUILD, PRESET_RUNC, PRESET_MINIMAL, PRESET_ROOTLESS };

/* What PRESET_ROOTLESS needs to know of this host. */
struct preset_maps {
	struct idmap uid;
	struct idmap gid;
};

int preset_start(enum preset preset, json_t *doc, struct err *err) CHECKED;
int preset_finish(enum preset preset, const struct preset_maps *maps, json_t *doc,
                  struct err *err) CHECKED;
