/*
 * hookshape.h - layer 2: the members of hook files and of hooks, as tables
 *
 * A member that is not known is an error: a condition that nobody checks would attach the
 * hook to too many containers (B222).
 */
#pragma once

#include "shape.h"

/* A file of the schema 1.0.0, and of 0.1.0, which has two spellings for some members. */
extern const struct shape hookshape_file, hookshape_old;

/* A hook, as the runtime-spec has it. */
extern const struct shape hookshape_hook;

/* All of a file or hook. */
int hookshape_check(const struct shape *shape, const json_t *value,
                    struct err *err) CHECKED;
