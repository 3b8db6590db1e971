/*
 * mountsubs.h - layer 2: subscriptions, copies of the host's files for every container
 *
 * --default-mounts-file names a list of them, as containers-mounts.conf(5) is one
 * (B149-B153), and --fips gives a container what one on a host in FIPS mode gets (B154,
 * B155).  Only who asks for either gets it: no list is found by itself.
 */
#pragma once

#include "doc.h"

/* Where crypto-policies for FIPS are in a root file system that has them. */
extern const char mountsubs_policies[];

/*
 * Append the mounts that the lines HOST[:CONTAINER] of `text` ask for, which is cut up, to
 * `mounts`, and put their steps into `steps`, an array for each destination.  Lines that
 * begin with no / are none; a path that is not there is skipped, which `tool` says on
 * standard error.  `file` is the list's name for errors, ERR_INPUT with the line.
 */
int mountsubs_read(struct buf *text, const char *file, const char *tool, json_t *mounts,
                   json_t *steps, struct err *err) CHECKED;

/*
 * Append what says that the host is in FIPS mode, after what was read.  `root`: the root
 * file system, if it has crypto-policies for that, or NULL.
 */
void mountsubs_fips(const char *root, json_t *mounts, json_t *steps);
