/*
 * scverify.h - layer 2: whether libseccomp makes of a filter what it says
 *
 * It does not always: it takes half of a 64-bit value on a 32-bit architecture,
 * has had errors in merging rules, and refuses some sets of them.
 */
#pragma once

#include "scedit.h"

/*
 * Compile the filter before (NULL: judge by the rules) and after the changes, run both on
 * all arguments that could matter, and fail if a change does not take effect or has another
 * one.  The error names the option that asked for it.
 */
int sc_verify(const json_t *before, const json_t *after, enum sc_arch native,
              const struct sc_slots *slots, struct err *err) CHECKED;

/* The same for rules that somebody else wrote: those with conditions must hold. */
int sc_verify_rules(const json_t *filter, enum sc_arch native, const char *option,
                    struct err *err) CHECKED;
