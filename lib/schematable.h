/*
 * schematable.h - layer 2: every Linux and common property of runtime-spec 1.3
 *
 * What is more than JSON's types (ranges, words, absolute paths) is what the
 * runtime-spec says, and beyond that only what a runtime would silently read as
 * something else: an id of 2^32-1, a device number of 2^33.
 */
#pragma once

#include "shape.h"

/* The document itself. */
extern const struct shape schema_document;
