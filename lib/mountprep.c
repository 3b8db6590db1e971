// SPDX-License-Identifier: Apache-2.0
#include "mountprep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "owners.h"
#include "rootfs.h"
#include "spec.h"
#include "stage.h"
#include "userns.h"

/* ---- deciding ------------------------------------------------------------ */

static bool is_bind(const json_t *mount)
{
	const json_t *options = json_object_get(mount, "options");

	return str_equal(doc_string(json_object_get(mount, "type")), "bind") ||
	       spec_list_has(options, "bind") || spec_list_has(options, "rbind");
}

/* The steps for each mount, by destination: {kind: step}. */
static json_t *index_steps(const json_t *doc)
{
	const json_t *steps = spec_get(doc, "/ocipipe/prepare");
	json_t *index = json_object(), *step;
	size_t i;

	json_array_foreach(steps, i, step) {
		const char *mount = doc_string(json_object_get(step, "mount"));
		json_t *of_mount = mount ? json_object_get(index, mount) : NULL;

		if (!mount)
			continue;
		if (!of_mount) {
			of_mount = json_object();
			json_object_set_new(index, mount, of_mount);
		}
		json_object_set(of_mount, doc_string(json_object_get(step, "step")), step);
	}
	return index;
}

static const char *member(const json_t *steps, const char *kind, const char *name)
{
	return doc_string(json_object_get(json_object_get(steps, kind), name));
}

static char *absolute(const char *path, const char *base)
{
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", base, path);
}

/* overlayfs and the runtimes part options at commas, and lowerdir at colons. */
static int check_overlay_path(const char *path, struct err *err)
{
	if (!strpbrk(path, ",:\\"))
		return 0;
	err_set(err, ERR_HOST, "%s cannot be part of an overlay: it has a , : or \\", path);
	return err_hint(err, "--run-root and --data-root choose other directories");
}

static void add_option(json_t *mount, const char *name, const char *value)
{
	auto_free char *option = xasprintf("%s%s", name, value);
	json_t *options = json_object_get(mount, "options");

	if (!options) {
		options = json_array();
		json_object_set_new(mount, "options", options);
	}
	json_array_append_new(options, json_string(option));
}

static int complete_overlay(struct mountprep *prep, const json_t *steps, size_t number,
                            const struct mountprep_places *places, json_t *mount,
                            struct err *err)
{
	const char *kept = member(steps, "overlay", "upper");
	auto_free char *upper = NULL, *work = NULL;

	if (!kept)
		prep->writes = xasprintf("%s/overlay-%zu", places->bundle, number);
	prep->upper = kept;
	prep->work = member(steps, "overlay", "work");
	upper = kept ? xstrdup(kept) : xasprintf("%s/upper", prep->writes);
	work = kept ? xstrdup(member(steps, "overlay", "work"))
	            : xasprintf("%s/work", prep->writes);
	if (check_overlay_path(prep->staged, err) < 0 ||
	    check_overlay_path(upper, err) < 0 || check_overlay_path(work, err) < 0)
		return -1;
	add_option(mount, "lowerdir=", prep->staged);
	add_option(mount, "upperdir=", upper);
	add_option(mount, "workdir=", work);
	if (places->user_namespace)
		add_option(mount, "userxattr", "");
	return 0;
}

char *mountprep_name(const char *text)
{
	enum { DIGITS = 16 };
	auto_free char *digest = digest_bytes(text, strlen(text));

	return xstrndup(digest, DIGITS);
}

/* What it lies in; some are in places of ours (caches.h, imagevolumes.h, ...). */
static void find_root(struct mountprep *prep, const json_t *steps,
                      const struct mountprep_places *places, const char **source)
{
	const char *root = member(steps, "source", "root");
	const char *id = member(steps, "cache", "id");

	if (root) {
		prep->root = xstrdup(root);
		*source = member(steps, "source", "subpath");
	} else if (id) {
		auto_free char *name = mountprep_name(id);
		const char *below = member(steps, "cache", "subpath");

		prep->root = xasprintf("%s/cache-%s", places->staging, name);
		prep->inner = true;
		*source = below ? below : "/";
	} else if (json_object_get(steps, "volume")) {
		auto_free char *name = mountprep_name(prep->target);

		prep->root = xasprintf("%s/volume-%s", places->staging, name);
		prep->inner = member(steps, "volume", "dir") != NULL;
		*source = "/";
	} else if (json_object_get(steps, "secret") ||
	           json_object_get(steps, "subscription")) {
		prep->root = xasprintf("%s/secrets", places->staging);
		prep->source = mountprep_name(prep->target);
	} else if (json_object_get(steps, "ssh")) {
		prep->root = xasprintf("%s/agents", places->staging);
		prep->source = mountprep_name(prep->target);
	}
}

