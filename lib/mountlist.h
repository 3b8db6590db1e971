/*
 * mountlist.h - layer 2: mounts in order, with new ones put where they belong
 *
 * A new mount goes before the first one below its target, else to the end,
 * where everything that covers it has been mounted.  Mounts that were there
 * keep their order; one with an equal target is replaced in place.
 */
#pragma once

#include "doc.h"

struct mountlist;

/* A list with the mounts of the array, whose shape has been checked. */
struct mountlist *mountlist_new(const json_t *mounts) CHECKED;

/* Add or replace; steals.  The destination is an absolute path from mountlist_tidy(). */
void mountlist_put_new(struct mountlist *list, json_t *mount);

/* The same, but right before the mount at `before`; false if there is none.  Steals. */
bool mountlist_put_before_new(struct mountlist *list, json_t *mount,
                              const char *before) CHECKED;

/* Remove the mount at `destination`; none there is no error. */
void mountlist_remove(struct mountlist *list, const char *destination);

/* The mount at `destination`, borrowed, or NULL. */
json_t *mountlist_find(const struct mountlist *list, const char *destination);

/* The mounts as a new array. */
json_t *mountlist_array(const struct mountlist *list) CHECKED;

void mountlist_free(struct mountlist *list);

/* "/a//b/./c/" -> "/a/b/c"; ".." stays, since only the mounter knows the links; owned. */
char *mountlist_tidy(const char *path) CHECKED;
