/*
 * leases.h - layer 3: who has which address of which network
 *
 * In the run root, a file a network: {"network": what netavark was told,
 * "leases": {CONTAINER: {"interface":, "addresses":, "names":, "hosts":}}}.  All are
 * read and written under one lock, which is also held while netavark works: it has
 * none of its own.  Without leases there are no files, and no directory.
 */
#pragma once

#include "doc.h"

struct leases {
	int dir; /* locked */
	int run_root;
};

/* Open and lock; with `make` also where there are none yet, else 1 says so. */
int leases_open(int run_root, bool make, struct leases *ret, struct err *err) CHECKED;
void leases_close(struct leases *leases);

/* What is known of a network; the caller's, or NULL. */
json_t *leases_read(const struct leases *leases, const char *network) CHECKED;

/* Keep it; without leases in it the network is forgotten. */
int leases_write(const struct leases *leases, const char *network, const json_t *state,
                 struct err *err) CHECKED;

/* The names of all networks, as a new array. */
json_t *leases_networks(const struct leases *leases) CHECKED;