/* Where it comes from; false for a mount that shows nothing of the host's. */
static bool find_source(struct mountprep *prep, const json_t *mount, const json_t *steps,
                        const struct mountprep_places *places)
{
	const char *source = doc_string(json_object_get(mount, "source"));

	prep->overlay = json_object_get(steps, "overlay") != NULL;
	if (json_object_get(steps, "file") || (!prep->overlay && !is_bind(mount)))
		return false;
	if (prep->overlay)
		source = member(steps, "overlay", "lower");
	find_root(prep, steps, places, &source);
	if (prep->source)
		return true;
	if (!source)
		return false;
	prep->source = absolute(source, places->base);
	return true;
}

/* What lies in the bundle can move with it; an overlay's directories must be absolute. */
static char *from_bundle(const struct mountprep *prep,
                         const struct mountprep_places *places)
{
	size_t len = strlen(places->bundle);

	if (!prep->overlay && str_starts(prep->source, places->bundle) &&
	    prep->source[len] == '/')
		return xstrdup(prep->source + len + 1);
	return xstrdup(prep->source);
}

static int decide(json_t *mount, const json_t *steps, size_t number,
                  const struct mountprep_places *places, struct mountprep *ret,
                  struct err *err)
{
	const json_t *label = json_object_get(steps, "relabel");

	*ret = (struct mountprep){
		.mount = number,
		.target = doc_string(json_object_get(mount, "destination")),
		.read_only = spec_list_has(json_object_get(mount, "options"), "ro"),
		.idmap = json_object_get(steps, "idmap") != NULL,
		.chown = json_object_get(steps, "chown") != NULL,
		.relabel = label != NULL,
		.shared = json_is_true(json_object_get(label, "shared")),
	};
	if (!find_source(ret, mount, steps, places))
		return 0;
	ret->direct = !places->staging;
	ret->staged = ret->direct ? from_bundle(ret, places)
	                          : xasprintf("%s/source-%zu", places->staging, number);
	if (ret->overlay)
		return complete_overlay(ret, steps, number, places, mount, err);
	json_object_set_new(mount, "source", json_string(ret->staged));
	return 0;
}

int mountprep_make(const json_t *doc, json_t *config, const struct mountprep_places *places,
                   struct mountprep **ret, size_t *count, struct err *err)
{
	json_t *mounts = json_object_get(config, "mounts"), *mount;
	json_auto_t *index = index_steps(doc);
	struct mountprep *list = xcalloc(json_array_size(mounts), sizeof(*list));
	size_t i, n = 0;

	json_array_foreach(mounts, i, mount) {
		const char *to = doc_string(json_object_get(mount, "destination"));

		if (decide(mount, json_object_get(index, to), i, places, &list[n], err) <
		    0) {
			char where[32];

			mountprep_free(list, n + 1);
			snprintf(where, sizeof(where), "/mounts/%zu", i);
			return err_under(err, where);
		}
		n += list[n].staged != NULL;
	}
	*ret = list;
	*count = n;
	return 0;
}

void mountprep_free(struct mountprep *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(list[i].source);
		free(list[i].root);
		free(list[i].staged);
		free(list[i].writes);
	}
	free(list);
}

/* ---- acting -------------------------------------------------------------- */

static int cannot(const struct mountprep *prep, struct err *err)
{
	err_errno(err, prep->source, "cannot be mounted at %s", prep->target);
	err->kind = ERR_HOST;
	return -1;
}

