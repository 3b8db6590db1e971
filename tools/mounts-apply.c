// SPDX-License-Identifier: Apache-2.0
/*
 * mounts-apply - give a container files
 *
 * The runtime mounts /mounts in order, each over what was there before
 * (runtime-spec, config.md, "Mounts").  This tool adds and removes rows and
 * keeps the special ones (/proc, /sys, ...) and the generated files in line
 * with the namespaces, mappings and network that other stages chose.
 */
#include <string.h>

#include "etcedit.h"
#include "filter.h"
#include "mountagent.h"
#include "mountdeclared.h"
#include "mountimage.h"
#include "mountrow.h"
#include "pathlists.h"
#include "prepare.h"
#include "spec.h"
#include "special.h"

enum request { VOLUME, MOUNT, TMPFS, BEFORE, REMOVE };

static const struct name propagations[] = {
	{ "private", 0 }, { "shared", 0 }, { "slave", 0 }, { "unbindable", 0 }, { NULL, 0 },
};

struct mounts_options {
	struct opt_list mounts; /* in the order of the command line */
	struct opt_list paths;
	struct etc_asked etc;
	struct mount_asked asked;
	struct mount_declared declared; /* from it */
	uint64_t shm_size;
	bool cgroup_rw;
	bool special;
	const char *propagation;
	const char *label;
};

/* ---- the command line ---------------------------------------------------- */

static int set_image_volumes(struct opt_use *use, void *to, struct err *err)
{
	if (use->arg && !*use->arg)
		return err_set(err, ERR_USAGE, "needs a file after =");
	*(const struct opt_use **)to = use;
	return 0;
}

static int append_context(struct opt_use *use, void *to, struct err *err)
{
	const char *equals = strchr(use->arg, '=');

	if (use->opt->data && (!equals || equals == use->arg || !equals[1]))
		return err_set(err, ERR_USAGE, "'%s' is not NAME=DIR", use->arg);
	if (!*use->arg)
		return err_set(err, ERR_USAGE, "needs a directory");
	return opt_append(use, to, err);
}

static int gather(const json_t *doc, void *data, struct filter_run *run, struct err *err)
{
	struct mounts_options *options = data;

	if (etcedit_check(&options->etc, err) < 0)
		return -1;
	return mountdeclared_gather(&options->asked, doc, run, &options->declared, err);
}

static void done(void *data)
{
	struct mounts_options *options = data;

	mountdeclared_free(&options->declared);
}

/* ---- mounts -------------------------------------------------------------- */

/* What the edits share. */
struct edit {
	struct mountedit to;
	const struct mounts_options *options;
	const char *before; /* where new mounts go, or NULL */
	bool agent;         /* one was added */
};

static int parse_request(const struct opt_use *use, char *text, struct mount_request *ret,
                         struct err *err)
{
	switch (use->opt->data) {
	case VOLUME:
		return mountwords_volume(text, ret, err);
	case MOUNT:
		return mountwords_mount(text, ret, err);
	default:
		return mountwords_tmpfs(text, ret, err);
	}
}

static int place_mount(struct edit *edit, json_t *mount, struct err *err)
{
	if (!edit->before) {
		mountlist_put_new(edit->to.list, mount);
		return 0;
	}
	if (mountlist_put_before_new(edit->to.list, mount, edit->before))
		return 0;
	err_set(err, ERR_INPUT, "there is no other mount at %s", edit->before);
	return err_where(err, "--before");
}

static int add_mount(struct edit *edit, const struct opt_use *use, struct err *err)
{
	const char *workdir = doc_string(spec_get(edit->to.doc, "/process/cwd"));
	const struct mount_declared *declared = &edit->options->declared;
	const struct mount_places places = {
		.cwd = declared->cwd,
		.workdir = workdir ? workdir : "/",
		.contexts = declared->contexts,
		.count = declared->count,
		.agents = declared->agents,
		.secrets = declared->secrets,
	};
	auto_free char *text = xstrdup(use->arg);
	json_auto_t *steps = json_array();
	struct mount_request request;
	json_t *mount;

	if (parse_request(use, text, &request, err) < 0 ||
	    mountrow_make(&request, &places, &mount, steps, err) < 0)
		return err_where(err, "--%s=%s", use->opt->name, use->arg);
	if (!mount)
		return 0;
	edit->agent |= request.type == MOUNT_SSH;
	mountedit_prepare(&edit->to, doc_string(json_object_get(mount, "destination")),
	                  steps);
	return place_mount(edit, mount, err);
}

