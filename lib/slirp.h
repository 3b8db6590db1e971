/*
 * slirp.h - layer 4: slirp4netns, a network for a container without any privilege
 */
#pragma once

#include "network.h"

int slirp_up(struct network *network, struct err *err) CHECKED;
