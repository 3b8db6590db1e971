// SPDX-License-Identifier: Apache-2.0
#include "bridge.h"

#include <fcntl.h>
#include <net/if.h>
#include <time.h>

#include "leases.h"
#include "netconf.h"
#include "nethosts.h"
#include "netns.h"
#include "spec.h"

/* ---- leases -------------------------------------------------------------- */

static json_t *leases_of(const json_t *state)
{
	return json_object_get(state, "leases");
}

static const json_t *own_lease(const struct bridge *bridge, const json_t *state)
{
	return json_object_get(leases_of(state), bridge->netavark.container);
}

/* The addresses that somebody has, as a new array. */
static json_t *taken_addresses(const json_t *state)
{
	json_t *taken = json_array(), *lease;
	const char *name;

	json_object_foreach(leases_of(state), name, lease)
		json_array_extend(taken, json_object_get(lease, "addresses"));
	return taken;
}

/* What is known of the network, or, by the first container on it, found out. */
static int learn(const struct leases *leases, const char *name, json_t **ret,
                 struct err *err)
{
	json_t *network;

	*ret = leases_read(leases, name);
	if (*ret)
		return 0;
	if (netconf_find(name, &network, err) < 0)
		return -1;
	*ret = json_pack("{s:o, s:{}}", "network", network, "leases");
	return 0;
}

/* Take a lease of one network, and write it down. */
static int take(const struct bridge *bridge, const struct leases *leases,
                const struct bridge_wish *wish, const char *name, size_t number,
                json_t *request, struct err *err)
{
	auto_free char *interface = xasprintf("eth%zu", number);
	json_auto_t *state = NULL, *taken = NULL;
	json_t *addresses, *network;

	if (learn(leases, name, &state, err) < 0)
		return -1;
	network = json_object_get(state, "network");
	taken = taken_addresses(state);
	if (netconf_choose(network, taken, &addresses, err) < 0)
		return -1;
	netavark_add(request, network, interface, addresses);
	json_object_set_new(leases_of(state), bridge->netavark.container,
	                    json_pack("{s:s, s:o, s:O, s:s*}", "interface", interface,
	                              "addresses", addresses, "names", wish->names, "hosts",
	                              wish->hosts));
	return leases_write(leases, name, state, err);
}

static int take_all(const struct bridge *bridge, const struct leases *leases,
                    const struct bridge_wish *wish, json_t *request, struct err *err)
{
	const json_t *name;
	size_t i;

	if (json_array_size(wish->networks) == 0)
		return take(bridge, leases, wish, netconf_default, 0, request, err);
	json_array_foreach(wish->networks, i, name)
		if (take(bridge, leases, wish, doc_string(name), i, request, err) < 0)
			return -1;
	return 0;
}

int bridge_up(const struct bridge *bridge, const struct bridge_wish *wish,
              json_t *addresses, struct err *err)
{
	json_auto_t *request = netavark_request(&bridge->netavark);
	struct leases leases;
	int ret;

	if (leases_open(bridge->run_root, true, &leases, err) < 0)
		return -1;
	ret = take_all(bridge, &leases, wish, request, err);
	if (ret == 0)
		ret = netavark_call(&bridge->netavark, "setup", wish->netns, request,
		                    addresses, err);
	leases_close(&leases);
	return ret;
}

/* ---- names --------------------------------------------------------------- */

static int open_hosts(const json_t *lease)
{
	const char *path = doc_string(json_object_get(lease, "hosts"));

	return path ? open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
}

/* That one of them has filled its file, or lost it, is nothing to the other. */
static void tell(const json_t *to, const json_t *of)
{
	auto_close int file = open_hosts(to);
	struct err ignored;

	if (file >= 0)
		(void)!nethosts_add(file, json_object_get(of, "addresses"),
		                    json_object_get(of, "names"), &ignored);
}

static void forget(const json_t *to, const json_t *of)
{
	auto_close int file = open_hosts(to);

	if (file >= 0)
		nethosts_remove(file, json_object_get(of, "addresses"),
		                json_object_get(of, "names"));
}

static void meet_all(const json_t *state, const json_t *own)
{
	const char *name;
	json_t *other;

	json_object_foreach(leases_of(state), name, other) {
		if (other == own)
			continue;
		tell(own, other);
		tell(other, own);
	}
}

