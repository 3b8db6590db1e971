/*
 * owners.h - layer 3: who owns a tree, and what label it has
 *
 * For `U`, `z` and `Z` of a volume.  By descriptor, following no link and
 * crossing no mount; what is right already is left alone, so that an
 * interrupted change is finished by making it again.
 */
#pragma once

#include <sys/types.h>

#include "err.h"

/*
 * Give `source` (an O_PATH descriptor of a file or directory), with all that is
 * in it, to these ids.  A system's own directories, and a tree in which a file
 * has a link outside, are refused before anything is changed (B013, B014).
 */
int owners_give(int source, uid_t uid, gid_t gid, struct err *err) CHECKED;

/*
 * Give it this SELinux label, or with `shared` one without categories; nothing
 * where SELinux is off (B013).
 */
int owners_label(int source, const char *label, bool shared, struct err *err) CHECKED;
