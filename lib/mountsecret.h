/*
 * mountsecret.h - layer 2: secrets that mounts show
 *
 * --secret says where a secret is, under a name of its own, and --mount=type=secret shows
 * it in the container (B185-B191, B411).  Nothing looks at it before ocirun does.
 */
#pragma once

#include "mountwords.h"

/*
 * Add id=ID,src=FILE|env=NAME|fd=N to `secrets`, which has what is called "source" in a
 * step, by id; `text` is cut up.  A relative file is relative to `here`, as in here.h.  An
 * id alone is the name of a variable, if our environment has one, and else of a file.
 */
int mountsecret_declare(char *text, const char *here, json_t *secrets,
                        struct err *err) CHECKED;

/*
 * Make the row, and append its step to `steps`; *ret is the caller's, and NULL if there
 * is no such secret and none is required.
 */
int mountsecret_make(const struct mount_request *request, const json_t *secrets,
                     const char *workdir, json_t **ret, json_t *steps,
                     struct err *err) CHECKED;
