/*
 * elsewhere.h - layer 4: options that people look for in the wrong place
 *
 * A test compares this table with the option tables of all tools.
 */
#pragma once

/* "seccomp-apply --profile" for an option of another stage, a sentence for one of podman's,
 * or NULL. */
const char *elsewhere_hint(const char *option);
