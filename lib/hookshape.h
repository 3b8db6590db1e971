/*
 * hookshape.h - layer 2: the members of hook files and of hooks, as tables
 *
 * A member that is not known is an error: a condition that nobody checks would attach the
 * hook to too many containers (B222).
 */
#pragma once

#include "shapewords.h"

/* A file of the schema 1.0.0, and of 0.1.0, which has two spellings for some members. */
extern const struct shape hookshape_file, hookshape_old;

/* A hook, as the runtime-spec has it. */
extern const struct shape hookshape_hook;

/* clang-format off */
/* The stages that the runtime-spec has, and the rows of a hook in a table. */
#define HOOKSHAPE_STAGES "prestart", "createRuntime", "createContainer", \
                         "startContainer", "poststart", "poststop"
#define HOOKSHAPE_MEMBERS \
	MUST("path", ABSOLUTE), \
	MAY("args", LIST(TEXT)), \
	MAY("env", LIST(STRING(valid_env_entry, "NAME=VALUE"))), \
	MAY("timeout", RANGE(1, INT32_MAX))
/* clang-format on */
