/*
 * cgrouphost.h - layer 3: which version of cgroups this host has, and which controllers
 */
#pragma once

#include "cgroupfiles.h"

/* True if a hierarchy of version 2 is mounted there. */
bool cgroup_is_v2(const char *path);

/* True if that is all there is on this host: no controller is one of version 1. */
bool cgroup_host_is_v2(void);

/* *names is behind ret->controllers and the caller's.  What cannot be read is not known. */
void cgroup_host_look(struct cgroup_host *ret, char **names);
