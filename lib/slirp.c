// SPDX-License-Identifier: Apache-2.0
#include "slirp.h"

#include <string.h>

#include "feed.h"
#include "nethelper.h"
#include "netns.h"
#include "networds.h"
#include "program.h"

enum { HELP_SECONDS = 10, LONGEST_HELP = 64 * 1024, HOLDS = 8, CONTAINER = 100 };

/* A command line under way, and the words that are made for it. */
struct slirp {
	const json_t *record;
	struct nethelper helper;
	char *help; /* what it says about its options; owned */
	char *made[HOLDS];
	size_t count;
};

/* ---- which options it knows (B316) --------------------------------------- */

static int read_help(const char *program, char **ret, struct err *err)
{
	char *const argv[] = { (char *)(uintptr_t)program, (char[]){ "--help" }, NULL };
	auto_free char **env = program_environment();
	auto_buf struct buf output = { 0 };
	const struct feed feed = {
		.path = program,
		.argv = argv,
		.envp = env,
		.seconds = HELP_SECONDS,
		.max_output = LONGEST_HELP,
	};

	if (feed_run(&feed, &output, err) < 0)
		return err_where(err, "slirp4netns --help");
	buf_add(&output, "", 0);
	*ret = buf_steal(&output);
	return 0;
}

static bool knows(const struct slirp *slirp, const char *option)
{
	return strstr(slirp->help, option) != NULL;
}

/* ---- its command line (B317) --------------------------------------------- */

static void add_if_known(struct slirp *slirp, const char *option)
{
	if (knows(slirp, option))
		words_add(&slirp->helper.words, option);
}

static void add_made(struct slirp *slirp, char *word)
{
	slirp->made[slirp->count++] = word;
	words_add(&slirp->helper.words, word);
}

static int cannot(const char *option, struct err *err)
{
	err_set(err, ERR_HOST, "this version has no %s", option);
	return err_where(err, "slirp4netns");
}

/* "--cidr=VALUE", if the user gave one. */
static int add_value(struct slirp *slirp, const char *name, const char *option,
                     struct err *err)
{
	const char *value = network_option(slirp->record, name);

	if (!value)
		return 0;
	if (!knows(slirp, option))
		return cannot(option, err);
	add_made(slirp, xasprintf("%s=%s", option, value));
	return 0;
}

static bool is_option(const struct slirp *slirp, const char *name, const char *value)
{
	return str_equal(network_option(slirp->record, name), value);
}

static int add_ipv6(struct slirp *slirp, struct err *err)
{
	if (is_option(slirp, "enable_ipv6", "false"))
		return 0;
	if (!knows(slirp, "--enable-ipv6"))
		return cannot("--enable-ipv6", err);
	words_add(&slirp->helper.words, "--enable-ipv6");
	return 0;
}

static int make_words(struct slirp *slirp, pid_t pid, struct err *err)
{
	static const char *const last[] = { "-c", "-r", "3", "--netns-type=path", NULL };
	const char *mtu = network_option(slirp->record, "mtu");

	if (!is_option(slirp, "allow_host_loopback", "true"))
		add_if_known(slirp, "--disable-host-loopback");
	if (knows(slirp, "--mtu"))
		add_made(slirp, xasprintf("--mtu=%s", mtu ? mtu : "65520"));
	add_if_known(slirp, "--enable-sandbox");
	add_if_known(slirp, "--enable-seccomp");
	if (add_value(slirp, "cidr", "--cidr", err) < 0 || add_ipv6(slirp, err) < 0 ||
	    add_value(slirp, "outbound_addr", "--outbound-addr", err) < 0 ||
	    add_value(slirp, "outbound_addr6", "--outbound-addr6", err) < 0)
		return -1;
	words_add_all(&slirp->helper.words, last);
	add_made(slirp, xasprintf("/proc/%d/ns/net", pid));
	words_add(&slirp->helper.words, "tap0");
	return 0;
}

/* ---- starting ------------------------------------------------------------ */

static bool is_ready(const char *said)
{
	return strcmp(said, "1") == 0;
}

/* Its IPv6 address is nobody else's: no need to wait for an objection (B319). */
static int start(struct slirp *slirp, struct network *network, struct err *err)
{
	bool ipv6 = !is_option(slirp, "enable_ipv6", "false");
	char was = ipv6 ? netns_set_accept_dad(network->netns, '0') : 0;
	int ret = nethelper_start(&slirp->helper, network->watch, &network->log, err);

	if (was && was != '0')
		(void)netns_set_accept_dad(network->netns, was);
	return ret;
}

int slirp_up(struct network *network, struct err *err)
{
	const char *program = network->plan->facts.network->program;
	struct slirp slirp = {
		.record = network->plan->network,
		.helper = { .name = "slirp4netns",
		            .netns = -1,
		            .own_mounts = true,
		            .is_ready = is_ready },
	};
	auto_free char *address = NULL;
	int ret;

	words_add(&slirp.helper.words, program);
	ret = read_help(program, &slirp.help, err);
	if (ret == 0)
		ret = make_words(&slirp, network->watch->init, err);
	if (ret == 0)
		ret = start(&slirp, network, err);
	address = network_slirp_address(slirp.record, CONTAINER);
	json_array_append_new(network->addresses, json_string(address));
	while (slirp.count > 0)
		free(slirp.made[--slirp.count]);
	free(slirp.help);
	return ret;
}
