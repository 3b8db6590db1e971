/*
 * netavark.h - layer 3: netavark, which connects network namespaces to bridges
 */
#pragma once

#include "doc.h"

struct netavark {
	const char *program;   /* its path */
	const char *config;    /* a directory for what it writes */
	const char *container; /* our name for it */
};

/* What it is told of a container on no network yet; the caller's. */
json_t *netavark_request(const struct netavark *netavark) CHECKED;

/* Add a network, as netconf.h has it, that `interface` has these addresses in. */
void netavark_add(json_t *request, const json_t *network, const char *interface,
                  const json_t *addresses);

/*
 * "setup" or "teardown" for a network namespace (B326).  After a setup, `addresses`
 * gets those that it reports; else it is NULL.
 */
int netavark_call(const struct netavark *netavark, const char *verb, int netns,
                  const json_t *request, json_t *addresses, struct err *err) CHECKED;
