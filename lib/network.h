/*
 * network.h - layer 4: connect a container, between its creation and its start
 *
 * How is in the plan.  A way to connect is a row of the table in network.c.
 */
#pragma once

#include "place.h"
#include "plan.h"
#include "watch.h"

struct network {
	/* The owner's. */
	const struct plan *plan;
	const struct place *place;
	struct watch *watch;
	const char *tool;
	int bundle; /* the directory */

	/* Ours. */
	int netns;         /* the container's network namespace, or -1 */
	int log;           /* what the helper prints, or -1 */
	json_t *addresses; /* by which others reach it */
	json_t *names;     /* and what they call it */
	bool up;
};

/* True if it must be connected: there is something to do between create and start. */
bool network_wanted(const struct plan *plan);

/* Connect it, and write its names into its /etc/hosts. */
int network_up(struct network *network, struct err *err) CHECKED;

/*
 * Take back what network_up() did, whether it succeeded or not.  If what connects
 * the container ended before it did, *err says so.
 */
void network_down(struct network *network, struct err *err);
