// SPDX-License-Identifier: Apache-2.0
#include "netconf.h"

#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

#include "digest.h"
#include "ipnet.h"
#include "routes.h"
#include "spec.h"
#include "valid.h"

const char netconf_default[] = "ocipipe";

static const char directory[] = "/etc/containers/networks";

enum { LARGEST = 1024 * 1024 };

/* ---- the default network ------------------------------------------------- */

/* 10.80.0.0/24 to 10.87.255.0/24: below what podman has (10.88 to 10.255). */
static int choose_subnet(char **subnet, char **gateway, struct err *err)
{
	enum { FIRST = 80, LAST = 87, PREFIX = 24 };

	for (unsigned int i = LAST; i >= FIRST; i--)
		for (unsigned int j = 0; j < 256; j++) {
			if (routes_overlap(10U << 24 | i << 16 | j << 8, PREFIX))
				continue;
			*subnet = xasprintf("10.%u.%u.0/%d", i, j, PREFIX);
			*gateway = xasprintf("10.%u.%u.1", i, j);
			return 0;
		}
	err_set(err, ERR_HOST, "routes lead to all of 10.%d to 10.%d", FIRST, LAST);
	return err_where(err, "network %s", netconf_default);
}

/* Its bridge is also what netavark calls it: rules of other run roots have other names. */
static int make_default(json_t **ret, struct err *err)
{
	auto_free char *subnet = NULL, *gateway = NULL, *bridge = NULL, *id = NULL;

	if (choose_subnet(&subnet, &gateway, err) < 0)
		return -1;
	for (unsigned int number = 0; !bridge || if_nametoindex(bridge); number++) {
		free(bridge);
		bridge = xasprintf("%s%u", netconf_default, number);
	}
	id = digest_bytes(bridge, strlen(bridge));
	*ret = json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}], s:b, s:b, s:b, s:{s:s}}",
	                 "name", bridge, "id", id, "driver", "bridge", "network_interface",
	                 bridge, "subnets", "subnet", subnet, "gateway", gateway,
	                 "ipv6_enabled", 0, "internal", 0, "dns_enabled", 0, "ipam_options",
	                 "driver", "host-local");
	return 0;
}

/* ---- a file of podman's -------------------------------------------------- */

static int check_text(const json_t *network, const char *name,
                      bool (*valid)(const char *text), struct err *err)
{
	const char *text = doc_string(json_object_get(network, name));
	auto_free char *where = xasprintf("/%s", name);

	return text && valid(text) ? 0 : err_at(err, where, "is not what it should be");
}

static bool is_bridge(const char *text)
{
	return strcmp(text, "bridge") == 0;
}

static bool is_any(const char *text)
{
	return *text != '\0';
}

static int check_flag(const json_t *network, const char *name, struct err *err)
{
	const json_t *flag = json_object_get(network, name);
	auto_free char *where = xasprintf("/%s", name);

	return !flag || json_is_boolean(flag) ? 0 : err_at(err, where, "must be a boolean");
}

/* A subnet without a gateway gets its first address, as podman does it. */
static int check_subnet(json_t *subnet, struct err *err)
{
	const char *text = doc_string(json_object_get(subnet, "subnet"));
	const char *gateway = doc_string(json_object_get(subnet, "gateway"));
	auto_free char *first = NULL;
	struct ipaddr address;
	struct ipnet net;

	if (!text || !ipnet_parse(text, &net) || net.prefix + 2 > net.address.bits)
		return err_at(err, "/subnet", "is no network with room in it");
	if (gateway) {
		if (ipaddr_parse(gateway, &address) && ipnet_contains(&net, &address))
			return 0;
		return err_at(err, "/gateway", "is no address in %s", text);
	}
	address = ipnet_first(&net);
	ipaddr_increment(&address);
	first = ipaddr_print(&address);
	json_object_set_new(subnet, "gateway", json_string(first));
	return 0;
}

static int check_subnets(const json_t *network, struct err *err)
{
	const json_t *subnets = json_object_get(network, "subnets");
	json_t *subnet;
	size_t i;

	if (json_array_size(subnets) == 0)
		return err_at(err, "/subnets", "must be a list of subnets");
	json_array_foreach(subnets, i, subnet) {
		auto_free char *above = xasprintf("/subnets/%zu", i);

		if (check_subnet(subnet, err) < 0)
			return err_under(err, above);
	}
	return 0;
}

