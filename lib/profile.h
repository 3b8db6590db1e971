/*
 * profile.h - layer 2: seccomp profiles, resolved for a document
 *
 * A profile (the format of docker and containers/common) has rules that hold
 * for some capabilities, architectures or kernels only; a document has just
 * the rules that hold for it.
 */
#pragma once

#include "doc.h"
#include "scwords.h"

/* What a profile is resolved for. */
struct profile_target {
	enum sc_arch arch;
	const json_t *bounding; /* the capabilities of the bounding set, or NULL for none */
};

/* The built-in default profile, in its own format: a new value. */
json_t *profile_default(void) CHECKED;

/*
 * The filter as /linux/seccomp holds it: a new value, JSON null if the profile
 * has none (B208).  For each capability that a condition names, `looked` gets a
 * member that says whether it is held.
 */
int profile_resolve(const json_t *profile, const struct profile_target *target,
                    json_t *looked, json_t **ret, struct err *err) CHECKED;

/*
 * Resolve the built-in default profile for the document's capabilities, put it
 * at /linux/seccomp, and record it as seccomp-apply's own work.
 */
int profile_apply_default(json_t *doc, struct err *err) CHECKED;

/*
 * True if the filter is seccomp-apply's own, and a capability that its profile
 * looks at is held differently now than then.
 */
bool profile_relied_changed(const json_t *doc);
