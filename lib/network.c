// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "nethelper.h"
#include "nethosts.h"
#include "pasta.h"
#include "slirp.h"

/* ---- ways to connect ----------------------------------------------------- */

static const struct way {
	const char *mode;
	int (*up)(struct network *network, struct err *err);
} ways[] = {
	{ "pasta", pasta_up },
	{ "slirp4netns", slirp_up },
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
	const struct plan *plan = network->plan;
	const char *const names[] = { plan->host_name, plan->facts.name, NULL };
	const char *path = hosts_path(plan);
	auto_close int file = -1;

	if (!path)
		return 0;
	file = openat(network->bundle, path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0)
		return err_errno(err, path, "cannot open");
	return nethosts_add(file, network->addresses, names, NULL, err);
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
	if (way->up(network, err) < 0)
		return -1;
	return add_names(network, err);
}

void network_down(struct network *network, struct err *err)
{
	const struct watch *watch = network->watch;

	if (watch->helper_lost)
		nethelper_blame(netchoice_mode(network->plan->facts.network),
		                &watch->helper_end, network->log, err);
	nethelper_stop(network->watch);
	cleanup_close(&network->netns);
	cleanup_close(&network->log);
	json_decref(network->addresses);
	network->netns = network->log = -1;
	network->addresses = NULL;
}
