/*
 * agentrelay.h - layer 3: what an ssh agent is asked, passed on
 *
 * The protocol (draft-miller-ssh-agent) is a request and its answer: four bytes of length,
 * then as many bytes, of which the first says what it is.  Lists of keys and signatures
 * are passed on; whatever changes the agent or extends the protocol is refused on its
 * behalf (B195).  A connection has one small buffer, and there are so many of them at
 * once; who writes too much or reads too slowly waits, and nobody waits for him.
 */
#pragma once

#include "base.h"

/*
 * A new connection to the agent whose socket `agent` is, as an O_PATH descriptor: so its
 * path may have any length, and nobody can put another one there.  -1 and errno.
 */
int agentrelay_connect(int agent) CHECKED;

/*
 * Answer whoever connects to `listener`, until we are killed.  Both sides of a connection
 * end when one does.
 */
_Noreturn void agentrelay_run(int listener, int agent);