/* What users mount, or an earlier stage did, wins over a subscription (B109). */
static void add_subscriptions(struct edit *edit)
{
	const struct mount_declared *declared = &edit->options->declared;
	const json_t *mount;
	size_t i;

	json_array_foreach(declared->subscriptions, i, mount) {
		const char *at = doc_string(json_object_get(mount, "destination"));
		json_auto_t *steps = NULL;

		if (mountlist_find(edit->to.list, at) &&
		    !prepare_find(edit->to.doc, "subscription", at) &&
		    !prepare_find(edit->to.doc, "file", at))
			continue;
		steps = json_deep_copy(json_object_get(declared->subscription_steps, at));
		mountedit_prepare(&edit->to, at, steps);
		mountlist_put_new(edit->to.list, json_deep_copy(mount));
	}
}

static int edit_mount(struct edit *edit, const struct opt_use *use, struct err *err)
{
	switch (use->opt->data) {
	case BEFORE:
		edit->before = use->arg;
		return 0;
	case REMOVE:
		mountedit_remove(&edit->to, use->arg);
		return 0;
	default:
		return add_mount(edit, use, err);
	}
}

/* ---- the image's volumes ------------------------------------------------- */

/* What a user wants there, or what every container has, counts more than the image. */
static bool is_taken(const struct edit *edit, const char *target)
{
	if (json_object_get(edit->to.steps, target))
		return true;
	return mountlist_find(edit->to.list, target) &&
	       !prepare_find(edit->to.doc, "volume", target);
}

static int add_volume(struct edit *edit, const char *path, struct err *err)
{
	json_auto_t *steps = json_array();
	auto_free char *target = NULL;
	json_t *mount;

	if (mountrow_target(path, "/", &target, err) < 0)
		return err_where(err, "--image-volumes: %s", path);
	if (is_taken(edit, target))
		return 0;
	if (mountimage_make(target, edit->options->declared.volume_dir, &mount, steps,
	                    err) < 0)
		return err_where(err, "--image-volume-dir");
	mountedit_prepare(&edit->to, target, steps);
	mountlist_put_new(edit->to.list, mount);
	return 0;
}

/* Those of the configuration that was named, or else of the one that ocigen was given. */
static int add_volumes(struct edit *edit, struct err *err)
{
	const struct mounts_options *options = edit->options;
	const json_t *volumes = options->declared.volumes, *path;
	size_t i;

	if (!options->asked.image_volumes)
		return 0;
	if (!volumes)
		volumes = spec_get(edit->to.doc, "/ocipipe/rootfs/volumes");
	json_array_foreach(volumes, i, path)
		if (add_volume(edit, doc_string(path), err) < 0)
			return -1;
	return 0;
}

static int edit_all(struct edit *edit, struct err *err)
{
	const struct mounts_options *options = edit->options;
	const char *first = mountagent_first(edit->to.doc);
	auto_free char *agent = first ? xstrdup(first) : NULL;

	if (etcedit_apply(&options->etc, &edit->to, err) < 0)
		return -1;
	add_subscriptions(edit);
	for (const struct opt_use *use = options->mounts.first; use; use = use->next)
		if (edit_mount(edit, use, err) < 0)
			return -1;
	if (add_volumes(edit, err) < 0)
		return -1;
	if (mountedit_write(&edit->to, err) < 0)
		return -1;
	return mountagent_point(edit->to.doc, agent, edit->agent, err);
}

static int edit_mounts(json_t *doc, const struct mounts_options *options, struct err *err)
{
	struct edit edit = { .options = options };
	int ret;

	if (!options->mounts.first && !etcedit_wanted(&options->etc) &&
	    !options->asked.image_volumes &&
	    json_array_size(options->declared.subscriptions) == 0)
		return 0;
	edit.to = mountedit_start(doc);
	ret = edit_all(&edit, err);
	mountedit_free(&edit.to);
	return ret;
}

/* ---- special mounts ------------------------------------------------------ */

