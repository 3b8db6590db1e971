/*
 * layers.h - layer 3: a root filesystem, and the overlay directories above it
 */
#pragma once

#include "buf.h"
#include "err.h"

/* The topmost directory first. */
struct layers {
	int *dirs; /* O_PATH */
	size_t count;
};

/*
 * Open the root filesystem.  A directory that does not exist (yet) is left out;
 * it has no files.
 */
int layers_open(const char *rootfs, struct layers *ret, struct err *err) CHECKED;
void layers_close(struct layers *layers);

/*
 * Read the regular file `path`, at most `max` bytes.  1 if it was read, 0 if
 * there is none, -1 for anything else: a FIFO, a device, a directory, too large.
 */
int layers_read(const struct layers *layers, const char *path, size_t max, struct buf *ret,
                struct err *err) CHECKED;

/* True if there is a link at `path`, or anything with an execute bit but a directory. */
bool layers_executable(const struct layers *layers, const char *path);
