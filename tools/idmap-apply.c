// SPDX-License-Identifier: Apache-2.0
/*
 * idmap-apply - map user and group ids
 *
 * A new user namespace shows ids of the host as other ids: each mapping is a
 * range {containerID, hostID, size} (user_namespaces(7)).  Asking for mappings
 * asks for the namespace; a joined one has mappings already.
 */
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "idmap.h"
#include "parse.h"
#include "spec.h"
#include "subids.h"

enum state { UNTOUCHED, PRIVATE, JOINED, HOST };

static const struct name states[] = {
	{ "private", PRIVATE },
	{ "container", PRIVATE },
	{ "host", HOST },
	{ NULL, 0 },
};

struct idmap_options {
	struct opt_list uids;
	struct opt_list gids;
	const char *subuid;
	const char *subgid;
	bool rootless;
	struct {
		int state;
		const char *path;
	} userns;
	struct idmap uid; /* what all that comes to */
	struct idmap gid;
};

/* ---- the command line ---------------------------------------------------- */

/* "CONTAINER:HOST:SIZE"; cuts it up. */
static int parse_triple(char *text, struct idmap *to, struct err *err)
{
	uint32_t numbers[3];
	size_t count = 0;
	char *rest = text;

	for (char *field; (field = strsep(&rest, ":")); count++)
		if (count == ARRAY_LEN(numbers) || !parse_u32(field, &numbers[count]))
			return err_set(err, ERR_USAGE,
			               "must be CONTAINER:HOST:SIZE, three numbers");
	if (count != ARRAY_LEN(numbers))
		return err_set(err, ERR_USAGE,
		               "must be CONTAINER:HOST:SIZE, three numbers");
	idmap_add(to, numbers[0], numbers[1], numbers[2]);
	return 0;
}

static int parse_maps(const struct opt_list *list, struct idmap *to, struct err *err)
{
	for (const struct opt_use *use = list->first; use; use = use->next) {
		auto_free char *copy = xstrdup(use->arg);
		char *rest = copy;

		for (char *triple; (triple = strsep(&rest, ","));)
			if (parse_triple(triple, to, err) < 0)
				return err_where(err, "--%s=%s", use->opt->name, use->arg);
	}
	return 0;
}

static int set_userns(struct opt_use *use, void *to, struct err *err)
{
	struct idmap_options *options = to;
	const char *arg = use->arg;
	bool prefixed = str_starts(arg, "ns:");

	if (prefixed)
		arg += strlen("ns:");
	options->userns.path = *arg == '/' ? arg : NULL;
	options->userns.state = JOINED;
	if (options->userns.path)
		return 0;
	if (prefixed)
		return err_set(err, ERR_USAGE, "'%s' is not an absolute path", arg);
	return opt_value(use->opt, arg, &options->userns.state, err);
}

/* ---- facts: /etc/subuid and /etc/subgid ---------------------------------- */

static int add_subordinate(struct idmap_options *options, struct err *err)
{
	const char *user = options->subuid ? options->subuid : options->subgid;
	const char *group = options->subgid ? options->subgid : options->subuid;

	if (subids_add(SUBIDS_USER, user, 0, true, &options->uid, err) < 0)
		return -1;
	return subids_add(SUBIDS_GROUP, group, 0, true, &options->gid, err);
}

/* Of two lists of which one is empty the other serves for both (B409). */
static void share(struct idmap_options *options)
{
	if (options->uid.count == 0)
		idmap_copy(&options->uid, &options->gid);
	else if (options->gid.count == 0)
		idmap_copy(&options->gid, &options->uid);
}

static int check_maps(const struct idmap_options *options, struct err *err)
{
	int state = options->userns.state;

	if (options->uid.count == 0)
		return 0;
	if (state == HOST || state == JOINED) {
		err_set(err, ERR_USAGE,
		        "has no use for mappings: it is not a new namespace");
		return err_where(err, "--userns");
	}
	if (idmap_check(&options->uid, err) < 0)
		return err_where(err, "uid mappings");
	if (idmap_check(&options->gid, err) < 0)
		return err_where(err, "gid mappings");
	return 0;
}

