/*
 * patch.h - layer 2: RFC 6902
 */
#pragma once

#include "doc.h"

/* An array of operations that makes `after` of `before`; owned.  Linear in their size. */
json_t *patch_make(const json_t *before, const json_t *after) CHECKED;
