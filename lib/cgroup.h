/*
 * cgroup.h - layer 3: a container's cgroup, in every hierarchy that has it
 *
 * Paths are absolute in their hierarchy ("/ocipipe-NAME"), so that they can be
 * found again without asking the runtime.
 */
#pragma once

#include "err.h"

/* True if we could make one. */
bool cgroup_writable(void);

/* True if some hierarchy has it. */
bool cgroup_exists(const char *path);

/* Kill all that is in it and below it, and wait until it is gone; false if something stays.
 */
bool cgroup_kill(const char *path);

/* Remove it and the cgroups below it, which must be empty.  Nothing there is no error. */
int cgroup_remove(const char *path, struct err *err) CHECKED;
