/*
 * userns.h - layer 3: user namespaces with a document's mappings
 */
#pragma once

#include <sys/types.h>

#include "doc.h"
#include "owner.h"

/*
 * Give the user namespace of process `pid`, which has just been made, the
 * mappings of `linux` (the document's /linux).  As root they are written, else
 * newuidmap and newgidmap do it; our own id alone needs neither.
 */
int userns_map(pid_t pid, const json_t *linux_, struct err *err) CHECKED;

/* A descriptor of a user namespace with these mappings, which nobody is in. */
int userns_open(const json_t *linux_, struct err *err) CHECKED;

/* Who on the host the container's owner is; an id that has no mapping stays what it is. */
struct owner userns_owner(const json_t *linux_, struct owner inner);

/* True if the host id is the target of one of these mappings; `id`: "uid" or "gid". */
bool userns_covers(const json_t *linux_, const char *id, uint32_t host_id);

/* The host id that an id of the container is; false if it is not mapped (B004). */
bool userns_host_id(const json_t *linux_, const char *id, uint32_t container_id,
                    uint32_t *ret) CHECKED;

/* The other way round: the container's id that a host id is; false if it is none. */
bool userns_container_id(const json_t *linux_, const char *id, uint32_t host_id,
                         uint32_t *ret) CHECKED;

/* Be root in the user namespace that we have entered, with no other groups. */
int userns_become_root(struct err *err) CHECKED;

/*
 * Run a function as root of a new user namespace with these mappings, in a
 * process of its own; what it returned, or -1.  It reports its own errors.
 */
int userns_run(const json_t *linux_, int (*run)(void *data), void *data,
               struct err *err) CHECKED;
