/*
 * scoptions.h - layer 2: seccomp-apply's options that edit a filter
 *
 * An edit is a text as the command line has it, "--deny=socket,bind": that is also
 * how a document keeps those that were made, so that they can be made again.
 */
#pragma once

#include "doc.h"
#include "scwords.h"

/* Make the edits of an array, in order; the errors name the edit. */
int sc_options_apply(json_t *filter, const json_t *edits, enum sc_arch native,
                     struct err *err) CHECKED;

/* The same, but without asking libseccomp whether they take effect. */
int sc_options_imagine(json_t *filter, const json_t *edits, enum sc_arch native,
                       struct err *err) CHECKED;

/* A filter that allows everything, for edits to begin with. */
json_t *sc_options_allow_all(enum sc_arch native) CHECKED;
