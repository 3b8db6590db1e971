/*
 * profile.h - layer 2: seccomp profiles, resolved for a document
 *
 * A profile (the format of docker and containers/common) has rules that hold
 * for some capabilities, architectures or kernels only; a document has just
 * the rules that hold for it.
 */
#pragma once

#include "doc.h"
#include "sctext.h"
#include "scwords.h"

/* What a profile is resolved for. */
struct profile_target {
	enum sc_arch arch;
	const json_t *bounding; /* the capabilities of the bounding set, or NULL for none */
	const struct sc_version *kernel; /* NULL: every minKernel counts as met */
};

/* The built-in default profile, in its own format: a new value. */
json_t *profile_default(void) CHECKED;

/* Check what was read from a file, and drop what Go programs write as null. */
int profile_check(json_t *profile, struct err *err) CHECKED;

/*
 * True if the rule's conditions hold.  For each capability that they name,
 * `looked` gets a member that says whether it is held.
 */
bool profile_rule_holds(const json_t *rule, const struct profile_target *target,
                        json_t *looked);

/* The filter as /linux/seccomp holds it: a new value. */
int profile_resolve(const json_t *profile, const struct profile_target *target,
                    json_t *looked, json_t **ret, struct err *err) CHECKED;

/* ---- a document ---------------------------------------------------------- */

extern const char profile_filter_pointer[];   /* /linux/seccomp */
extern const char profile_bounding_pointer[]; /* /process/capabilities/bounding */

/* How a document's filter came about; kept in /ocipipe/relied/seccomp-apply. */
struct profile_origin {
	const char *name; /* "default", "unconfined" or a file's absolute path */
	const char *arch; /* as sc_arch_names has it; NULL for the native one */
	const char *kernel;
	const json_t *edits; /* options that have changed it since, or NULL */
};

/* Put a filter into the document; NULL removes it.  Steals `filter`. */
int profile_put_new(json_t *doc, json_t *filter, struct err *err) CHECKED;

/* Record the document's filter as own work. */
int profile_record(json_t *doc, const struct profile_origin *origin, const json_t *looked,
                   struct err *err) CHECKED;
void profile_forget(json_t *doc);

/* True if the filter that is there, or that there is none, is as it was recorded. */
bool profile_is_own(const json_t *doc);

/* What was recorded, borrowed; false if there is nothing to know. */
bool profile_origin_of(const json_t *doc, struct profile_origin *ret);

/* Resolve the default profile for a new document, put it in place and record it. */
int profile_apply_default(json_t *doc, struct err *err) CHECKED;

/*
 * True if the filter is seccomp-apply's own, and a capability that its profile
 * looks at is held differently now than then.
 */
bool profile_relied_changed(const json_t *doc);
