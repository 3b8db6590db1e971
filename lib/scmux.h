/*
 * scmux.h - layer 2: system calls that are also calls of socketcall(2) and ipc(2)
 *
 * On x86 and some others a program can make socket(2) directly or as call 1 of
 * socketcall(2).  libseccomp adds such a rule to every rule for socket by
 * itself; but if the filter names socketcall too, as most do, that decides.  And
 * no filter can see the arguments of what is called so: they are in memory.
 */
#pragma once

#include "base.h"

struct sc_mux {
	const char *name;         /* "socketcall" */
	uint64_t mask;            /* the bits of its first argument that count */
	const char *const *calls; /* their names by number; NULL where there is none */
	size_t count;
};

extern const struct sc_mux sc_muxes[2];

/* What multiplexes `name` and the number it has there, or NULL. */
const struct sc_mux *sc_mux_of(const char *name, uint64_t *number);

/* The multiplexing call with this name itself, or NULL. */
const struct sc_mux *sc_mux_named(const char *name);
