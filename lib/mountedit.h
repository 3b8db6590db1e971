/*
 * mountedit.h - layer 2: the mounts of a document, and what is prepared for them
 *
 * Both lists are long and are edited often, so they are taken apart once, and put back
 * once.
 */
#pragma once

#include "mountlist.h"

/* The document is borrowed; the rest is the edit's. */
struct mountedit {
	json_t *doc;
	struct mountlist *list;
	json_t *steps; /* those of each mount that is edited, by its destination */
};

/* The document's shape has been checked. */
struct mountedit mountedit_start(json_t *doc) CHECKED;

/*
 * Whatever was prepared for the mount that stands at `target` goes with it; these steps,
 * an array, take its place.
 */
void mountedit_prepare(struct mountedit *edit, const char *target, json_t *steps);

/* Remove the mount at `path`, which need not be tidy; none there is no error. */
void mountedit_remove(struct mountedit *edit, const char *path);

/* Put both lists back into the document. */
int mountedit_write(struct mountedit *edit, struct err *err) CHECKED;

void mountedit_free(struct mountedit *edit);
