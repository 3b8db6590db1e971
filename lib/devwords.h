/*
 * devwords.h - layer 2: what people write to ask for a device
 *
 * All of them cut `text` up.
 */
#pragma once

#include "doc.h"

/* A path in the container, in its shortest form; owned.  NULL, and *err, if it is none. */
char *devwords_path(const char *text, struct err *err) CHECKED;

struct device_words {
	char *host;         /* lies in the text */
	char *path;         /* in the container; owned */
	const char *access; /* lies in the text; NULL if nothing is said */
};

/* "HOST[:CONTAINER[:ACCESS]]", of which the middle may be left out (B399). */
int devwords_device(char *text, struct device_words *ret, struct err *err) CHECKED;

/*
 * "PATH:TYPE:MAJOR:MINOR[:mode=,uid=,gid=,access=]", a FIFO without the numbers:
 * a node as in /linux/devices.  *access is "rwm" if nothing is said, or "none".
 */
json_t *devwords_node(char *text, const char **access, struct err *err) CHECKED;

/* "[allow|deny] TYPE MAJOR:MINOR ACCESS": as in /linux/resources/devices. */
json_t *devwords_rule(char *text, struct err *err) CHECKED;

/* ERR_USAGE if a rule for the type a names just some of all devices: it would be for all.
 */
int devwords_check_all(const json_t *rule, struct err *err) CHECKED;
