/*
 * networds.h - layer 2: who configures a new network namespace, and how
 *
 * What is recorded in /ocipipe/network is what ocirun gives to slirp4netns, pasta
 * or netavark: options are those of a closed list, so that no document can have
 * such a program write a file, and names cannot lead out of a directory of
 * networks.
 */
#pragma once

#include "doc.h"

/*
 * "slirp4netns[:OPT=VALUE,...]", "pasta[:OPT,...]", "bridge[:NAME,...]", "NAME,NAME" as
 * {"mode":, "options":, "networks":}, the caller's.
 */
int network_parse(const char *text, json_t **ret, struct err *err) CHECKED;

/* Check such a record, whose shape is right.  `where` is relative to it. */
int network_check(const json_t *record, struct err *err) CHECKED;

/* The last value of an option of slirp4netns in such a record, or NULL. */
const char *network_option(const json_t *record, const char *name);

/*
 * An address that slirp4netns has a use for, by its number in the network: 2 is the
 * gateway, 3 the name server, 100 the container (B321).  Owned.
 */
char *network_slirp_address(const json_t *record, unsigned int number) CHECKED;
