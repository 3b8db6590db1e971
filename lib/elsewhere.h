/*
 * elsewhere.h - layer 4: what people look for in the wrong place
 *
 * Tests compare these tables with what all tools say about themselves.
 */
#pragma once

/* "seccomp-apply --profile" for an option of another stage, a sentence for one of podman's,
 * or NULL. */
const char *elsewhere_hint(const char *option);

/* The filter that owns what is at this pointer; ocipatch owns what no other does. */
const char *elsewhere_owner(const char *pointer);
