/*
 * bridge.h - layer 3: containers on bridges, who meet by their names
 *
 * What each is and has is in the leases of the networks, so that it can be taken back
 * also when the container and all who knew it are gone.
 */
#pragma once

#include "netavark.h"

struct bridge {
	struct netavark netavark;
	int run_root; /* which the leases are in */
};

/* How a container takes part; all borrowed. */
struct bridge_wish {
	const json_t *networks; /* names, or none: the default one */
	const json_t *names;    /* that others call it by */
	const char *hosts;      /* the path of its /etc/hosts, or NULL */
	int netns;
};

/* Connect it, in this order to eth0, eth1, ...; `addresses` gets what it can be reached by.
 */
int bridge_up(const struct bridge *bridge, const struct bridge_wish *wish,
              json_t *addresses, struct err *err) CHECKED;

/* Tell it the names of those that are there, and them its own. */
int bridge_meet(const struct bridge *bridge, struct err *err) CHECKED;

/*
 * Disconnect it from all networks that it has a lease of; nothing if there are none.
 * `*netns` is its network namespace, or -1: that is gone.  Closed if it is in the way.
 */
int bridge_down(const struct bridge *bridge, int *netns, struct err *err) CHECKED;
