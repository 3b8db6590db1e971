// SPDX-License-Identifier: Apache-2.0
#include "ipnet.h"

#include <arpa/inet.h>
#include <string.h>

#include "parse.h"

enum { V4_BITS = 32, V6_BITS = 128, BYTE = 8 };

static size_t byte_count(const struct ipaddr *address)
{
	return address->bits / BYTE;
}

bool ipaddr_parse(const char *text, struct ipaddr *ret)
{
	struct ipaddr address = { .bits = V4_BITS };

	if (inet_pton(AF_INET, text, address.bytes) != 1) {
		address.bits = V6_BITS;
		if (inet_pton(AF_INET6, text, address.bytes) != 1)
			return false;
	}
	*ret = address;
	return true;
}

bool ipnet_parse(const char *text, struct ipnet *ret)
{
	const char *slash = strchr(text, '/');
	auto_free char *address = xstrndup(text, slash ? (size_t)(slash - text) : 0);
	struct ipnet net;
	uint32_t prefix;

	if (!slash || !ipaddr_parse(address, &net.address) ||
	    !parse_u32(slash + 1, &prefix) || prefix > net.address.bits)
		return false;
	net.prefix = prefix;
	*ret = net;
	return true;
}

char *ipaddr_print(const struct ipaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(address->bits == V4_BITS ? AF_INET : AF_INET6, address->bytes, text,
	          sizeof(text));
	return xstrdup(text);
}

int ipaddr_compare(const struct ipaddr *a, const struct ipaddr *b)
{
	int order = memcmp(a->bytes, b->bytes, byte_count(a));

	return order < 0 ? -1 : order > 0;
}

void ipaddr_increment(struct ipaddr *address)
{
	for (size_t i = byte_count(address); i-- > 0;)
		if (++address->bytes[i])
			return;
}

/* The bits of this byte that belong to the network. */
static unsigned char mask(const struct ipnet *net, size_t byte)
{
	size_t start = byte * BYTE;

	if (net->prefix >= start + BYTE)
		return 0xff;
	if (net->prefix <= start)
		return 0;
	return (unsigned char)(0xff00U >> (net->prefix - start));
}

struct ipaddr ipnet_first(const struct ipnet *net)
{
	struct ipaddr first = net->address;

	for (size_t i = 0; i < byte_count(&first); i++)
		first.bytes[i] &= mask(net, i);
	return first;
}

struct ipaddr ipnet_last(const struct ipnet *net)
{
	struct ipaddr last = net->address;

	for (size_t i = 0; i < byte_count(&last); i++)
		last.bytes[i] = (unsigned char)(last.bytes[i] | ~mask(net, i));
	return last;
}

bool ipnet_contains(const struct ipnet *net, const struct ipaddr *address)
{
	struct ipaddr first = ipnet_first(net), last = ipnet_last(net);

	return net->address.bits == address->bits && ipaddr_compare(&first, address) <= 0 &&
	       ipaddr_compare(address, &last) <= 0;
}
