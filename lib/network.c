// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "nethelper.h"
#include "nethosts.h"
#include "pasta.h"
#include "slirp.h"

/* ---- names --------------------------------------------------------------- */

/* Where in the bundle the container's /etc/hosts is, or NULL. */
static const char *hosts_path(const struct plan *plan)
{
	const json_t *step;
	size_t i;

	json_array_foreach(plan->steps, i, step)
		if (str_equal(doc_string(json_object_get(step, "kind")), "hosts"))
			return doc_string(json_object_get(step, "path"));
	return NULL;
}

static int add_names(const struct network *network, struct err *err)
{
	const char *path = hosts_path(network->plan);
	auto_close int file = -1;

	if (!path)
		return 0;
	file = openat(network->bundle, path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0)
		return err_errno(err, path, "cannot open");
	return nethosts_add(file, network->addresses, network->names, err);
}

/* ---- bridges, by netavark ------------------------------------------------ */

static struct bridge bridge_of(const struct network *network)
{
	return (struct bridge){
		.netavark = { .program = network->plan->facts.network->program,
		              .config = network->place->data_path,
		              .container = network->plan->facts.name },
		.run_root = network->place->run_root,
	};
}

/* Written down first; the leases say the rest. */
static int networked_up(struct network *network, struct err *err)
{
	const struct place *place = network->place;
	const struct plan *plan = network->plan;
	const struct bridge bridge = bridge_of(network);
	const char *file = hosts_path(plan);
	auto_free char *hosts =
		file ? xasprintf("%s/bundle/%s", place->data_path, file) : NULL;
	const struct bridge_wish wish = {
		.networks = json_object_get(plan->network, "networks"),
		.names = network->names,
		.hosts = hosts,
		.netns = network->netns,
	};

	if (journal_add_new(&place->journal,
	                    json_pack("{s:s, s:s, s:s, s:s, s:s}", "undo", "bridge", "path",
	                              place->run_root_path, "name", plan->facts.name,
	                              "program", bridge.netavark.program, "config",
	                              place->data_path),
	                    err) < 0)
		return -1;
	return bridge_up(&bridge, &wish, network->addresses, err);
}

static int networked_meet(struct network *network, struct err *err)
{
	const struct bridge bridge = bridge_of(network);

	return bridge_meet(&bridge, err);
}

/* If it never came up, that has been said. */
static void networked_down(struct network *network)
{
	const struct bridge bridge = bridge_of(network);
	struct err err = { 0 };

	if (bridge_down(&bridge, &network->netns, &err) < 0 && network->up)
		err_report(&err, network->tool);
}

/* ---- ways to connect ----------------------------------------------------- */

static const struct way {
	const char *mode;
	int (*up)(struct network *network, struct err *err);
	int (*meet)(struct network *network, struct err *err); /* others, or NULL */
	void (*down)(struct network *network);                 /* or NULL */
} ways[] = {
	{ "bridge", networked_up, networked_meet, networked_down },
	{ "pasta", pasta_up, NULL, NULL },
	{ "slirp4netns", slirp_up, NULL, NULL },
};

static const struct way *find_way(const struct plan *plan)
{
	const char *mode = netchoice_mode(plan->facts.network);

	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (str_equal(ways[i].mode, mode))
			return &ways[i];
	return NULL;
}

bool network_wanted(const struct plan *plan)
{
	return find_way(plan) != NULL;
}

/* ---- up and down --------------------------------------------------------- */

int network_up(struct network *network, struct err *err)
{
	auto_free char *path = xasprintf("/proc/%d/ns/net", network->watch->init);
	const struct way *way = find_way(network->plan);

	network->netns = open(path, O_RDONLY | O_CLOEXEC);
	if (network->netns < 0) {
		err_errno(err, "the container", "has no network namespace any more");
		err->kind = ERR_HOST;
		return -1;
	}
	network->addresses = json_array();
	network->names =
		json_pack("[s, s]", network->plan->host_name, network->plan->facts.name);
	if (way->up(network, err) < 0) {
		if (network->plan->facts.network->why && !err->hint[0])
			err_hint(err, "ns-apply --network chooses another, or none");
		return -1;
	}
	network->up = true;
	if (add_names(network, err) < 0)
		return -1;
	return way->meet ? way->meet(network, err) : 0;
}

void network_down(struct network *network, struct err *err)
{
	const struct watch *watch = network->watch;
	const struct way *way = find_way(network->plan);

	if (way && way->down && network->addresses)
		way->down(network);
	if (watch->helper_lost)
		nethelper_blame(netchoice_mode(network->plan->facts.network),
		                &watch->helper_end, network->log, err);
	nethelper_stop(network->watch);
	cleanup_close(&network->netns);
	cleanup_close(&network->log);
	json_decref(network->addresses);
	json_decref(network->names);
	network->netns = network->log = -1;
	network->addresses = network->names = NULL;
}
