/*
 * elsewhere.h - layer 4: what people look for in the wrong place
 *
 * Tests compare these tables with what all tools say about themselves.
 */
#pragma once

#include "base.h"

/*
 * "seccomp-apply --profile" for an option of other stages, a sentence for one of
 * podman's, or NULL; owned.
 */
char *elsewhere_hint(const char *option) CHECKED;
char *elsewhere_letter_hint(char letter) CHECKED;

/* The same for an option of another stage that is nearly this one. */
char *elsewhere_near(const char *option) CHECKED;

/* The filter that owns what is at this pointer; ocipatch owns what no other does. */
const char *elsewhere_owner(const char *pointer);
