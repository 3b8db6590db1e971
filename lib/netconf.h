/*
 * netconf.h - layer 3: networks by their names
 *
 * A network is a file in podman's directory, or our own default one, "ocipipe":
 * a bridge of a name that no interface has, with a subnet that no route of this
 * host leads to, outside of those that podman chooses from.
 */
#pragma once

#include "doc.h"

/* What documents call the default network. */
extern const char netconf_default[];

/*
 * What netavark is to be told of the network, checked; the caller's.  Names are
 * never its business, but /etc/hosts's.
 */
int netconf_find(const char *name, json_t **ret, struct err *err) CHECKED;

/*
 * An address in each subnet of the network that none of `taken` (strings) is, in
 * their order.
 */
int netconf_choose(const json_t *network, const json_t *taken, json_t **ret,
                   struct err *err) CHECKED;
