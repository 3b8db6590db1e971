/*
 * routes.h - layer 3: where this host sends packets
 */
#pragma once

#include "base.h"

/* True if it has a way to the rest of the world. */
bool routes_have_default(void);

/* True if an IPv4 route, but for the default one, shares an address with this network. */
bool routes_overlap(uint32_t network, unsigned int bits);
