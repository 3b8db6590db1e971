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
#include "io.h"
#include "parse.h"
#include "preflight.h"
#include "spec.h"
#include "subids.h"

enum state { UNTOUCHED, PRIVATE, JOINED, HOST, KEEP_ID };

/* B408 */
static const struct name states[] = {
	{ "private", PRIVATE },
	{ "container", PRIVATE },
	{ "host", HOST },
	{ "keep-id", KEEP_ID },
	{ NULL, 0 },
};

/* The ids that "keep-id" shows the caller's as. */
struct kept {
	bool given;
	uint32_t id;
};

struct idmap_options {
	struct opt_list uids;
	struct opt_list gids;
	const char *subuid;
	const char *subgid;
	bool rootless;
	bool check;
	struct {
		int state;
		const char *path;
		struct kept uid, gid;
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

/* "uid=N,gid=N" behind "keep-id:" */
static int parse_keep_id(char *text, struct idmap_options *options, struct err *err)
{
	for (char *word; (word = strsep(&text, ","));) {
		struct kept *kept = str_starts(word, "uid=")   ? &options->userns.uid
		                    : str_starts(word, "gid=") ? &options->userns.gid
		                                               : NULL;

		if (!kept || !parse_id(word + strlen("uid="), &kept->id)) {
			err_set(err, ERR_USAGE, "'%s' is not uid=N or gid=N", word);
			return err_hint(err, "keep-id:uid=1000,gid=1000");
		}
		kept->given = true;
	}
	return 0;
}

static int set_userns(struct opt_use *use, void *to, struct err *err)
{
	struct idmap_options *options = to;
	char *arg = use->arg, *word = strsep(&arg, ":");
	bool prefixed = arg && strcmp(word, "ns") == 0;
	const char *path = prefixed ? arg : word;

	memset(&options->userns, 0, sizeof(options->userns));
	if (*path == '/') {
		if (arg && !prefixed)
			arg[-1] = ':'; /* it is a part of the path */
		options->userns.path = path;
		options->userns.state = JOINED;
		return 0;
	}
	if (prefixed)
		return err_set(err, ERR_USAGE, "'%s' is not an absolute path", path);
	if (strcmp(word, "auto") == 0) {
		err_set(err, ERR_USAGE, "nobody keeps account here of which ids are free");
		return err_hint(err, "--uidmap and --gidmap, or --subuid");
	}
	if (opt_value(use->opt, word, &options->userns.state, err) < 0)
		return -1;
	if (arg && options->userns.state != KEEP_ID)
		return err_set(err, ERR_USAGE, "'%s' takes nothing behind a colon", word);
	return arg ? parse_keep_id(arg, options, err) : 0;
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

/* Our id stays itself, or becomes `inside`; the subordinate ranges are all around it. */
static int keep_id(enum subids_kind kind, const char *name, uint32_t own,
                   const struct kept *kept, struct idmap *to, struct err *err)
{
	uint64_t inside = kept->given ? kept->id : own;
	struct idmap around = { 0 };

	if (subids_add(kind, name, 0, true, &around, err) < 0)
		return -1;
	for (size_t i = 0; i < around.count; i++) {
		const struct idmap_range *r = &around.ranges[i];
		uint64_t below = r->container >= inside            ? 0
		                 : inside - r->container < r->size ? inside - r->container
		                                                   : r->size;

		if (below > 0)
			idmap_add(to, r->container, r->host, below);
		if (below < r->size)
			idmap_add(to, r->container + below + 1, r->host + below,
			          r->size - below);
	}
	idmap_add(to, inside, own, 1);
	idmap_free(&around);
	return 0;
}

static int add_keep_id(struct idmap_options *options, struct err *err)
{
	auto_free char *name = subids_own_name();

	if (geteuid() == 0) {
		err_set(err, ERR_HOST, "keep-id is for an ordinary user, not for root");
		return err_where(err, "--userns");
	}
	if (keep_id(SUBIDS_USER, name, geteuid(), &options->userns.uid, &options->uid,
	            err) < 0)
		return -1;
	return keep_id(SUBIDS_GROUP, name, getegid(), &options->userns.gid, &options->gid,
	               err);
}

/* The ids that this process sees, as themselves (B094). */
static int add_visible(const char *path, struct idmap *to, struct err *err)
{
	enum { LARGEST = 64 * 1024 };
	auto_buf struct buf text = { 0 };
	struct idmap map = { 0 };
	int failed;

	if (io_read_file(path, LARGEST, &text, err) < 0)
		return -1;
	failed = idmap_parse(text.len ? text.data : "", &map, err);
	for (size_t i = 0; i < map.count && !failed; i++)
		idmap_add(to, map.ranges[i].container, map.ranges[i].container,
		          map.ranges[i].size);
	idmap_free(&map);
	return failed ? err_where(err, "%s", path) : 0;
}

/* A new namespace of which nobody says what it maps. */
static int add_default(struct idmap_options *options, struct err *err)
{
	if (geteuid() != 0)
		return subids_add_rootless(&options->uid, &options->gid, err);
	if (add_visible("/proc/self/uid_map", &options->uid, err) < 0)
		return -1;
	return add_visible("/proc/self/gid_map", &options->gid, err);
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

static bool has_maps(const json_t *doc)
{
	return json_array_size(spec_get(doc, "/linux/uidMappings")) > 0 &&
	       json_array_size(spec_get(doc, "/linux/gidMappings")) > 0;
}

static int add_all(struct idmap_options *options, struct err *err)
{
	if (options->rootless && subids_add_rootless(&options->uid, &options->gid, err) < 0)
		return -1;
	if (options->userns.state == KEEP_ID && add_keep_id(options, err) < 0)
		return -1;
	if ((options->subuid || options->subgid) && add_subordinate(options, err) < 0)
		return -1;
	if (parse_maps(&options->uids, &options->uid, err) < 0)
		return -1;
	return parse_maps(&options->gids, &options->gid, err);
}

static int gather(const json_t *doc, void *data, struct filter_run *run UNUSED,
                  struct err *err)
{
	struct idmap_options *options = data;

	if (add_all(options, err) < 0)
		return -1;
	share(options);
	if (options->userns.state == PRIVATE && options->uid.count == 0 && !has_maps(doc) &&
	    add_default(options, err) < 0)
		return -1;
	return check_maps(options, err);
}

static bool report(const void *data, struct buf *to, int *status)
{
	const struct idmap_options *options = data;
	bool bad;

	if (!options->check)
		return false;
	preflight_print(options->subuid, options->subgid, to, &bad);
	*status = bad ? ERR_HOST : 0;
	return true;
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
	{ .name = "userns", .arg = "private|host|keep-id|PATH", .set = set_userns, .values = states,
	  .help = "the user namespace itself" },
	{ .name = "check", .set = opt_flag, AT(check),
	  .help = "say what keeps a user from mapping ids on this host" },
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
	.report = report,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&idmap_apply, argc, argv);
}
