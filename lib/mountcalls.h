/*
 * mountcalls.h - layer 0: mount(2) and umount2(2) with the kernel's MS_* and MOUNT_ATTR_*
 *
 * <sys/mount.h> declares them, but does not go together with <linux/mount.h> everywhere.
 */
#pragma once

#include <linux/mount.h>

enum { UNMOUNT_DETACH = 2 }; /* MNT_DETACH */

/* As mount(2) and umount2(2) say: 0, or -1 and errno. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
          const void *data);
int umount2(const char *target, int flags);
