/*
 * cdinode.h - layer 3: the device node that a CDI file means
 *
 * What the file does not say about a node is looked up on the host.
 */
#pragma once

#include "doc.h"

/*
 * A node as in /linux/devices, for one of a file's deviceNodes (whose shape has
 * been checked); owned by the process's user unless the file says otherwise.
 * NULL, and *err, if the host has no such device.
 */
json_t *cdinode_make(const json_t *wanted, const json_t *user, struct err *err) CHECKED;

/* Where it is on the host; borrowed. */
const char *cdinode_host(const json_t *wanted);
