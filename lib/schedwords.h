/*
 * schedwords.h - layer 2: the words in which people choose how a process is scheduled
 *
 * Each text may be cut up.  *ret is the caller's: what the runtime-spec wants for it.
 */
#pragma once

#include "doc.h"

/* "fifo:10", "batch,nice=5", "deadline,runtime=5ms,deadline=10ms,flags=reclaim". */
int scheduler_parse(char *text, json_t **ret, struct err *err) CHECKED;

/* "best-effort:4", "idle" (ionice(1)). */
int io_priority_parse(char *text, json_t **ret, struct err *err) CHECKED;

/* "bind:0-1", "interleave=static:0,2", "local": as in tmpfs's option mpol=. */
int memory_policy_parse(char *text, json_t **ret, struct err *err) CHECKED;

/* "0-3:7", the CPUs of a process that exec starts: at first, and then; either may be
 * missing.
 */
int cpu_affinity_parse(char *text, json_t **ret, struct err *err) CHECKED;
