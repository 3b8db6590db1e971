// SPDX-License-Identifier: Apache-2.0
#include "netavark.h"

#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "ipnet.h"
#include "program.h"

enum { SECONDS = 10, LONGEST_ANSWER = 1024 * 1024 };

/* ---- what it is told ----------------------------------------------------- */

json_t *netavark_request(const struct netavark *netavark)
{
	return json_pack("{s:s, s:s, s:[], s:{}, s:{}}", "container_id",
	                 netavark->container, "container_name", netavark->container,
	                 "port_mappings", "networks", "network_info");
}

void netavark_add(json_t *request, const json_t *network, const char *interface,
                  const json_t *addresses)
{
	const char *name = doc_string(json_object_get(network, "name"));

	json_object_set_new(json_object_get(request, "networks"), name,
	                    json_pack("{s:O, s:s}", "static_ips", addresses,
	                              "interface_name", interface));
	json_object_set(json_object_get(request, "network_info"), name,
	                (json_t *)(uintptr_t)network);
}

/* ---- what it answers ----------------------------------------------------- */

/* Its own words for what went wrong: {"error": ...}; owned, or NULL. */
static char *error_of(const struct buf *output)
{
	json_auto_t *answer = NULL;
	struct err ignored;
	const char *text;

	if (output->len == 0 || doc_parse(output->data, output->len, &answer, &ignored) < 0)
		return NULL;
	text = doc_string(json_object_get(answer, "error"));
	return text ? xstrdup(text) : NULL;
}

static int no_answer(struct err *err)
{
	return err_set(err, ERR_HOST, "answers with something else than what it set up");
}

/* {"subnets": [{"ipnet": "10.87.0.2/24", ...}], ...} */
static int read_interface(const json_t *interface, json_t *addresses, struct err *err)
{
	const json_t *subnets = json_object_get(interface, "subnets"), *subnet;
	size_t i;

	if (json_array_size(subnets) == 0)
		return no_answer(err);
	json_array_foreach(subnets, i, subnet) {
		const char *text = doc_string(json_object_get(subnet, "ipnet"));
		auto_free char *address = NULL;
		struct ipnet net;

		if (!text || !ipnet_parse(text, &net))
			return no_answer(err);
		address = ipaddr_print(&net.address);
		json_array_append_new(addresses, json_string(address));
	}
	return 0;
}

/* {NETWORK: {"interfaces": {INTERFACE: {...}}, ...}}, for all that was asked for. */
static int read_answer(const struct buf *output, const json_t *request, json_t *addresses,
                       struct err *err)
{
	json_t *networks = json_object_get(request, "networks"), *wish;
	json_auto_t *answer = NULL;
	struct err ignored;
	const char *name;

	if (output->len == 0 || doc_parse(output->data, output->len, &answer, &ignored) < 0)
		return no_answer(err);
	json_object_foreach(networks, name, wish) {
		const json_t *interfaces =
			json_object_get(json_object_get(answer, name), "interfaces");
		const char *interface = doc_string(json_object_get(wish, "interface_name"));

		if (read_interface(json_object_get(interfaces, interface), addresses, err) <
		    0)
			return -1;
	}
	return 0;
}

/* ---- calling it ---------------------------------------------------------- */

/* Ours, and how much it says on standard error; owned, as is the last entry. */
static char **make_environment(char *level)
{
	auto_free char **ours = program_environment();
	size_t count = 0;
	char **env;

	while (ours[count])
		count++;
	env = xcalloc(count + 2, sizeof(*env));
	memcpy(env, ours, count * sizeof(*env));
	env[count] = level;
	return env;
}

/* Where distributions put it: beside netavark.  None is started without DNS. */
static char *dns_server(const char *program)
{
	const char *slash = strrchr(program, '/');

	return xasprintf("--aardvark-binary=%.*s/aardvark-dns", (int)(slash - program),
	                 program);
}

static int ask(const struct netavark *netavark, const char *verb, int netns,
               const struct buf *input, struct buf *output, struct err *err)
{
	auto_free char *dns = dns_server(netavark->program);
	auto_free char *path = xasprintf("/proc/%d/fd/%d", getpid(), netns);
	static char level[] = "RUST_LOG=netavark=warn";
	auto_free char **env = make_environment(level);
	const char *const argv[] = {
		netavark->program,
		"--config",
		netavark->config,
		"--rootless=false",
		dns,
		verb,
		path,
		NULL,
	};
	const struct feed feed = {
		.path = netavark->program,
		.argv = (char *const *)(uintptr_t)argv,
		.envp = env,
		.input = input->data,
		.len = input->len,
		.seconds = SECONDS,
		.max_output = LONGEST_ANSWER,
	};

	return feed_run(&feed, output, err);
}

int netavark_call(const struct netavark *netavark, const char *verb, int netns,
                  const json_t *request, json_t *addresses, struct err *err)
{
	auto_buf struct buf input = { 0 }, output = { 0 };
	auto_free char *words = NULL;
	int ret;

	doc_print(request, DOC_COMPACT, &input);
	ret = ask(netavark, verb, netns, &input, &output, err);
	words = error_of(&output);
	if (words)
		ret = err_set(err, ERR_HOST, "%s", words);
	else if (ret == 0 && addresses)
		ret = read_answer(&output, request, addresses, err);
	return ret < 0 ? err_where(err, "netavark %s", verb) : 0;
}
