/*
 * agents.h - layer 4: ssh agents, shown to a container through sockets of its own
 *
 * --mount=type=ssh (B192-B198).  For each such mount a socket is made in our own mount
 * namespace, where nobody else can reach it, with the owner and mode that were asked for;
 * a process of ours answers there what agentrelay.h lets through.  That, and an ssh-agent
 * that we have started for keys, are our children: they end with the container, and die
 * when we do.
 */
#pragma once

#include "step.h"

/* Add a step for each agent of the document. */
void agents_plan(struct plan *plan, const json_t *doc);

/* Find the agent, or start one, and make the socket that mountprep.h looks for. */
int agents_act(const struct acting *acting, const json_t *step, struct err *err) CHECKED;
