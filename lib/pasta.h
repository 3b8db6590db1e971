/*
 * pasta.h - layer 4: pasta, a network for a container that looks like the host's own
 */
#pragma once

#include "network.h"

int pasta_up(struct network *network, struct err *err) CHECKED;
