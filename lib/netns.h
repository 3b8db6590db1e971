/*
 * netns.h - layer 3: do something in another network namespace
 */
#pragma once

#include "buf.h"
#include "err.h"

/*
 * Run a function in the network namespace of this descriptor, in a process of its
 * own; `answer` gets what it writes to `out`.
 */
int netns_run(int netns, int (*run)(const void *data, int out), const void *data,
              struct buf *answer, struct err *err) CHECKED;

/* By which address others reach it; owned, or NULL (B324). */
char *netns_address(int netns) CHECKED;

/*
 * Whether new interfaces wait until nobody else has their IPv6 address: '1' or '0'.
 * What it was before, or 0 if it could not be set (B319).
 */
char netns_set_accept_dad(int netns, char value);

/* A descriptor of a new network namespace, which is gone when it is closed. */
int netns_make(struct err *err) CHECKED;