/* The source itself, as O_PATH. */
static int open_source(const struct mountprep *prep, struct err *err)
{
	auto_close int root = -1;
	int fd;

	if (prep->root) {
		root = rootfs_open(prep->root, err);
		if (root < 0)
			return -1;
		fd = rootfs_openat(root, prep->source, O_PATH);
	} else {
		fd = open(prep->source, O_PATH | O_CLOEXEC);
	}
	return fd < 0 ? cannot(prep, err) : fd;
}

/*
 * True if the owners on disk must be seen through the document's mappings: asked
 * for; or it is the lower directory of an overlay that would else be nobody's.
 */
static bool wants_idmap(const struct mountprep *prep, const struct mountprep_owners *owners,
                        const struct stat *st)
{
	if (!owners->user_namespace)
		return false;
	if (prep->idmap)
		return true;
	if (prep->inner)
		return owners->outside;
	return prep->overlay && owners->outside &&
	       !(userns_covers(owners->maps, "uid", st->st_uid) &&
	         userns_covers(owners->maps, "gid", st->st_gid));
}

static int check_idmap(const struct mountprep *prep, const struct mountprep_owners *owners,
                       struct err *err)
{
	if (!prep->idmap || !owners->user_namespace || owners->outside)
		return 0;
	err_set(err, ERR_HOST, "%s: only root can map the owners of a mount", prep->target);
	return err_hint(err, "with the option U the files are given to the container");
}

/* An id of the container as the kernel's here; `mapped` already if the mount maps it. */
static uint32_t here(const struct mountprep_owners *owners, const char *kind, uint32_t id,
                     bool mapped)
{
	uint32_t host;

	if (mapped || !owners->outside || !owners->user_namespace)
		return id;
	return userns_host_id(owners->maps, kind, id, &host) ? host : id;
}

static uint32_t process_id(const struct mountprep_owners *owners, const char *kind)
{
	uint64_t id = 0;

	return doc_get_u64(json_object_get(owners->user, kind), &id) ? (uint32_t)id : 0;
}

static int change_source(const struct mountprep *prep,
                         const struct mountprep_owners *owners, int source, bool mapped,
                         struct err *err)
{
	uint32_t uid = here(owners, "uid", process_id(owners, "uid"), mapped);
	uint32_t gid = here(owners, "gid", process_id(owners, "gid"), mapped);

	if (prep->relabel && owners_label(source, owners->label, prep->shared, err) < 0)
		return -1;
	return prep->chown ? owners_give(source, uid, gid, err) : 0;
}

static int make_directory(const char *path, uint32_t uid, uint32_t gid, mode_t mode,
                          struct err *err)
{
	if (mkdir(path, 0700) < 0 || chown(path, uid, gid) < 0 || chmod(path, mode) < 0)
		return err_errno(err, path, "cannot make the directory");
	return 0;
}

/* The directories for what is written, as the container's root; the top looks as below. */
static int make_writes(const struct mountprep *prep, const struct mountprep_owners *owners,
                       const struct stat *lower, bool mapped, struct err *err)
{
	auto_free char *upper = xasprintf("%s/upper", prep->writes);
	auto_free char *work = xasprintf("%s/work", prep->writes);
	uint32_t uid = here(owners, "uid", 0, false), gid = here(owners, "gid", 0, false);
	uint32_t top_uid = lower->st_uid, top_gid = lower->st_gid;

	if (mapped) { /* an owner on disk is one of the container's there */
		top_uid = here(owners, "uid", lower->st_uid, false);
		top_gid = here(owners, "gid", lower->st_gid, false);
	}
	if (prep->chown) {
		top_uid = here(owners, "uid", process_id(owners, "uid"), false);
		top_gid = here(owners, "gid", process_id(owners, "gid"), false);
	}
	if (make_directory(prep->writes, uid, gid, 0700, err) < 0 ||
	    make_directory(work, uid, gid, 0700, err) < 0)
		return -1;
	return make_directory(upper, top_uid, top_gid, lower->st_mode & 07777, err);
}

/*
 * Of a directory that the container's root may not write to overlayfs makes a
 * read-only mount, and says nothing.
 */
