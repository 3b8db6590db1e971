/*
 * mountparts.h - layer 2: what mountwords.c and mountkeys.c share
 */
#pragma once

#include "mountwords.h"
#include "names.h"

/* "bind", "cache", ... */
extern const struct name mount_types[];

/* Cut one field of a line of CSV off; *rest is NULL after the last one. */
int mount_next_field(char **rest, char **field, struct err *err) CHECKED;

/* An error that names the word and those that are known; -1. */
int mount_unknown(const char *word, const struct name *known, struct err *err);

/* Set a group to a word, which must be a literal; once, and if the type takes it. */
int mount_choose(struct mount_request *request, enum mount_group group, const char *word,
                 struct err *err) CHECKED;

/* A bare word, such as "nosuid". */
int mount_take_word(struct mount_request *request, const char *word,
                    struct err *err) CHECKED;

int mount_take_size(struct mount_request *request, const char *value,
                    struct err *err) CHECKED;
int mount_take_mode(struct mount_request *request, const char *value,
                    struct err *err) CHECKED;

/* An overlay's, into *to. */
int mount_take_directory(const char **to, const char *value, struct err *err) CHECKED;
int mount_check_overlay(const struct mount_request *request, struct err *err) CHECKED;
