/*
 * jailstate.h - layer 3: what is known of a container between its create and delete
 *
 * Its process 1, by pid and starting time, and a FIFO that it waits at for its start.
 */
#pragma once

#include <sys/types.h>

#include "err.h"

/* Make the FIFO; the end that process 1 waits at, or -1. */
int jailstate_make(const char *dir, const char *name, struct err *err) CHECKED;

int jailstate_write(const char *dir, const char *name, pid_t pid, struct err *err) CHECKED;
int jailstate_start(const char *dir, const char *name, struct err *err) CHECKED;
bool jailstate_is_alive(const char *dir, const char *name);

/* With `force` a living process 1 is killed first; else it is an error. */
int jailstate_remove(const char *dir, const char *name, bool force,
                     struct err *err) CHECKED;
