// SPDX-License-Identifier: Apache-2.0
#include "routes.h"

#include <arpa/inet.h>
#include <string.h>

struct route {
	uint32_t network, mask; /* in the host's byte order */
	bool rejected;
};

enum { REJECT = 0x200 }; /* RTF_REJECT of linux/route.h */

/* Calls `found` with every IPv4 route until it says true. */
static bool find_v4(bool (*found)(const struct route *route, const void *data),
                    const void *data)
{
	auto_fclose FILE *file = fopen("/proc/net/route", "re");
	char line[512];
	unsigned int network, flags, mask;

	while (file && fgets(line, sizeof(line), file)) {
		struct route route;

		/* The heading does not match. */
		if (sscanf(line, "%*s %x %*x %x %*d %*d %*d %x", &network, &flags, &mask) !=
		    3)
			continue;
		route = (struct route){ ntohl(network), ntohl(mask), flags & REJECT };
		if (found(&route, data))
			return true;
	}
	return false;
}

static bool is_default(const struct route *route, const void *data UNUSED)
{
	return !route->mask && !route->rejected;
}

static bool overlaps(const struct route *route, const void *data)
{
	const struct route *other = data;

	return route->mask &&
	       ((route->network ^ other->network) & route->mask & other->mask) == 0;
}

/* "DESTINATION LENGTH SOURCE LENGTH NEXT-HOP METRIC REFERENCES USE FLAGS INTERFACE" */
static bool have_default_v6(void)
{
	auto_fclose FILE *file = fopen("/proc/net/ipv6_route", "re");
	char line[512], interface[64];
	unsigned int length, flags;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %x %*s %*x %*s %*x %*x %*x %x %63s", &length, &flags,
		           interface) == 3 &&
		    length == 0 && !(flags & REJECT) && strcmp(interface, "lo") != 0)
			return true;
	return false;
}

bool routes_have_default(void)
{
	return find_v4(is_default, NULL) || have_default_v6();
}

bool routes_overlap(uint32_t network, unsigned int bits)
{
	const struct route other = { network, bits ? ~0U << (32 - bits) : 0, false };

	return find_v4(overlaps, &other);
}
