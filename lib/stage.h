/*
 * stage.h - layer 3: a mount namespace of our own
 *
 * Whatever ocirun mounts, it mounts here, so that nothing can stay mounted on
 * the host, not even if every process of ours is killed at once.
 */
#pragma once

#include "err.h"

/* Enter a new mount namespace that hears of the host's mounts but tells nothing. */
int stage_enter(struct err *err) CHECKED;

/*
 * Cover the directory with a tmpfs for `names` files and directories, mode 0711:
 * only who knows a name gets on.
 */
int stage_cover(const char *path, size_t names, struct err *err) CHECKED;

/*
 * Mount a file system in memory, which is never swapped, at `path`, if that is not made
 * yet.  Its files have this SELinux label, where SELinux is on.
 */
int stage_memory(const char *path, const char *label, struct err *err) CHECKED;

/* Take the cover off again, with all that is mounted on it. */
void stage_uncover(const char *path);

/*
 * Show the directory or file `from` (an O_PATH descriptor, opened in this
 * namespace) at `to`, which is made for it, with all that is mounted below.  With a user
 * namespace (or -1) as an idmapped mount: owners on disk become its.
 */
int stage_bind(int from, const char *to, int userns, struct err *err) CHECKED;

/* Mount an overlay with these options at `to`, a new directory. */
int stage_overlay(const char *to, const char *options, struct err *err) CHECKED;

/* Detach what is mounted at `path`. */
int stage_unmount(const char *path, struct err *err) CHECKED;
