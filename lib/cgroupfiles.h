/*
 * cgroupfiles.h - layer 2: which cgroup files a runtime writes for a document's limits
 *
 * The names and values are those of the kernel's two versions of cgroups; runc
 * and crun write the same, conversions included.
 */
#pragma once

#include "doc.h"

struct cgroup_host {
	bool v2;
	const char *controllers; /* with a blank around each; NULL: not known */
};

/*
 * Append a line for each limit in /linux/resources: the file, its value, the member
 * it is from, and what is the case if this host has no such file.
 */
void cgroup_files_print(const json_t *doc, const struct cgroup_host *host, struct buf *to);
