/*
 * localaddr.h - layer 3: by which address others reach us
 */
#pragma once

#include "base.h"

/*
 * The first global IPv4 address of an interface in our network namespace, else the
 * last IPv6 one; owned, or NULL (B257).
 */
char *localaddr_find(void) CHECKED;
