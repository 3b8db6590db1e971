// SPDX-License-Identifier: Apache-2.0
#include "localaddr.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

/* Neither loopback nor link-local nor multicast. */
static bool is_global(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)address;
		uint32_t ip = ntohl(v4->sin_addr.s_addr);

		return ip && ip >> 24 != 127 && ip >> 16 != 0xa9fe && ip >> 28 < 14;
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)address;

		return !IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) &&
		       !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) &&
		       !IN6_IS_ADDR_MULTICAST(&v6->sin6_addr) &&
		       !IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
	}
	return false;
}

static char *address_text(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";
	const void *bytes =
		address->sa_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)(const void *)address)
				  ->sin_addr
			: &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

	inet_ntop(address->sa_family, bytes, text, sizeof(text));
	return xstrdup(text);
}

char *localaddr_find(void)
{
	struct ifaddrs *list, *best = NULL;
	char *text;

	if (getifaddrs(&list) < 0)
		return NULL;
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		if (!i->ifa_addr || !is_global(i->ifa_addr))
			continue;
		best = i;
		if (i->ifa_addr->sa_family == AF_INET)
			break;
	}
	text = best ? address_text(best->ifa_addr) : NULL;
	freeifaddrs(list);
	return text;
}
