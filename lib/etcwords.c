// SPDX-License-Identifier: Apache-2.0
#include "etcwords.h"

#include <arpa/inet.h>
#include <string.h>

static bool plain(const char *text, const char *but)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr(but, *c))
			return false;
	return *text;
}

/* An IPv4 or IPv6 literal, with a zone where a resolver takes one. */
static bool is_address(const char *text, bool zone)
{
	size_t len = zone ? strcspn(text, "%") : strlen(text);
	auto_free char *address = xstrndup(text, len);
	unsigned char ignored[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, address, ignored) == 1 ||
	       (inet_pton(AF_INET6, address, ignored) == 1 && plain(text, "#;"));
}

/* Split at the first colon, so that an IPv6 address may follow (B255, B397). */
static int check_host(const char *text, struct err *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *name = NULL;

	if (!colon) {
		err_set(err, ERR_USAGE, "'%s' is not NAME:IP", text);
		return err_hint(err, "NAME:host-gateway is this host");
	}
	name = xstrndup(text, (size_t)(colon - text));
	if (!plain(name, "#"))
		return err_set(err, ERR_USAGE, "'%s' is not a host name", name);
	if (strcmp(colon + 1, "host-gateway") == 0 || is_address(colon + 1, false))
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is not an IP address", colon + 1);
}

int etcwords_check(enum etc_word word, const char *text, struct err *err)
{
	switch (word) {
	case ETC_ADD_HOST:
		return check_host(text, err);
	case ETC_DNS:
		if (is_address(text, true))
			return 0;
		err_set(err, ERR_USAGE, "'%s' is not an IP address", text);
		return err_hint(err, "'none', alone, leaves /etc/resolv.conf as it is");
	case ETC_DNS_SEARCH:
	case ETC_DNS_OPTION:
		if (plain(text, "#;"))
			return 0;
		return err_set(err, ERR_USAGE, "'%s' is not a word", text);
	}
	abort();
}

const char *etcwords_kind(enum etc_word word)
{
	return word == ETC_ADD_HOST ? "hosts" : "resolv.conf";
}

const char *etcwords_member(enum etc_word word)
{
	static const char *const members[] = {
		[ETC_ADD_HOST] = "add",
		[ETC_DNS] = "servers",
		[ETC_DNS_SEARCH] = "searches",
		[ETC_DNS_OPTION] = "options",
	};

	return members[word];
}
