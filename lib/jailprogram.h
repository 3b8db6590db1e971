/*
 * jailprogram.h - layer 3: this program, so that nobody can write to it
 *
 * The container's processes can come by the file that process 1 executed before it
 * became the command (CVE-2019-5736).
 */
#pragma once

#include "err.h"

/*
 * A descriptor to execute it by, or -1.  It is this program mounted read-only at
 * `place`, a path that is free and in a mount namespace of ours, which no process of
 * the container's can change; where that is impossible, a sealed copy in memory.
 */
int jailprogram_open(const char *place, struct err *err) CHECKED;
