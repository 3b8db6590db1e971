// SPDX-License-Identifier: Apache-2.0
#include "pasta.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "nethelper.h"
#include "netns.h"

static bool is_flag(const char *word, const char *name)
{
	return strcmp(word, name) == 0;
}

/* True if one of the user's words is the option: "-t", "-t auto", "--tcp-ports=auto". */
static bool is_given(const json_t *options, const char *brief, const char *name)
{
	size_t len = strlen(name), i;
	const json_t *entry;

	json_array_foreach(options, i, entry) {
		const char *word = doc_string(entry);

		if (is_flag(word, brief) ||
		    (strncmp(word, name, len) == 0 && (!word[len] || word[len] == '=')))
			return true;
	}
	return false;
}

/* No port of the host is the container's, nor the other way round, unless asked for. */
static void add_ports(struct words *words, const json_t *options)
{
	static const char *const ports[][2] = {
		{ "-t", "--tcp-ports" },
		{ "-u", "--udp-ports" },
		{ "-T", "--tcp-ns" },
		{ "-U", "--udp-ns" },
	};

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		if (is_given(options, ports[i][0], ports[i][1]))
			continue;
		words_add(words, ports[i][0]);
		words_add(words, "none");
	}
}

/*
 * B323.  --map-gw is the absence of an option.  It stays our child, and so dies with
 * us; its standard input says when it is ready, and the namespace is its standard
 * output: newer versions close what else is open, older ones may not look into /proc.
 */
static void make_words(struct words *words, const json_t *options)
{
	static const char *const last[] = {
		"--foreground",    "--no-netns-quit", "--runas",         "0", "--pid",
		"/proc/self/fd/0", "--netns",         "/proc/self/fd/1", NULL
	};
	bool map_gateway = false;
	const json_t *entry;
	size_t i;

	words_add(words, "--config-net");
	json_array_foreach(options, i, entry) {
		if (is_flag(doc_string(entry), "--map-gw"))
			map_gateway = true;
		else
			words_add(words, doc_string(entry));
	}
	add_ports(words, options);
	if (!map_gateway)
		words_add(words, "--no-map-gw");
	words_add_all(words, last);
}

/* It writes its pid, in a line. */
static bool is_ready(const char *said)
{
	size_t digits = 0;

	while (isdigit((unsigned char)said[digits]))
		digits++;
	return digits > 0 && strcmp(said + digits, "\n") == 0;
}

int pasta_up(struct network *network, struct err *err)
{
	const struct plan *plan = network->plan;
	struct nethelper helper = {
		.name = "pasta",
		.netns = network->netns,
		.is_ready = is_ready,
	};
	auto_free char *address = NULL;

	words_add(&helper.words, plan->facts.network->program);
	make_words(&helper.words, json_object_get(plan->network, "options"));
	if (nethelper_start(&helper, network->watch, &network->log, err) < 0)
		return -1;
	address = netns_address(network->netns);
	if (address) /* B324 */
		json_array_append_new(network->addresses, json_string(address));
	return 0;
}