/* Replace the option that begins with `prefix` or is one of the two words; else append. */
static void set_option(json_t *mount, const char *prefix, const char *word,
                       const char *option)
{
	json_t *list = json_object_get(mount, "options"), *old;
	size_t i;

	if (!list) {
		list = json_array();
		json_object_set_new(mount, "options", list);
	}
	json_array_foreach(list, i, old) {
		const char *text = doc_string(old);

		if ((prefix && str_starts(text, prefix)) || str_equal(text, word) ||
		    str_equal(text, option)) {
			json_array_set_new(list, i, json_string(option));
			return;
		}
	}
	json_array_append_new(list, json_string(option));
}

static json_t *find_mount(json_t *doc, const char *path)
{
	json_t *mounts = json_object_get(doc, "mounts");
	ptrdiff_t at = spec_find_entry(mounts, "destination", path);

	return at < 0 ? NULL : json_array_get(mounts, (size_t)at);
}

static int edit_special(json_t *doc, const struct mounts_options *options, struct err *err)
{
	json_t *shm = find_mount(doc, "/dev/shm"),
	       *cgroup = find_mount(doc, "/sys/fs/cgroup");

	if (options->shm_size) {
		auto_free char *size =
			xasprintf("size=%llu", (unsigned long long)options->shm_size);

		if (!shm || !str_equal(doc_string(json_object_get(shm, "type")), "tmpfs"))
			return err_set(err, ERR_INPUT,
			               "--shm-size: /dev/shm is not a tmpfs");
		set_option(shm, "size=", NULL, size); /* in bytes (B123) */
	}
	if (options->cgroup_rw && cgroup)
		set_option(cgroup, NULL, "ro", "rw");
	return 0;
}

static int put_word(json_t *doc, const char *pointer, const char *word, struct err *err)
{
	return word ? spec_put_new(doc, pointer, json_string(word), err) : 0;
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct mounts_options *options = data;

	if (special_adjust(doc, options->special, err) < 0 ||
	    edit_mounts(doc, options, err) < 0 || edit_special(doc, options, err) < 0 ||
	    pathlists_edit(doc, &options->paths, err) < 0)
		return -1;
	if (put_word(doc, "/linux/rootfsPropagation", options->propagation, err) < 0)
		return -1;
	return put_word(doc, "/linux/mountLabel", options->label, err);
}

static int set_propagation(struct opt_use *use, void *to, struct err *err)
{
	int ignored;

	if (opt_value(use->opt, use->arg, &ignored, err) < 0)
		return -1;
	*(const char **)to = use->arg;
	return 0;
}

