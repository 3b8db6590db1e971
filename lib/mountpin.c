// SPDX-License-Identifier: Apache-2.0
/* mountprep.h: what a mount shows, pinned and prepared. */
#include "mountprep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owners.h"
#include "rootfs.h"
#include "stage.h"
#include "userns.h"

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

/* The container's owner as the kernel's here; `mapped` already if the mount maps it. */
static struct owner here(const struct mountprep_owners *owners, struct owner inner,
                         bool mapped)
{
	if (mapped || !owners->outside || !owners->user_namespace)
		return inner;
	return userns_owner(owners->maps, inner);
}

static int change_source(const struct mountprep *prep,
                         const struct mountprep_owners *owners, int source, bool mapped,
                         struct err *err)
{
	const struct owner process = here(owners, owner_of(owners->user), mapped);

	if (prep->relabel && owners_label(source, owners->label, prep->shared, err) < 0)
		return -1;
	return prep->chown ? owners_give(source, process.uid, process.gid, err) : 0;
}

static int make_directory(const char *path, struct owner owner, mode_t mode,
                          struct err *err)
{
	if (mkdir(path, 0700) < 0 || chown(path, owner.uid, owner.gid) < 0 ||
	    chmod(path, mode) < 0)
		return err_errno(err, path, "cannot make the directory");
	return 0;
}

/* The directories for what is written, as the container's root; the top looks as below. */
static int make_writes(const struct mountprep *prep, const struct mountprep_owners *owners,
                       const struct stat *lower, bool mapped, struct err *err)
{
	auto_free char *upper = xasprintf("%s/upper", prep->writes);
	auto_free char *work = xasprintf("%s/work", prep->writes);
	const struct owner root = here(owners, (struct owner){ 0, 0 }, false);
	struct owner top = { lower->st_uid, lower->st_gid };

	if (mapped) /* an owner on disk is one of the container's there */
		top = here(owners, top, false);
	if (prep->chown)
		top = here(owners, owner_of(owners->user), false);
	if (make_directory(prep->writes, root, 0700, err) < 0 ||
	    make_directory(work, root, 0700, err) < 0)
		return -1;
	return make_directory(upper, top, lower->st_mode & 07777, err);
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

	return here(owners, (struct owner){ 0, 0 }, mapped);
}
