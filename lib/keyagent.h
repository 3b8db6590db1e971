/*
 * keyagent.h - layer 4: an ssh agent of our own, which has some private keys
 */
#pragma once

#include "watch.h"

/*
 * Start ssh-agent, listening as `name` in the directory `dir`, and load the keys in these
 * files, which are opened once and must not need a passphrase.  It dies when we do, or
 * with our other children (orphans.h).
 */
int keyagent_start(struct watch *watch, int dir, const char *name, const json_t *paths,
                   struct err *err) CHECKED;
