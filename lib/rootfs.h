/*
 * rootfs.h - layer 3: paths inside a root filesystem, which is hostile
 *
 * Whoever made the root filesystem may have put anything anywhere, and may
 * change it while we look.  So it is opened once, and every path in it is
 * resolved by openat2(2) with RESOLVE_IN_ROOT: links, absolute ones too, end
 * inside.  What was resolved is a descriptor, and only that is used.
 */
#pragma once

#include <sys/types.h>

#include "buf.h"
#include "err.h"

/* An O_PATH descriptor of the directory `path`, or -1. */
int rootfs_open(const char *path, struct err *err) CHECKED;

/*
 * Open `path` inside `root` with these open(2) flags (O_CLOEXEC is added; use
 * O_PATH or O_NONBLOCK on what may be a FIFO or a device).  -1 and errno; the
 * caller knows how to say it.
 */
int rootfs_openat(int root, const char *path, int flags) CHECKED;

/* The same, but a link that leads out of `root` is EXDEV (RESOLVE_BENEATH). */
int rootfs_open_beneath(int root, const char *path, int flags) CHECKED;

/*
 * Read the regular file `path`, at most `max` bytes.  1 if it was read, 0 if
 * there is none, -1 for anything else: a FIFO, a device, a directory, too large.
 */
int rootfs_read(int root, const char *path, size_t max, struct buf *ret,
                struct err *err) CHECKED;