/* clang-format off */
#define AT(member) .at = offsetof(struct mounts_options, member)
static const struct opt options[] = {
	{ .letter = 'v', .name = "volume", .arg = "SOURCE:TARGET[:OPTIONS]", .set = opt_append,
	  AT(mounts), .data = VOLUME, .help = "bind SOURCE to TARGET" },
	{ .name = "mount", .arg = "type=TYPE,...", .set = opt_append, AT(mounts), .data = MOUNT,
	  .help = "add a mount of type bind, tmpfs, overlay, cache, secret or ssh" },
	{ .name = "tmpfs", .arg = "TARGET[:OPTIONS]", .set = opt_append, AT(mounts),
	  .data = TMPFS, .help = "mount a new tmpfs" },
	{ .name = "before", .arg = "TARGET", .set = opt_append, AT(mounts), .data = BEFORE,
	  .help = "put the mounts that follow right before the one at TARGET" },
	{ .name = "remove", .arg = "TARGET", .set = opt_append, AT(mounts), .data = REMOVE,
	  .help = "remove the mount at TARGET" },
	{ .name = "context", .alias = "contextdir", .arg = "DIR", .set = append_context,
	  AT(asked.contexts), .help = "sources of --mount are in DIR" },
	{ .name = "build-context", .arg = "NAME=DIR", .set = append_context, AT(asked.contexts),
	  .data = true, .help = "what from=NAME in --mount means" },
	{ .name = "ssh", .arg = "ID[=SOCKET|KEY,...]", .set = opt_append, AT(asked.agents),
	  .help = "the ssh agent, or keys, that ID in --mount=type=ssh means" },
	{ .name = "secret", .arg = "id=ID,src=FILE|env=NAME|fd=N", .set = opt_append, AT(asked.secrets),
	  .help = "where the secret is that ID in --mount=type=secret means" },
	{ .name = "image-volumes", .arg = "[=FILE]", .set = set_image_volumes, AT(asked.image_volumes),
	  .help = "mount the volumes that the image's configuration declares" },
	{ .name = "image-volume-dir", .arg = "DIR", .set = opt_string, AT(asked.image_volume_dir),
	  .help = "where they live from run to run" },
	{ .name = "default-mounts-file", .arg = "FILE", .set = opt_append, AT(asked.lists),
	  .help = "show copies of this host's files that FILE lists" },
	{ .name = "fips", .set = opt_flag, AT(asked.fips),
	  .help = "show what says that the host is in FIPS mode" },
	{ .name = "add-host", .arg = "NAME:IP", .set = etcedit_append, AT(etc), .data = ETC_ADD_HOST,
	  .help = "add a line to /etc/hosts" },
	{ .name = "dns", .arg = "IP|none", .set = etcedit_append, AT(etc), .data = ETC_DNS,
	  .help = "a name server instead of the host's" },
	{ .name = "dns-search", .arg = "DOMAIN", .set = etcedit_append, AT(etc), .data = ETC_DNS_SEARCH,
	  .help = "a search domain instead of the host's; . for none" },
	{ .name = "dns-option", .arg = "OPTION", .set = etcedit_append, AT(etc), .data = ETC_DNS_OPTION,
	  .help = "a resolver option instead of the host's" },
	{ .name = "no-hosts", .set = etcedit_set_none, AT(etc), .data = ETC_NO_HOSTS,
	  .help = "leave /etc/hosts as the root filesystem has it" },
	{ .name = "no-hostname", .set = etcedit_set_none, AT(etc), .data = ETC_NO_HOSTNAME,
	  .help = "leave /etc/hostname" },
	{ .name = "no-resolv-conf", .set = etcedit_set_none, AT(etc), .data = ETC_NO_RESOLV_CONF,
	  .help = "leave /etc/resolv.conf" },
	{ .name = "no-containerenv", .set = etcedit_set_none, AT(etc),
	  .data = ETC_NO_CONTAINERENV, .help = "make no /run/.containerenv" },
	{ .name = "shm-size", .arg = "SIZE", .set = opt_size, AT(shm_size),
	  .help = "size of /dev/shm" },
	{ .name = "cgroup-rw", .set = opt_flag, AT(cgroup_rw),
	  .help = "make /sys/fs/cgroup writable" },
	{ .name = "special-mounts", .set = opt_flag, AT(special),
	  .help = "adjust /proc, /sys and the like in whatever form they are" },
	{ .name = "mask", .arg = "PATH", .set = opt_append, AT(paths), .data = PATH_MASK,
	  .help = "hide PATH" },
	{ .name = "unmask", .arg = "PATH|ALL", .set = opt_append, AT(paths), .data = PATH_UNMASK,
	  .help = "neither hide PATH nor make it read-only" },
	{ .name = "readonly-path", .arg = "PATH", .set = opt_append, AT(paths),
	  .data = PATH_READ_ONLY, .help = "make PATH read-only" },
	{ .name = "rootfs-propagation", .arg = "WORD", .set = set_propagation,
	  AT(propagation), .values = propagations, .help = "mount propagation of the root" },
	{ .name = "mount-label", .arg = "LABEL", .set = opt_string, AT(label),
	  .help = "SELinux label of the mounts" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter mounts_apply = {
	.name = "mounts-apply",
	.summary = "give a container files",
	.options = options,
	.size = sizeof(struct mounts_options),
	.owns = (const char *const[]){ "/mounts", "/linux/maskedPaths",
	                               "/linux/readonlyPaths", "/linux/rootfsPropagation",
	                               "/linux/mountLabel", "/ocipipe/prepare",
	                               "/process/env[SSH_AUTH_SOCK=]", NULL },
	.reads = (const char *const[]){ "/linux/namespaces", "/linux/uidMappings",
	                                "/linux/gidMappings", "/ocipipe/network",
	                                "/ocipipe/rootfs/volumes", "/process/cwd",
	                                "/root/path", NULL },
	.gather = gather,
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&mounts_apply, argc, argv);
}
