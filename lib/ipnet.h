/*
 * ipnet.h - layer 0: IP addresses and networks, both versions alike
 */
#pragma once

#include "base.h"

enum { IPNET_BYTES = 16 };

/* An address, in network byte order; of IPv4 the first four bytes count. */
struct ipaddr {
	unsigned int bits; /* 32 or 128 */
	unsigned char bytes[IPNET_BYTES];
};

struct ipnet {
	struct ipaddr address;
	unsigned int prefix; /* bits */
};

/* "10.0.0.1", "fd00::1"; "10.0.0.0/24". */
bool ipaddr_parse(const char *text, struct ipaddr *ret) CHECKED;
bool ipnet_parse(const char *text, struct ipnet *ret) CHECKED;

/* Owned. */
char *ipaddr_print(const struct ipaddr *address) CHECKED;

/* -1, 0 or 1; addresses of the same version. */
int ipaddr_compare(const struct ipaddr *a, const struct ipaddr *b);

/* The next one: 10.0.0.255 is followed by 10.0.1.0. */
void ipaddr_increment(struct ipaddr *address);

bool ipnet_contains(const struct ipnet *net, const struct ipaddr *address);

/* The first and the last address. */
struct ipaddr ipnet_first(const struct ipnet *net);
struct ipaddr ipnet_last(const struct ipnet *net);
