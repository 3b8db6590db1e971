/*
 * mountrow.h - layer 2: a row of /mounts, and what must be prepared for it
 */
#pragma once

#include "mountwords.h"

/* A directory that sources may be taken from: --context, --build-context. */
struct mount_context {
	const char *name; /* "" for the one that needs no from= */
	const char *path; /* absolute */
};

struct mount_places {
	const char *cwd;     /* here_directory(): what a relative source is relative to */
	const char *workdir; /* of the container's: what a relative target of --mount is */
	const struct mount_context *contexts;
	size_t count;
	const json_t *agents;  /* by mountagent_declare() */
	const json_t *secrets; /* by mountsecret_declare() */
};

/*
 * Make the row, and append the prepare steps it needs to `steps`; *ret is the
 * caller's, or NULL: what it would show is not there, and need not be.  Every bind
 * says one each of bind/rbind, ro/rw and a propagation.
 */
int mountrow_make(const struct mount_request *request, const struct mount_places *places,
                  json_t **ret, json_t *steps, struct err *err) CHECKED;

/* The row of a file that only ocirun makes: to be read, and for nothing else. */
json_t *mountrow_ours(const char *target, const char *source);

/* The entry in /ocipipe/prepare that makes it, with the mode and owner that were asked for.
 */
json_t *mountrow_step(const struct mount_request *request, const char *kind,
                      const char *target, const char *id, const json_t *source);

/*
 * The target of a mount, absolute and tidy; owned.  A relative one is relative to
 * `workdir`.
 */
int mountrow_target(const char *target, const char *workdir, char **ret,
                    struct err *err) CHECKED;
