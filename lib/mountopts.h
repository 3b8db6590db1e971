/*
 * mountopts.h - layer 2: the options of a mount as the kernel takes them
 *
 * What a runtime makes of /mounts/N/options: flags of the mount, flags of the
 * file system, propagation, and data for the file system.
 */
#pragma once

#include <stdint.h>

#include "doc.h"

struct mountopts {
	bool bind;
	bool recursive;            /* a bind with what is mounted below */
	unsigned long flags;       /* MS_* for mount(2) */
	uint64_t set, clear;       /* MOUNT_ATTR_* for mount_setattr(2) */
	uint64_t set_all;          /* the same for what is mounted below, too */
	unsigned long propagation; /* MS_PRIVATE, ..., or 0 */
	bool propagate_all;
	bool copy_up;    /* tmpcopyup */
	struct buf data; /* "mode=755,size=64k" */
};

#define auto_mountopts __attribute__((cleanup(mountopts_free)))

/* True if it shows something that is there already: by its type, or by an option. */
bool mount_is_bind(const json_t *mount);

/* An option that a bind would ignore is an error; the list's shape has been checked. */
int mountopts_read(const json_t *mount, struct mountopts *ret, struct err *err) CHECKED;
void mountopts_free(struct mountopts *opts);