int bridge_meet(const struct bridge *bridge, struct err *err)
{
	json_auto_t *names = NULL;
	struct leases leases;
	const json_t *name;
	size_t i;
	int opened = leases_open(bridge->run_root, false, &leases, err);

	if (opened)
		return opened < 0 ? -1 : 0;
	names = leases_networks(&leases);
	json_array_foreach(names, i, name) {
		json_auto_t *state = leases_read(&leases, doc_string(name));
		const json_t *own = own_lease(bridge, state);

		if (own)
			meet_all(state, own);
	}
	leases_close(&leases);
	return 0;
}

/* ---- taking back --------------------------------------------------------- */

/* All networks that a container has a lease of. */
struct rest {
	const struct bridge *bridge;
	struct leases leases;
	json_t *states; /* by the networks' names */
	json_t *request;
};

static void find_rest(struct rest *rest)
{
	json_auto_t *names = leases_networks(&rest->leases);
	const json_t *name;
	size_t i;

	rest->states = json_object();
	rest->request = netavark_request(&rest->bridge->netavark);
	json_array_foreach(names, i, name) {
		json_auto_t *state = leases_read(&rest->leases, doc_string(name));
		const json_t *own = own_lease(rest->bridge, state);

		if (!own)
			continue;
		netavark_add(rest->request, json_object_get(state, "network"),
		             doc_string(json_object_get(own, "interface")),
		             json_object_get(own, "addresses"));
		json_object_set(rest->states, doc_string(name), state);
	}
}

/*
 * In a namespace that stands in for it, all is set up first: whoever died in the
 * middle of it has left some of it, and netavark does not remove what is not whole.
 */
static int tear_down_anew(const struct rest *rest, struct err *err)
{
	const struct netavark *netavark = &rest->bridge->netavark;
	auto_close int netns = netns_make(err);

	if (netns < 0 ||
	    netavark_call(netavark, "setup", netns, rest->request, NULL, err) < 0)
		return -1;
	return netavark_call(netavark, "teardown", netns, rest->request, NULL, err);
}

/* True if a bridge that nobody is connected to any more is still there. */
static bool lingers(const struct rest *rest)
{
	const char *name;
	json_t *state;

	json_object_foreach(rest->states, name, state) {
		const char *interface =
			doc_string(spec_get(state, "/network/network_interface"));

		if (json_object_size(leases_of(state)) == 1 && if_nametoindex(interface))
			return true;
	}
	return false;
}

/*
 * The kernel takes its time to remove the interfaces of a namespace that is gone; as
 * long as they are there, netavark leaves the bridge and its rules alone.
 */
static int tear_down_gone(const struct rest *rest, struct err *err)
{
	enum { TRIES = 10, NANOSECONDS = 50000000 };
	const struct timespec moment = { .tv_nsec = NANOSECONDS };
	int ret = tear_down_anew(rest, err);

	for (int i = 0; i < TRIES && ret == 0 && lingers(rest); i++) {
		nanosleep(&moment, NULL);
		ret = tear_down_anew(rest, err);
	}
	return ret;
}

/* By the namespace if it is still there; a second time, without it, if that fails. */
static int tear_down(const struct rest *rest, int *netns, struct err *err)
{
	struct err first = { 0 };

	if (*netns >= 0 && netavark_call(&rest->bridge->netavark, "teardown", *netns,
	                                 rest->request, NULL, &first) == 0)
		return 0;
	cleanup_close(netns);
	*netns = -1;
	if (tear_down_gone(rest, err) == 0)
		return 0;
	if (first.kind)
		*err = first;
	return -1;
}

/* Nobody has the addresses any more, whatever became of the rest. */
static int give_back(const struct rest *rest, struct err *err)
{
	const char *name, *container = rest->bridge->netavark.container, *other;
	json_t *state, *lease;
	int ret = 0;

	json_object_foreach(rest->states, name, state) {
		json_auto_t *own =
			json_incref(json_object_get(leases_of(state), container));

		json_object_del(leases_of(state), container);
		json_object_foreach(leases_of(state), other, lease)
			forget(lease, own);
		if (leases_write(&rest->leases, name, state, err) < 0)
			ret = -1;
	}
	return ret;
}

int bridge_down(const struct bridge *bridge, int *netns, struct err *err)
{
	struct rest rest = { .bridge = bridge };
	int ret = leases_open(bridge->run_root, false, &rest.leases, err);
	struct err later = { 0 };

	if (ret)
		return ret < 0 ? -1 : 0;
	find_rest(&rest);
	if (json_object_size(rest.states) > 0) {
		ret = tear_down(&rest, netns, err);
		if (give_back(&rest, ret < 0 ? &later : err) < 0)
			ret = -1;
	}
	json_decref(rest.states);
	json_decref(rest.request);
	leases_close(&rest.leases);
	return ret;
}
