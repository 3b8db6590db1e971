/*
 * cgroupplace.h - layer 3: where we may make a container's cgroup, if anywhere
 *
 * Root may wherever cgroups are mounted writable; an ordinary user only in a cgroup
 * that was delegated to them: the one that the document names, or the one we are in.
 */
#pragma once

#include "doc.h"

struct cgroup_place {
	bool can;     /* a cgroup can be made, in `parent` or where the document says */
	char *parent; /* absolute; owned, or NULL: the top */
	char *why;    /* it cannot; owned, or NULL */
	const char *remedy;
};

/* `runtime` is a path or name; not every one keeps limits without privileges. */
void cgroup_place_find(const json_t *doc, bool rootless, const char *runtime,
                       struct cgroup_place *ret);

/*
 * The pointer of something in the document that only a cgroup can keep, or NULL;
 * device rules do not count, and neither does what is unlimited.
 */
const char *cgroup_place_asked(const json_t *doc);

/* Our own cgroup: of that controller, or (NULL) of version 2; owned, or NULL. */
char *cgroup_place_own(const char *controller);
