/*
 * devbind.h - layer 2: devices bound from the host, where no nodes can be made
 *
 * A mount of ours is known by its form (B103): nobody else writes these options
 * in this order.
 */
#pragma once

#include "doc.h"

/* A row of /mounts. */
json_t *devbind_make(const char *host, const char *path, bool writable) CHECKED;

/* True if the row is one of ours. */
bool devbind_is(const json_t *mount);

/*
 * True if a device that was found in a directory is not to be bound: a container
 * has its own, or something else is mounted there.
 */
bool devbind_left_out(const char *path, const json_t *there);
