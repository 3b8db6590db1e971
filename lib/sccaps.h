/*
 * sccaps.h - layer 2: what the kernel itself asks of who makes a system call
 */
#pragma once

#include "base.h"

struct sc_need {
	const char *call;
	const char *cap;  /* "CAP_SYS_ADMIN" */
	const char *when; /* "for new namespaces but a user namespace"; NULL: always */
};

/* The entry for this call, or NULL. */
const struct sc_need *sc_need_of(const char *call);
