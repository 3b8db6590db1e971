/*
 * devhost.h - layer 3: device nodes of this host
 *
 * Nothing is opened but directories, so that no device can notice, or hang.
 */
#pragma once

#include "doc.h"

/* Called for a device: `node`, which is the callee's, is as in /linux/devices. */
typedef int devhost_visitor(void *to, const char *host, json_t *node, struct err *err);

/*
 * The device at `host`, shown at `path`; links are followed.  For a directory
 * all devices below it, sorted, at the same places below `path`, but for links,
 * FIFOs and what a container has of its own (B401); then *directory is true.
 */
int devhost_find(const char *host, const char *path, bool *directory,
                 devhost_visitor *visit, void *to, struct err *err) CHECKED;

/*
 * The device at `host` alone: type, numbers, mode and owner, without a path.
 * NULL, and *err, if there is none.
 */
json_t *devhost_look(const char *host, struct err *err) CHECKED;