static int check_addresses(const json_t *network, struct err *err)
{
	const char *driver = doc_string(spec_get(network, "/ipam_options/driver"));

	if (!driver || strcmp(driver, "host-local") == 0)
		return 0;
	return err_at(err, "/ipam_options/driver", "is '%s': only host-local can be used",
	              driver);
}

static int check_network(const json_t *network, const char *name, struct err *err)
{
	if (!json_is_object(network) || doc_string(network))
		return err_at(err, "", "must be an object");
	if (!str_equal(doc_string(json_object_get(network, "name")), name))
		return err_at(err, "/name", "must be '%s'", name);
	if (check_text(network, "driver", is_bridge, err) < 0 ||
	    check_text(network, "id", is_any, err) < 0 ||
	    check_text(network, "network_interface", valid_interface, err) < 0 ||
	    check_flag(network, "internal", err) < 0 ||
	    check_flag(network, "ipv6_enabled", err) < 0 ||
	    check_addresses(network, err) < 0)
		return -1;
	return check_subnets(network, err);
}

static int not_there(const char *name, struct err *err)
{
	err_set(err, ERR_HOST, "there is no such network in %s", directory);
	err_where(err, "network %s", name);
	return err_hint(err, "podman network create %s", name);
}

int netconf_find(const char *name, json_t **ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s.json", directory, name);
	json_auto_t *network = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		return strcmp(name, netconf_default) == 0 ? make_default(ret, err)
		                                          : not_there(name, err);
	if (doc_parse_file(path, LARGEST, &network, err) < 0 ||
	    check_network(network, name, err) < 0) {
		auto_free char *where = xasprintf("%s: ", path);

		err->kind = ERR_HOST;
		return strstr(err->where, path) ? -1 : err_under(err, where);
	}
	json_object_set_new(network, "dns_enabled", json_false());
	*ret = steal(&network);
	return 0;
}

/* ---- addresses ----------------------------------------------------------- */

/* Between the ends of lease_range, if the subnet has one. */
static void narrow(const json_t *subnet, struct ipaddr *first, struct ipaddr *last)
{
	const char *start = doc_string(spec_get(subnet, "/lease_range/start_ip"));
	const char *end = doc_string(spec_get(subnet, "/lease_range/end_ip"));
	struct ipaddr address;

	if (start && ipaddr_parse(start, &address) && address.bits == first->bits &&
	    ipaddr_compare(&address, first) > 0)
		*first = address;
	if (end && ipaddr_parse(end, &address) && address.bits == last->bits &&
	    ipaddr_compare(&address, last) < 0)
		*last = address;
}

/* The lowest that is free; owned, or NULL.  Neither the network's nor the last one. */
static char *choose_address(const json_t *subnet, const json_t *taken)
{
	enum { MOST_TRIES = 65536 };
	const char *text = doc_string(json_object_get(subnet, "subnet"));
	const char *gateway = doc_string(json_object_get(subnet, "gateway"));
	struct ipaddr first, last;
	struct ipnet net;

	if (!text || !gateway || !ipnet_parse(text, &net))
		return NULL;
	first = ipnet_first(&net);
	last = ipnet_last(&net);
	ipaddr_increment(&first);
	narrow(subnet, &first, &last);
	for (int i = 0; i < MOST_TRIES && ipaddr_compare(&first, &last) <= 0; i++) {
		auto_free char *address = ipaddr_print(&first);
		struct ipaddr broadcast = ipnet_last(&net);

		if (strcmp(address, gateway) != 0 && !spec_list_has(taken, address) &&
		    ipaddr_compare(&first, &broadcast) != 0)
			return steal(&address);
		ipaddr_increment(&first);
	}
	return NULL;
}

int netconf_choose(const json_t *network, const json_t *taken, json_t **ret,
                   struct err *err)
{
	json_auto_t *addresses = json_array();
	const json_t *subnet;
	size_t i;

	json_array_foreach(json_object_get(network, "subnets"), i, subnet) {
		auto_free char *address = choose_address(subnet, taken);

		if (!address) {
			err_set(err, ERR_HOST, "no address is free in %s",
			        doc_string(json_object_get(subnet, "subnet")));
			return err_where(err, "network %s",
			                 doc_string(json_object_get(network, "name")));
		}
		json_array_append_new(addresses, json_string(address));
	}
	*ret = steal(&addresses);
	return 0;
}
