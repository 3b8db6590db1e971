/*
 * mountagent.h - layer 2: ssh agents that mounts show
 *
 * --ssh says where an agent is, under a name of its own, and --mount=type=ssh shows it in
 * the container (B192-B198, B412).  Nothing is looked at: whether a file is a socket or a
 * key, ocirun sees.
 */
#pragma once

#include "mountwords.h"

/*
 * Add ID[=PATH[,PATH...]] to `agents`, which has what is called "source" in a step, by
 * id; relative paths are relative to `here`, as in here.h.
 */
int mountagent_declare(const char *text, const char *here, json_t *agents,
                       struct err *err) CHECKED;

/*
 * Make the row, and append its step to `steps`; *ret is the caller's, and NULL if there
 * is no such agent and none is required.
 */
int mountagent_make(const struct mount_request *request, const json_t *agents, json_t **ret,
                    json_t *steps, struct err *err) CHECKED;

/* Where the first agent of the document is, borrowed; or NULL. */
const char *mountagent_first(const json_t *doc);

/*
 * Have SSH_AUTH_SOCK say where the first one is now: if one was added, or if that is
 * another than `before`.
 */
int mountagent_point(json_t *doc, const char *before, bool added, struct err *err) CHECKED;
