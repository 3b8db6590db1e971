/*
 * schematable.h - layer 2: every Linux and common property of runtime-spec 1.3
 *
 * What is more than JSON's types (ranges, words, absolute paths) is what the
 * runtime-spec says, and beyond that only what a runtime would silently read as
 * something else: an id of 2^32-1, a device number of 2^33.
 */
#pragma once

#include "shape.h"

/* The versions that brought members: the tables' numbers for them. */
enum since { V1_0_0, V1_0_2, V1_1_0, V1_2_1, V1_3_0 };

/* The document itself. */
extern const struct shape schema_document;
