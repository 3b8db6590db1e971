/*
 * profile.h - layer 2: seccomp profiles, resolved for a document
 *
 * A profile (the format of docker and containers/common) has rules that hold
 * for some capabilities, architectures or kernels only; a document has just
 * the rules that hold for it.
 */
#pragma once

#include "doc.h"

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
