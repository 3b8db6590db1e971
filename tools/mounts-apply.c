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

#include "filter.h"
#include "mountlist.h"
#include "mountwords.h"
#include "prepare.h"
#include "spec.h"
#include "special.h"

enum request { VOLUME, MOUNT, TMPFS, REMOVE, HOSTS, HOSTNAME, RESOLV_CONF, CONTAINERENV };

enum path_request { MASK, UNMASK, READ_ONLY };

static const struct name propagations[] = {
	{ "private", 0 }, { "shared", 0 }, { "slave", 0 }, { "unbindable", 0 }, { NULL, 0 },
};

struct mounts_options {
	struct opt_list mounts; /* in the order of the command line */
	struct opt_list paths;
	uint64_t shm_size;
	bool cgroup_rw;
	bool special;
	const char *propagation;
	const char *label;
};

/* ---- mounts -------------------------------------------------------------- */

static const char *const generated[] = {
	[HOSTS] = "/etc/hosts",
	[HOSTNAME] = "/etc/hostname",
	[RESOLV_CONF] = "/etc/resolv.conf",
	[CONTAINERENV] = "/run/.containerenv",
};

static json_t *make_mount(const struct opt_use *use, char *text, struct err *err)
{
	switch (use->opt->data) {
	case VOLUME:
		return mountwords_volume(text, err);
	case MOUNT:
		return mountwords_mount(text, err);
	default:
		return mountwords_tmpfs(text, err);
	}
}

/* What the user mounts over a generated file takes its place. */
static int put_mount(json_t *doc, struct mountlist *list, const struct opt_use *use,
                     struct err *err)
{
	auto_free char *text = xstrdup(use->arg);
	json_t *mount = make_mount(use, text, err);

	if (!mount)
		return err_where(err, "--%s=%s", use->opt->name, use->arg);
	prepare_drop(doc, doc_string(json_object_get(mount, "destination")));
	mountlist_put_new(list, mount);
	return 0;
}

static void remove_mount(json_t *doc, struct mountlist *list, const char *path)
{
	auto_free char *tidy = mountlist_tidy(path);

	prepare_drop(doc, tidy);
	mountlist_remove(list, tidy);
}

/* --no-hosts and its like remove what is generated, not what a user put there. */
static void remove_generated(json_t *doc, struct mountlist *list, const char *path)
{
	if (prepare_find(doc, "file", path))
		remove_mount(doc, list, path);
}

static int edit_mount(json_t *doc, struct mountlist *list, const struct opt_use *use,
                      struct err *err)
{
	switch (use->opt->data) {
	case REMOVE:
		remove_mount(doc, list, use->arg);
		return 0;
	case HOSTS:
	case HOSTNAME:
	case RESOLV_CONF:
	case CONTAINERENV:
		remove_generated(doc, list, generated[use->opt->data]);
		return 0;
	default:
		return put_mount(doc, list, use, err);
	}
}

static int edit_mounts(json_t *doc, const struct mounts_options *options, struct err *err)
{
	struct mountlist *list;
	int ret = 0;

	if (!options->mounts.first)
		return 0;
	list = mountlist_new(json_object_get(doc, "mounts"));
	for (struct opt_use *use = options->mounts.first; use && ret == 0; use = use->next)
		ret = edit_mount(doc, list, use, err);
	if (ret == 0)
		ret = spec_put_new(doc, "/mounts", mountlist_array(list), err);
	mountlist_free(list);
	return ret;
}

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

/* ---- masked and read-only paths ------------------------------------------ */

static void drop_path(json_t *list, const char *path)
{
	for (size_t i = json_array_size(list); i-- > 0;)
		if (str_equal(doc_string(json_array_get(list, i)), path))
			json_array_remove(list, i);
}

static int add_path(json_t *doc, const char *pointer, const char *path, struct err *err)
{
	json_t *list;

	if (spec_ensure_array(doc, pointer, &list, err) < 0)
		return -1;
	if (!spec_list_has(list, path))
		json_array_append_new(list, json_string(path));
	return 0;
}

static int edit_path(json_t *doc, const struct opt_use *use, struct err *err)
{
	auto_free char *path = NULL;

	if (use->opt->data == UNMASK && strcmp(use->arg, "ALL") == 0) {
		spec_drop(doc, "/linux/maskedPaths");
		spec_drop(doc, "/linux/readonlyPaths");
		return 0;
	}
	if (*use->arg != '/') {
		err_set(err, ERR_USAGE, "'%s' is not an absolute path", use->arg);
		return err_where(err, "--%s", use->opt->name);
	}
	path = mountlist_tidy(use->arg);
	if (use->opt->data == MASK)
		return add_path(doc, "/linux/maskedPaths", path, err);
	if (use->opt->data == READ_ONLY)
		return add_path(doc, "/linux/readonlyPaths", path, err);
	drop_path(spec_get(doc, "/linux/maskedPaths"), path);
	drop_path(spec_get(doc, "/linux/readonlyPaths"), path);
	return 0;
}

static int edit_paths(json_t *doc, const struct mounts_options *options, struct err *err)
{
	for (struct opt_use *use = options->paths.first; use; use = use->next)
		if (edit_path(doc, use, err) < 0)
			return -1;
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
	    edit_paths(doc, options, err) < 0)
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
	  .help = "add a bind or tmpfs mount" },
	{ .name = "tmpfs", .arg = "TARGET[:OPTIONS]", .set = opt_append, AT(mounts),
	  .data = TMPFS, .help = "mount a new tmpfs" },
	{ .name = "remove", .arg = "TARGET", .set = opt_append, AT(mounts), .data = REMOVE,
	  .help = "remove the mount at TARGET" },
	{ .name = "no-hosts", .set = opt_append, AT(mounts), .data = HOSTS,
	  .help = "leave /etc/hosts as the root filesystem has it" },
	{ .name = "no-hostname", .set = opt_append, AT(mounts), .data = HOSTNAME,
	  .help = "leave /etc/hostname" },
	{ .name = "no-resolv-conf", .set = opt_append, AT(mounts), .data = RESOLV_CONF,
	  .help = "leave /etc/resolv.conf" },
	{ .name = "no-containerenv", .set = opt_append, AT(mounts), .data = CONTAINERENV,
	  .help = "make no /run/.containerenv" },
	{ .name = "shm-size", .arg = "SIZE", .set = opt_size, AT(shm_size),
	  .help = "size of /dev/shm" },
	{ .name = "cgroup-rw", .set = opt_flag, AT(cgroup_rw),
	  .help = "make /sys/fs/cgroup writable" },
	{ .name = "special-mounts", .set = opt_flag, AT(special),
	  .help = "adjust /proc, /sys and the like in whatever form they are" },
	{ .name = "mask", .arg = "PATH", .set = opt_append, AT(paths), .data = MASK,
	  .help = "hide PATH" },
	{ .name = "unmask", .arg = "PATH|ALL", .set = opt_append, AT(paths), .data = UNMASK,
	  .help = "neither hide PATH nor make it read-only" },
	{ .name = "readonly-path", .arg = "PATH", .set = opt_append, AT(paths),
	  .data = READ_ONLY, .help = "make PATH read-only" },
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
	                               "/linux/mountLabel", "/ocipipe/prepare", NULL },
	.reads = (const char *const[]){ "/linux/namespaces", "/linux/uidMappings",
	                                "/linux/gidMappings", "/ocipipe/network", NULL },
	.apply = apply,
};

int main(int argc, char *argv[])
{
	return filter_main(&mounts_apply, argc, argv);
}