static int check_kept(const char *path, const struct mountprep_owners *owners,
                      struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0 || access(path, W_OK) < 0) {
		err_errno(err, path, "cannot take what is written to an overlay");
		err->kind = ERR_HOST;
		return -1;
	}
	if (!owners->outside || !owners->user_namespace ||
	    (userns_covers(owners->maps, "uid", st.st_uid) &&
	     userns_covers(owners->maps, "gid", st.st_gid)))
		return 0;
	err_set(err, ERR_HOST, "cannot be written to: no id of the container owns it");
	err_where(err, "%s", path);
	return err_hint(err, "chown it to the mapped ids");
}

static int prepare_overlay(const struct mountprep *prep,
                           const struct mountprep_owners *owners, const struct stat *lower,
                           bool mapped, struct err *err)
{
	if (!prep->overlay)
		return 0;
	if (!S_ISDIR(lower->st_mode)) {
		err_set(err, ERR_HOST, "%s is a file, and an overlay needs a directory",
		        prep->source);
		return err_hint(err, "mount it read-only, or its directory");
	}
	if (prep->writes)
		return make_writes(prep, owners, lower, mapped, err);
	return check_kept(prep->upper, owners, err) < 0 ||
	                       check_kept(prep->work, owners, err) < 0
	               ? -1
	               : 0;
}

static int needs_idmap(const struct mountprep *prep, struct err *err)
{
	err_set(err, ERR_HOST, "its owners must be mapped, for which ocirun must live");
	err_where(err, "%s", prep->source);
	return err_hint(err, "chown it to the mapped ids instead");
}

/* Where in the source it is comes after the source. */
static int blame_source(const struct mountprep *prep, struct err *err)
{
	auto_free char *above = xasprintf("%s/", prep->source);

	return err->where[0] ? err_under(err, above) : err_where(err, "%s", prep->source);
}

/* What cannot be shown is the user's, whose name for it is another than ours. */
static int show(const struct mountprep *prep, int source, int userns, struct err *err)
{
	if (stage_bind(source, prep->staged, userns, err) == 0)
		return 0;
	if (prep->inner && userns >= 0)
		err_hint(err, "its directory needs another file system: %s",
		         "--cache-dir, --image-volume-dir");
	return err_where(err, "%s", prep->inner ? prep->target : prep->source);
}

int mountprep_act(const struct mountprep *prep, const struct mountprep_owners *owners,
                  struct err *err)
{
	auto_close int source = -1, userns = -1;
	struct stat st;
	bool mapped;

	if (check_idmap(prep, owners, err) < 0)
		return -1;
	source = open_source(prep, err);
	if (source < 0)
		return -1;
	if (fstat(source, &st) < 0)
		return cannot(prep, err);
	mapped = wants_idmap(prep, owners, &st);
	if (prep->direct && mapped) {
		if (geteuid() == 0)
			return needs_idmap(prep, err);
		mapped = false; /* to an ordinary user they are nobody's anyway */
	}
	if (mapped) {
		userns = userns_open(owners->maps, err);
		if (userns < 0)
			return -1;
	}
	if (change_source(prep, owners, source, mapped, err) < 0)
		return blame_source(prep, err);
	if (prepare_overlay(prep, owners, &st, mapped, err) < 0)
		return err->where[0] ? -1 : err_where(err, "%s", prep->source);
	return prep->direct ? 0 : show(prep, source, userns, err);
}

int mountprep_reopen(const struct mountprep *prep, struct err *err)
{
	auto_close int fd = open_source(prep, err);
	struct stat now, pinned;

	if (fd < 0)
		return -1;
	if (fstat(fd, &now) < 0 || stat(prep->staged, &pinned) < 0)
		return cannot(prep, err);
	if (now.st_dev == pinned.st_dev && now.st_ino == pinned.st_ino)
		return steal_fd(&fd);
	return err_set(err, ERR_HOST, "%s was replaced meanwhile", prep->source);
}

struct owner mountprep_root(const struct mountprep *prep,
                            const struct mountprep_owners *owners)
{
	bool mapped = (prep->idmap || prep->inner) && owners->user_namespace;

	return (struct owner){ here(owners, "uid", 0, mapped),
		               here(owners, "gid", 0, mapped) };
}
