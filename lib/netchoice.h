/*
 * netchoice.h - layer 3: who connects a container on this host
 *
 * A document that asks for a private network leaves it to us: root gets a bridge,
 * others pasta or slirp4netns, whichever this host has and lets us use; and if
 * there is none, a loopback interface is all there is.  $OCIPIPE_NETWORK says
 * otherwise (B314).
 */
#pragma once

#include "doc.h"

struct netchoice {
	json_t *record; /* as in /ocipipe/network; still "private" if nobody connects it; or
	                   NULL */
	char *program;  /* that does it, or NULL */
	char *why;      /* it was chosen, if the document did not say */
	char *lacking;  /* why there is no more than loopback, though more was asked for */
};

/*
 * For this /ocipipe/network, or NULL.  With nobody to connect it, a private network is
 * a loopback interface.  What *ret has is the caller's.
 */
int netchoice_make(const json_t *asked, bool nobody, struct netchoice *ret,
                   struct err *err) CHECKED;

/* The mode that was chosen: "none", "bridge", ..., or NULL. */
const char *netchoice_mode(const struct netchoice *choice);

/* True if something must be set up once there is a container. */
bool netchoice_needs_us(const struct netchoice *choice);

void netchoice_free(struct netchoice *choice);
