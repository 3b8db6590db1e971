/*
 * reclaim.h - layer 4: clean up after a run whose processes are dead
 *
 * Its journal says all that is needed: whether a call of the runtime is still
 * under way, which process is the container's first, how the runtime is made to
 * forget it, and what to take back.  Processes are recognised by their pid and
 * the time they started, never by the pid alone.
 */
#pragma once

#include "place.h"

/* What a run writes down first, for us. */
json_t *reclaim_about(const char *name, const char *rootfs, const json_t *maps,
                      unsigned int stop_timeout) CHECKED;

/*
 * The run directory `name`, whose lock we hold, and all that its journal says.
 * What cannot be taken back is a message of `tool` of its own.
 */
int reclaim_run(int run_root, const char *name, const char *tool, struct err *err) CHECKED;

/*
 * Every run in the run root that nobody holds the lock of.  Says on standard
 * error what went wrong, and with `verbose` what was removed; false if something
 * stays.
 */
bool reclaim_all(const char *run_root, const char *tool, bool verbose);
