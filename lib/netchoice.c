// SPDX-License-Identifier: Apache-2.0
#include "netchoice.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "networds.h"
#include "proc.h"
#include "program.h"
#include "routes.h"

/* Where distributions put what containers need and people do not call (B316, B327). */
static const char helper_dirs[] = "/usr/local/libexec/podman:/usr/local/lib/podman:"
				  "/usr/libexec/podman:/usr/lib/podman:/usr/bin:/usr/sbin";

enum mode { NONE, HOST, JOINED, PRIVATE, SLIRP, PASTA, BRIDGE };

static const struct name modes[] = {
	{ "none", NONE },         { "host", HOST },
	{ "path", JOINED },       { "private", PRIVATE },
	{ "slirp4netns", SLIRP }, { "pasta", PASTA },
	{ "bridge", BRIDGE },     { NULL, 0 },
};

/* ---- what can be used here ----------------------------------------------- */

/* Why not, or NULL. */
static const char *tun_problem(void)
{
	if (access("/dev/net/tun", R_OK | W_OK) == 0)
		return NULL;
	return errno == ENOENT ? "needs /dev/net/tun" : "may not use /dev/net/tun";
}

static const char *slirp_problem(void)
{
	return tun_problem();
}

/* It shows the container the host's own way out. */
static const char *pasta_problem(void)
{
	return routes_have_default() ? tun_problem() : "needs a default route";
}

static const char *bridge_problem(void)
{
	auto_free char *iptables = program_find("iptables", helper_dirs);
	auto_free char *nft = program_find("nft", helper_dirs);
	uint64_t effective = 0;

	if (geteuid() != 0)
		return "needs root";
	if (!proc_number(getpid(), "CapEff", 16, &effective) ||
	    !(effective >> CAP_NET_ADMIN & 1))
		return "needs CAP_NET_ADMIN";
	return iptables || nft ? NULL : "needs iptables or nft";
}

static const struct helper {
	enum mode mode;
	const char *program;
	const char *(*problem)(void);
	bool for_root, for_others;
} helpers[] = {
	/* in the order in which they are tried */
	{ BRIDGE, "netavark", bridge_problem, true, false },
	{ PASTA, "pasta", pasta_problem, true, true },
	{ SLIRP, "slirp4netns", slirp_problem, true, true },
};

static const struct helper *find_helper(enum mode mode)
{
	for (size_t i = 0; i < ARRAY_LEN(helpers); i++)
		if (helpers[i].mode == mode)
			return &helpers[i];
	return NULL;
}

static void record_mode(struct netchoice *choice, const char *mode)
{
	json_object_set_new(choice->record, "mode", json_string(mode));
}

/* ---- private ------------------------------------------------------------- */

static void choose_best(struct netchoice *choice)
{
	bool root = geteuid() == 0;
	auto_buf struct buf lacking = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(helpers); i++) {
		const struct helper *helper = &helpers[i];
		auto_free char *program = NULL;
		const char *problem;

		if (!(root ? helper->for_root : helper->for_others))
			continue;
		program = program_find(helper->program, helper_dirs);
		problem = program ? helper->problem() : "is not installed";
		if (!problem) {
			record_mode(choice, name_of(modes, (int)helper->mode));
			choice->program = steal(&program);
			choice->why = xstrdup("the best that can be used here");
			return;
		}
		buf_printf(&lacking, "%s%s %s", lacking.len ? ", " : "", helper->program,
		           problem);
	}
	choice->lacking = buf_steal(&lacking);
}

/* B314: what default_rootless_network_cmd is elsewhere. */
static int choose_as_told(struct netchoice *choice, const char *told, struct err *err)
{
	int mode;

	if (!name_value(modes, told, &mode) ||
	    (mode != NONE && !find_helper((enum mode)mode))) {
		err_set(err, ERR_USAGE, "unknown '%s'", told);
		err_where(err, "$OCIPIPE_NETWORK");
		return err_hint(err, "known: bridge, pasta, slirp4netns, none");
	}
	if (mode == NONE)
		return 0;
	record_mode(choice, told);
	choice->why = xstrdup("$OCIPIPE_NETWORK says so");
	return 0;
}

/* ---- all ----------------------------------------------------------------- */

static int find_program(struct netchoice *choice, enum mode mode, struct err *err)
{
	const struct helper *helper = find_helper(mode);

	if (!helper || choice->program)
		return 0;
	if (mode == BRIDGE && geteuid() != 0) { /* B314 */
		err_set(err, ERR_HOST, "a bridge needs root");
		err_where(err, "/ocipipe/network/mode");
		return err_hint(err, "ns-apply --network=pasta, or slirp4netns");
	}
	choice->program = program_find(helper->program, helper_dirs);
	if (choice->program)
		return 0;
	err_set(err, ERR_HOST, "is not installed, or not where it is looked for");
	err_where(err, "%s", helper->program);
	return err_hint(err, "install it, or choose another network: ns-apply --network");
}

static int decide(struct netchoice *choice, bool nobody, struct err *err)
{
	const char *told = getenv("OCIPIPE_NETWORK");
	int mode;

	if (!name_value(modes, netchoice_mode(choice), &mode)) {
		auto_buf struct buf words = { 0 };

		name_list(modes, &words);
		err_at(err, "/ocipipe/network/mode", "unknown '%s'",
		       netchoice_mode(choice));
		return err_hint(err, "known: %s", words.data);
	}
	if (mode != PRIVATE)
		return find_program(choice, (enum mode)mode, err);
	if (told && *told) {
		if (choose_as_told(choice, told, err) < 0 ||
		    !name_value(modes, told, &mode))
			return -1;
		return find_program(choice, (enum mode)mode, err);
	}
	if (nobody)
		choice->lacking = xstrdup("nobody is there to connect it");
	else
		choose_best(choice);
	return 0;
}

int netchoice_make(const json_t *asked, bool nobody, struct netchoice *ret, struct err *err)
{
	*ret = (struct netchoice){ 0 };
	if (!json_object_get(asked, "mode"))
		return 0;
	if (network_check(asked, err) < 0)
		return err_under(err, "/ocipipe/network");
	ret->record = json_deep_copy(asked);
	return decide(ret, nobody, err);
}

const char *netchoice_mode(const struct netchoice *choice)
{
	return doc_string(json_object_get(choice->record, "mode"));
}

bool netchoice_needs_us(const struct netchoice *choice)
{
	return choice->program != NULL;
}

void netchoice_free(struct netchoice *choice)
{
	json_decref(choice->record);
	free(choice->program);
	free(choice->why);
	free(choice->lacking);
	*choice = (struct netchoice){ 0 };
}