static int gather(const json_t *doc, void *data, struct filter_run *run, struct err *err)
{
	struct idmap_options *options = data;

	(void)doc;
	(void)run;
	if (options->rootless && subids_add_rootless(&options->uid, &options->gid, err) < 0)
		return -1;
	if ((options->subuid || options->subgid) && add_subordinate(options, err) < 0)
		return -1;
	if (parse_maps(&options->uids, &options->uid, err) < 0 ||
	    parse_maps(&options->gids, &options->gid, err) < 0)
		return -1;
	share(options);
	return check_maps(options, err);
}

static void done(void *data)
{
	struct idmap_options *options = data;

	idmap_free(&options->uid);
	idmap_free(&options->gid);
}

/* ---- the document -------------------------------------------------------- */

static int put_namespace(json_t *doc, const char *path, struct err *err)
{
	json_t *list;

	if (spec_ensure_array(doc, "/linux/namespaces", &list, err) < 0)
		return -1;
	spec_put_entry_new(list, "type", "user",
	                   json_pack("{s:s, s:s*}", "type", "user", "path", path));
	return 0;
}

static void drop_maps(json_t *doc)
{
	spec_drop(doc, "/linux/uidMappings");
	spec_drop(doc, "/linux/gidMappings");
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct idmap_options *options = data;

	if (options->userns.state == HOST) {
		spec_drop_entry(spec_get(doc, "/linux/namespaces"), "type", "user");
		drop_maps(doc);
		return 0;
	}
	if (options->userns.state == JOINED) { /* B084: kept, and without mappings */
		drop_maps(doc);
		return put_namespace(doc, options->userns.path, err);
	}
	if (options->uid.count == 0)
		return options->userns.state == PRIVATE ? put_namespace(doc, NULL, err) : 0;
	if (put_namespace(doc, NULL, err) < 0 ||
	    spec_put_new(doc, "/linux/uidMappings", idmap_print(&options->uid), err) < 0)
		return -1;
	return spec_put_new(doc, "/linux/gidMappings", idmap_print(&options->gid), err);
}

/* clang-format off */
#define AT(member) .at = offsetof(struct idmap_options, member)
static const struct opt options[] = {
	{ .name = "uidmap", .alias = "userns-uid-map", .arg = "CONTAINER:HOST:SIZE",
	  .set = opt_append, AT(uids), .help = "map a range of user ids" },
	{ .name = "gidmap", .alias = "userns-gid-map", .arg = "CONTAINER:HOST:SIZE",
	  .set = opt_append, AT(gids), .help = "map a range of group ids" },
	{ .name = "subuid", .alias = "subuidname userns-uid-map-user", .arg = "USER",
	  .set = opt_string, AT(subuid), .help = "map the ranges /etc/subuid gives USER" },
	{ .name = "subgid", .alias = "subgidname userns-gid-map-group", .arg = "GROUP",
	  .set = opt_string, AT(subgid), .help = "map the ranges /etc/subgid gives GROUP" },
	{ .name = "rootless", .set = opt_flag, AT(rootless),
	  .help = "map root to our own id, then our subordinate ranges" },
	{ .name = "userns", .arg = "private|host|PATH", .set = set_userns, .values = states,
	  .help = "the user namespace itself" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter idmap_apply = {
	.name = "idmap-apply",
	.summary = "map user and group ids",
	.options = options,
	.size = sizeof(struct idmap_options),
	.owns = (const char *const[]){ "/linux/uidMappings", "/linux/gidMappings",
	                               "/linux/namespaces[type=user]", NULL },
	.gather = gather,
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&idmap_apply, argc, argv);
}
