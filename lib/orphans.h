/*
 * orphans.h - layer 3: end whatever a dead child left to us as its subreaper
 */
#pragma once

#include "base.h"

/* Kill and reap all our children, those that become ours meanwhile included. */
void orphans_kill(void);
