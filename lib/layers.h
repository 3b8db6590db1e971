/*
 * layers.h - layer 3: a root filesystem as an overlay of directories shows it
 *
 * The directories are read as overlayfs would merge them, whiteouts and opaque
 * directories included, without mounting anything.  All of them are hostile: a
 * path is walked name by name, by descriptor, and its links stay inside.
 */
#pragma once

#include <jansson.h>

#include "buf.h"
#include "err.h"

struct layer {
	int dir;          /* O_PATH */
	const char *name; /* as its user named it; borrowed */
	int len;          /* of the name, without slashes at the end */
};

/* The topmost directory first. */
struct layers {
	struct layer *list;
	size_t count;
};

/* Put a directory on top.  One that does not exist (yet) has no files: nothing is put. */
int layers_push(struct layers *layers, const char *path, const char *name,
                struct err *err) CHECKED;
void layers_free(struct layers *layers);

/*
 * Read the regular file `path`, at most `max` bytes, and append its name on this
 * host to `inputs`.  1 if it was read, 0 if there is none, -1 for anything else:
 * a FIFO, a device, a directory, too large.
 */
int layers_read(const struct layers *layers, const char *path, size_t max, struct buf *ret,
                json_t *inputs, struct err *err) CHECKED;

/* True if there is a link at `path`, or anything with an execute bit but a directory. */
bool layers_executable(const struct layers *layers, const char *path);
