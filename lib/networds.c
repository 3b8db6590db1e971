// SPDX-License-Identifier: Apache-2.0
#include "networds.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "names.h"
#include "parse.h"
#include "valid.h"

/* ---- values -------------------------------------------------------------- */

static bool is_ipv4(const char *text)
{
	struct in_addr ignored;

	return inet_pton(AF_INET, text, &ignored) == 1;
}

static bool is_ipv6(const char *text)
{
	struct in6_addr ignored;

	return inet_pton(AF_INET6, text, &ignored) == 1;
}

static bool is_bool(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

/* "10.0.2.0/24"; slirp4netns has addresses in it that need some room. */
static bool is_ipv4_network(const char *text)
{
	const char *slash = strchr(text, '/');
	auto_free char *address = xstrndup(text, slash ? (size_t)(slash - text) : 0);
	uint32_t bits;

	return slash && is_ipv4(address) && parse_u32(slash + 1, &bits) && bits >= 1 &&
	       bits <= 25;
}

static bool is_mtu(const char *text)
{
	uint32_t value;

	return parse_u32(text, &value) && value >= 68 && value <= 65535;
}

static bool is_ipv4_source(const char *text)
{
	return is_ipv4(text) || valid_interface(text);
}

static bool is_ipv6_source(const char *text)
{
	return is_ipv6(text) || valid_interface(text);
}

static bool is_port_handler(const char *text)
{
	return strcmp(text, "rootlesskit") == 0 || strcmp(text, "slirp4netns") == 0;
}

/* What pasta takes for ports, addresses and names; never another option or a path. */
static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".:-_~%", *c))
			return false;
	return *text && *text != '-' && *text != '.';
}

/* ---- options ------------------------------------------------------------- */

struct option {
	const char *name;
	const char *alias; /* or NULL */
	bool (*valid)(const char *value);
	bool flag; /* it has no value */
};

/* B318 */
static const struct option slirp_options[] = {
	{ "allow_host_loopback", NULL, is_bool, false },
	{ "cidr", NULL, is_ipv4_network, false },
	{ "enable_ipv6", NULL, is_bool, false },
	{ "mtu", NULL, is_mtu, false },
	{ "outbound_addr", NULL, is_ipv4_source, false },
	{ "outbound_addr6", NULL, is_ipv6_source, false },
	{ "port_handler", NULL, is_port_handler, false },
	{ NULL, NULL, NULL, false },
};

/* B323; not those that write files, or choose a user or a namespace. */
static const struct option pasta_options[] = {
	{ "--address", "-a", is_plain, false },
	{ "--config-net", NULL, NULL, true },
	{ "--dhcp-dns", NULL, NULL, true },
	{ "--dhcp-search", NULL, NULL, true },
	{ "--dns", "-D", is_plain, false },
	{ "--dns-forward", NULL, is_plain, false },
	{ "--gateway", "-g", is_plain, false },
	{ "--interface", "-i", is_plain, false },
	{ "--ipv4-only", "-4", NULL, true },
	{ "--ipv6-only", "-6", NULL, true },
	{ "--mac-addr", "-M", is_plain, false },
	{ "--map-gw", NULL, NULL, true },
	{ "--mtu", "-m", is_plain, false },
	{ "--netmask", "-n", is_plain, false },
	{ "--no-dhcp", NULL, NULL, true },
	{ "--no-dhcpv6", NULL, NULL, true },
	{ "--no-icmp", NULL, NULL, true },
	{ "--no-map-gw", NULL, NULL, true },
	{ "--no-ndp", NULL, NULL, true },
	{ "--no-ra", NULL, NULL, true },
	{ "--no-tcp", NULL, NULL, true },
	{ "--no-udp", NULL, NULL, true },
	{ "--ns-ifname", "-I", is_plain, false },
	{ "--ns-mac-addr", NULL, is_plain, false },
	{ "--outbound", "-o", is_plain, false },
	{ "--outbound-if4", NULL, is_plain, false },
	{ "--outbound-if6", NULL, is_plain, false },
	{ "--search", "-S", is_plain, false },
	{ "--tcp-ns", "-T", is_plain, false },
	{ "--tcp-ports", "-t", is_plain, false },
	{ "--udp-ns", "-U", is_plain, false },
	{ "--udp-ports", "-u", is_plain, false },
	{ NULL, NULL, NULL, false },
};

/* The row for the first `len` bytes of `word`, or NULL. */
static const struct option *find_option(const struct option *table, const char *word,
                                        size_t len)
{
	auto_free char *name = xstrndup(word, len);

	for (; table->name; table++)
		if (strcmp(table->name, name) == 0 || str_equal(table->alias, name))
			return table;
	return NULL;
}

static int unknown_option(const struct option *table, const char *word, struct err *err)
{
	struct nearest search;

	nearest_start(&search, word);
	for (; table->name; table++)
		nearest_offer(&search, table->name);
	err_set(err, ERR_INPUT, "unknown or not allowed: '%s'", word);
	return search.best ? err_hint(err, "'%s'?", search.best) : -1;
}

static int wrong_value(const char *name, const char *value, struct err *err)
{
	return err_set(err, ERR_INPUT, "'%s' is no value of %s", value, name);
}

/* "NAME=VALUE" each. */
static int check_slirp(const json_t *options, struct err *err)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(options, i, entry) {
		const char *word = doc_string(entry);
		size_t len = strcspn(word, "=");
		const struct option *option = find_option(slirp_options, word, len);
		int failed = 0;

		if (!option || !word[len])
			failed = unknown_option(slirp_options, word, err);
		else if (!option->valid(word + len + 1))
			failed = wrong_value(option->name, word + len + 1, err);
		if (failed)
			return err_where(err, "/options/%zu", i);
	}
	return 0;
}

