// SPDX-License-Identifier: Apache-2.0
#include "special.h"

#include <string.h>

#include "namespaces.h"
#include "prepare.h"
#include "spec.h"

/* A form that a special mount can have.  Options end with NULL. */
struct form {
	const char *destination;
	const char *type;
	const char *source;
	const char *options[10];
};

enum { GROUP_OF_TTYS = 5 };

/* clang-format off */
static const struct form fresh[] = {
	{ "/proc", "proc", "proc", { "nosuid", "noexec", "nodev" } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts", "devpts", "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

/* What the host has, where a user namespace may not mount its own. */
static const struct form bound[] = {
	{ "/proc", "bind", "/proc", { "rbind", "rprivate", "nosuid", "noexec", "nodev", "rw" } },
	{ "/dev/shm", "bind", "/dev/shm", { "rbind", "rprivate", "nosuid", "noexec", "nodev", "rw" } },
	{ "/dev/mqueue", "bind", "/dev/mqueue",
	  { "bind", "rprivate", "nosuid", "noexec", "nodev", "rw" } },
	{ "/sys", "bind", "/sys", { "rbind", "rprivate", "nosuid", "noexec", "nodev", "ro" } },
};

static const struct {
	const char *kind;
	const char *destination;
	bool of_network; /* about a network, so of no use without one */
} files[] = {
	{ "hostname", "/etc/hostname", false },
	{ "hosts", "/etc/hosts", true },
	{ "resolv.conf", "/etc/resolv.conf", true },
	{ "containerenv", "/run/.containerenv", false },
};

/* B106, and what newer engines add to it. */
static const char *const masked[] = {
	"/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
	"/sys/dev/block", "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux",
};

/* B107 */
static const char *const read_only[] = {
	"/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};
/* clang-format on */

/* ---- forms --------------------------------------------------------------- */

static const struct form *find_form(const struct form *forms, size_t count,
                                    const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(forms[i].destination, path) == 0)
			return &forms[i];
	return NULL;
}

static const struct form *fresh_form(const char *path)
{
	return find_form(fresh, ARRAY_LEN(fresh), path);
}

static const struct form *bound_form(const char *path)
{
	return find_form(bound, ARRAY_LEN(bound), path);
}

static json_t *make_mount(const struct form *form)
{
	json_t *options = json_array();

	for (const char *const *o = form->options; *o; o++)
		json_array_append_new(options, json_string(*o));
	return json_pack("{s:s, s:s, s:s, s:o}", "destination", form->destination, "type",
	                 form->type, "source", form->source, "options", options);
}

/* The options that users and mappings may have changed without making the mount another
 * one. */
static bool adjustable(const char *option)
{
	static const char *const words[] = { "gid=", "size=", "mode=",
		                             "ro",   "rw",    "relatime" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_starts(option, words[i]))
			return true;
	return false;
}

/* True if the mount is this form, adjustable options aside. */
static bool has_form(const json_t *mount, const struct form *form)
{
	const json_t *options = json_object_get(mount, "options");
	json_t *option;
	size_t i;

	if (!form || !str_equal(doc_string(json_object_get(mount, "type")), form->type) ||
	    !str_equal(doc_string(json_object_get(mount, "source")), form->source))
		return false;
	for (const char *const *o = form->options; *o; o++)
		if (!adjustable(*o) && !spec_list_has(options, *o))
			return false;
	json_array_foreach(options, i, option) {
		const char *text = doc_string(option);
		bool known = text && adjustable(text);

		for (const char *const *o = form->options; *o && !known; o++)
			known = str_equal(*o, text);
		if (!known)
			return false;
	}
	return true;
}

/* ---- what a document wants ----------------------------------------------- */

/* B118, in 64 bits (B119). */
static bool maps_group(const json_t *doc, uint64_t gid)
{
	const json_t *maps = spec_get(doc, "/linux/gidMappings");
	json_t *map;
	size_t i;

	if (json_array_size(maps) == 0)
		return true;
	json_array_foreach(maps, i, map) {
		uint64_t from, size;

		if (doc_get_u64(json_object_get(map, "containerID"), &from) &&
		    doc_get_u64(json_object_get(map, "size"), &size) && gid >= from &&
		    gid - from < size)
			return true;
	}
	return false;
}

/* True if the document's namespaces leave only the host's instance of this mount. */
static bool wants_bound(const json_t *doc, const char *path)
{
	static const struct {
		const char *path;
		const char *needs;
	} rules[] = {
		{ "/proc", "pid" },
		{ "/dev/shm", "ipc" },
		{ "/dev/mqueue", "ipc" },
		{ "/sys", "network" },
	};

	if (!namespaces_have(doc, "user"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (strcmp(rules[i].path, path) == 0)
			return !namespaces_have(doc, rules[i].needs);
	return false;
}

/* ---- adjusting ----------------------------------------------------------- */

static void adjust_terminal_group(json_t *mount, bool mapped)
{
	json_t *options = json_object_get(mount, "options");
	auto_free char *word = xasprintf("gid=%d", GROUP_OF_TTYS);
	bool has = spec_list_has(options, word);

	if (mapped && !has)
		json_array_append_new(options, json_string(word));
	for (size_t i = json_array_size(options); !mapped && has && i-- > 0;)
		if (str_equal(doc_string(json_array_get(options, i)), word))
			json_array_remove(options, i);
}

/* Turn one special mount into the form that is due; what nobody of ours wrote stays. */
static void adjust_mount(json_t *doc, json_t *mounts, const char *path, bool all)
{
	ptrdiff_t at = spec_find_entry(mounts, "destination", path);
	const struct form *is_fresh = fresh_form(path), *is_bound = bound_form(path);
	const struct form *due = wants_bound(doc, path) ? is_bound : is_fresh;
	json_t *mount;

	if (at < 0)
		return;
	mount = json_array_get(mounts, (size_t)at);
	if (!has_form(mount, due)) {
		if (!all && !has_form(mount, is_fresh) && !has_form(mount, is_bound))
			return;
		mount = make_mount(due);
		json_array_set_new(mounts, (size_t)at, mount);
	}
	if (strcmp(path, "/dev/pts") == 0)
		adjust_terminal_group(mount, maps_group(doc, GROUP_OF_TTYS));
}

/* A cgroup mount stands in a fresh /sys only (B116); `was_bound` tells that we took it
 * away. */
static void adjust_cgroup(json_t *doc, json_t *mounts, bool was_bound)
{
	static const char path[] = "/sys/fs/cgroup";
	ptrdiff_t sys = spec_find_entry(mounts, "destination", "/sys");
	ptrdiff_t at = spec_find_entry(mounts, "destination", path);

	if (sys < 0)
		return;
	if (wants_bound(doc, "/sys")) {
		if (at >= 0 &&
		    has_form(json_array_get(mounts, (size_t)at), fresh_form(path)))
			json_array_remove(mounts, (size_t)at);
	} else if (at < 0 && was_bound) {
		json_array_insert_new(mounts, (size_t)sys + 1,
		                      make_mount(fresh_form(path)));
	}
}

/* True if a user gave the file something to say: --add-host, --dns. */
static bool asked_for(const json_t *step)
{
	static const char *const members[] = { "add", "servers", "searches", "options" };

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (json_array_size(json_object_get(step, members[i])) > 0)
			return true;
	return false;
}

/* Without a network there is nothing for them to say (B251, B261). */
static void adjust_files(json_t *doc, json_t *mounts)
{
	const char *mode = doc_string(spec_get(doc, "/ocipipe/network/mode"));

	if (!str_equal(mode, "none"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const json_t *step = prepare_find(doc, "file", files[i].destination);

		if (!files[i].of_network || !step || asked_for(step))
			continue;
		spec_drop_entry(mounts, "destination", files[i].destination);
		prepare_drop(doc, files[i].destination);
	}
}

int special_adjust(json_t *doc, bool all, struct err *err)
{
	json_t *mounts = spec_get(doc, "/mounts");
	ptrdiff_t sys;
	bool was_bound;

	if (!mounts)
		return 0;
	if (doc_kind(mounts) != DOC_ARRAY)
		return err_at(err, "/mounts", "must be an array, but is %s",
		              doc_kind_name(doc_kind(mounts)));
	sys = spec_find_entry(mounts, "destination", "/sys");
	was_bound = sys >= 0 &&
	            has_form(json_array_get(mounts, (size_t)sys), bound_form("/sys"));
	for (size_t i = 0; i < ARRAY_LEN(fresh); i++)
		if (strcmp(fresh[i].destination, "/sys/fs/cgroup") != 0)
			adjust_mount(doc, mounts, fresh[i].destination, all);
	adjust_cgroup(doc, mounts, was_bound);
	adjust_files(doc, mounts);
	return 0;
}

/* ---- a new document ------------------------------------------------------ */

void special_file(const char *kind, json_t **mount, json_t **step)
{
	auto_free char *path = xasprintf("files/%s", kind);
	size_t i = 0;

	while (strcmp(files[i].kind, kind) != 0)
		i++;
	/* Writes go to the bundle's copy and are lost with it (B125). */
	*mount = json_pack("{s:s, s:s, s:s, s:[s,s,s,s,s,s]}", "destination",
	                   files[i].destination, "type", "bind", "source", path, "options",
	                   "bind", "private", "nosuid", "nodev", "noexec", "rw");
	*step = json_pack("{s:s, s:s, s:s, s:s}", "step", "file", "kind", kind, "path",
	                  path, "mount", files[i].destination);
}

static int add_file(json_t *doc, json_t *mounts, const char *kind, struct err *err)
{
	json_t *mount, *step;

	special_file(kind, &mount, &step);
	json_array_append_new(mounts, mount);
	return prepare_put_new(doc, step, err);
}

int special_make(json_t *doc, struct err *err)
{
	json_t *mounts;

	if (spec_ensure_array(doc, "/mounts", &mounts, err) < 0 ||
	    prepare_put_new(doc, json_pack("{s:s}", "step", "workdir"), err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(fresh); i++)
		json_array_append_new(mounts, make_mount(&fresh[i]));
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (add_file(doc, mounts, files[i].kind, err) < 0)
			return -1;
	return special_adjust(doc, false, err);
}

static int put_list(json_t *doc, const char *pointer, const char *const *paths,
                    size_t count, struct err *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(paths[i]));
	return spec_put_new(doc, pointer, list, err);
}

int special_paths(json_t *doc, struct err *err)
{
	if (put_list(doc, "/linux/maskedPaths", masked, ARRAY_LEN(masked), err) < 0)
		return -1;
	return put_list(doc, "/linux/readonlyPaths", read_only, ARRAY_LEN(read_only), err);
}

const char *special_file_at(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (strcmp(files[i].kind, kind) == 0)
			return files[i].destination;
	return NULL;
}
