/*
 * cgrouphost.h - layer 3: which version of cgroups this host has, and which controllers
 */
#pragma once

#include "cgroupfiles.h"

/* *names is behind ret->controllers and the caller's.  What cannot be read is not known. */
void cgroup_host_look(struct cgroup_host *ret, char **names);
