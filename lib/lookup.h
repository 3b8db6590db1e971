/*
 * lookup.h - layer 3: find users and commands in a root filesystem
 *
 * By its own files alone, never through this host's NSS.
 */
#pragma once

#include "accounts.h"
#include "layers.h"

/* The files that are read are appended to `inputs`. */
int lookup_user(const struct layers *root, const struct account_words *words,
                struct account *ret, json_t *inputs, struct err *err) CHECKED;
int lookup_group(const struct layers *root, const struct account_word *word, uint32_t *ret,
                 json_t *inputs, struct err *err) CHECKED;

/*
 * The absolute path of `command` by the search path `path`, owned; or NULL if it
 * is not there, or if it has a slash, which no search looks at (B025).  Relative
 * elements of the search path are relative to `cwd` (B026).
 */
char *lookup_command(const struct layers *root, const char *command, const char *path,
                     const char *cwd) CHECKED;