/* "--mtu=1500", or "--mtu" and "1500"; "-t" and "auto". */
static int check_pasta(const json_t *options, struct err *err)
{
	for (size_t i = 0; i < json_array_size(options); i++) {
		const char *word = doc_string(json_array_get(options, i));
		size_t len = strcspn(word, "=");
		const struct option *option = find_option(pasta_options, word, len);
		const char *value = word[len] ? word + len + 1 : NULL;
		int failed = 0;

		if (!option || (value && (option->flag || word[1] != '-')))
			failed = unknown_option(pasta_options, word, err);
		else if (!option->flag && !value)
			value = doc_string(json_array_get(options, ++i));
		if (!failed && !option->flag && !value)
			failed = err_set(err, ERR_INPUT, "'%s' needs a value", word);
		else if (!failed && !option->flag && !option->valid(value))
			failed = wrong_value(option->name, value, err);
		if (failed)
			return err_where(err, "/options/%zu", i);
	}
	return 0;
}

/* ---- networks ------------------------------------------------------------ */

/* A name that is also a file's, in a directory of networks. */
static bool is_network(const char *name)
{
	enum { LONGEST = 64 };

	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
			return false;
	return isalnum((unsigned char)*name) && strlen(name) <= LONGEST;
}

static int check_bridge(const json_t *networks, struct err *err)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(networks, i, entry) {
		if (is_network(doc_string(entry)))
			continue;
		err_set(err, ERR_INPUT, "'%s' is not the name of a network",
		        doc_string(entry));
		err_where(err, "/networks/%zu", i);
		return err_hint(err, "letters, digits, '_', '.' and '-'");
	}
	return 0;
}

int network_check(const json_t *record, struct err *err)
{
	const char *mode = doc_string(json_object_get(record, "mode"));
	const json_t *options = json_object_get(record, "options");
	const json_t *networks = json_object_get(record, "networks");

	if (str_equal(mode, "slirp4netns"))
		return check_slirp(options, err);
	if (str_equal(mode, "pasta"))
		return check_pasta(options, err);
	return str_equal(mode, "bridge") ? check_bridge(networks, err) : 0;
}

/* ---- what a record says -------------------------------------------------- */

const char *network_option(const json_t *record, const char *name)
{
	const json_t *options = json_object_get(record, "options");
	size_t len = strlen(name);

	for (size_t i = json_array_size(options); i-- > 0;) {
		const char *word = doc_string(json_array_get(options, i));

		if (strncmp(word, name, len) == 0 && word[len] == '=')
			return word + len + 1;
	}
	return NULL;
}

char *network_slirp_address(const json_t *record, unsigned int number)
{
	const char *given = network_option(record, "cidr");
	const char *cidr = given ? given : "10.0.2.0/24", *slash = strchr(cidr, '/');
	auto_free char *address = xstrndup(cidr, slash ? (size_t)(slash - cidr) : 0);
	struct in_addr network = { 0 };
	char text[INET_ADDRSTRLEN];
	uint32_t bits = 32;

	if (!slash || inet_pton(AF_INET, address, &network) != 1 ||
	    !parse_u32(slash + 1, &bits) || bits < 1 || bits > 32)
		return xstrdup("");
	network.s_addr = htonl(
		(ntohl(network.s_addr) & (uint32_t)(UINT64_MAX << (32 - bits))) + number);
	inet_ntop(AF_INET, &network, text, sizeof(text));
	return xstrdup(text);
}

/* ---- the command line ---------------------------------------------------- */

static const char *const words[] = { "private", "none",        "host",  "container",
	                             "default", "slirp4netns", "pasta", "bridge" };

/* A slip of the finger would be a network that nobody knows until it is used. */
static int check_slip(const char *name, struct err *err)
{
	struct nearest search;

	nearest_start(&search, name);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(words[i], name) == 0) {
			search.best = words[i];
			search.distance = 1;
		} else {
			nearest_offer(&search, words[i]);
		}
	if (!search.best || search.distance > 1)
		return 0;
	err_set(err, ERR_USAGE, "unknown '%s'", name);
	return err_hint(err, "'%s'? a network of that name is bridge:%s", search.best,
	                name);
}

static json_t *split(const char *text)
{
	json_t *list = json_array();

	for (;;) {
		size_t len = strcspn(text, ",");

		json_array_append_new(list, json_stringn(text, len));
		if (!text[len])
			return list;
		text += len + 1;
	}
}

int network_parse(const char *text, json_t **ret, struct err *err)
{
	static const char *const programs[] = { "slirp4netns", "pasta", "bridge" };
	json_auto_t *record = json_object();
	size_t len = strcspn(text, ":"), i = 0;
	auto_free char *mode = xstrndup(text, len);
	const char *rest = text[len] ? text + len + 1 : NULL;

	while (i < ARRAY_LEN(programs) && strcmp(programs[i], mode) != 0)
		i++;
	if (i == ARRAY_LEN(programs)) {
		if (check_slip(text, err) < 0)
			return -1;
		rest = text;
	}
	json_object_set_new(record, "mode",
	                    json_string(i < ARRAY_LEN(programs) ? mode : "bridge"));
	if (rest)
		json_object_set_new(record, i < 2 ? "options" : "networks", split(rest));
	if (network_check(record, err) < 0) {
		err->kind = ERR_USAGE;
		err->where[0] = '\0'; /* the option's name says it */
		return -1;
	}
	*ret = steal(&record);
	return 0;
}
