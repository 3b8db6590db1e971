/*
 * isolation.h - layer 4: how a container is kept apart: by a runtime, or without one
 */
#pragma once

#include "doc.h"
#include "opt.h"

enum isolation { ISOLATION_UNSET, ISOLATION_OCI, ISOLATION_ROOTLESS, ISOLATION_CHROOT };

extern const struct name isolation_names[];

/* For --isolation: `to` is an int; an empty word is ISOLATION_UNSET (B410). */
int isolation_set(struct opt_use *use, void *to, struct err *err) CHECKED;

/*
 * The isolation that was asked for: `given`, else by `environment` (the value of
 * $BUILDAH_ISOLATION, or NULL), else by whether we are rootless (B245).  *unknown
 * is true if the environment's word is none of them, and then means oci.
 */
enum isolation isolation_choose(int given, const char *environment, bool rootless,
                                bool *unknown);

/* True if this process cannot do root's work on this host (B001). */
bool isolation_is_rootless(void);

/* With a runtime: what of the document cannot go together (B247). */
int isolation_check_oci(const json_t *doc, struct err *err) CHECKED;

/*
 * Without one: refuse what cannot be kept, and take out what is left out, naming it
 * in *said ("the network is the host's, hooks are not run").
 */
int isolation_adapt_chroot(json_t *doc, struct buf *said, struct err *err) CHECKED;
