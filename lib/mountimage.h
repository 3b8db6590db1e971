/*
 * mountimage.h - layer 2: volumes of an image that mounts show
 */
#pragma once

#include "doc.h"

/*
 * Make the row of the volume at `target`, and append its step to `steps`; it lives in
 * `dir` from run to run, or is a new one each time (NULL).  *ret is the caller's.
 */
int mountimage_make(const char *target, const char *dir, json_t **ret, json_t *steps,
                    struct err *err) CHECKED;
