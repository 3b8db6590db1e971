/*
 * scexplain.h - layer 2: what happens to a system call, why, and what would change it
 */
#pragma once

#include "doc.h"
#include "profile.h"

struct sc_explainer {
	const json_t *doc;
	enum sc_arch native;
	const json_t *source; /* the profile that the filter came from, or NULL */
	const char *source_name;
	const struct sc_version *kernel; /* it was resolved for, or NULL */
	const json_t *edits;             /* what was changed since, or NULL */
};

/* Append lines about "clone3" or "socket(40,*),bind"; the names must be known. */
int sc_explain(const struct sc_explainer *about, const char *calls, struct buf *to,
               struct err *err) CHECKED;

/* Append a line for each name in the filter that libseccomp does not know. */
void sc_explain_unknown(const json_t *doc, struct buf *to);

/* Fail if there is such a name. */
int sc_check_known(const json_t *doc, struct err *err) CHECKED;
