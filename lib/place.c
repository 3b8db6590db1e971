// SPDX-License-Identifier: Apache-2.0
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "io.h"
#include "rmtree.h"

/* ---- the run root -------------------------------------------------------- */

/* What is in it decides what is removed and killed. */
static int check_owner(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, path, "cannot examine");
	if (st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return 0;
	err_set(err, ERR_HOST, "must belong to us alone (mode 0700)");
	err_where(err, "%s", path);
	return err_hint(err, "remove it, or name another with --run-root");
}

/* The last run of another may remove it at any time while it is empty. */
enum { TRIES = 1000 };

static int removed_again(const char *path, struct err *err)
{
	return err_set(err, ERR_HOST, "%s is removed again and again", path);
}

int place_open_root(const char *path, int *ret, struct err *err)
{
	auto_close int fd = -1;

	for (int tries = 0; fd < 0; tries++) {
		if (tries == TRIES)
			return removed_again(path, err);
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return err_errno(err, path, "cannot make the directory");
		fd = dir_open(AT_FDCWD, path);
		if (fd < 0 && errno != ENOENT)
			return err_errno(err, path, "cannot open the directory");
	}
	if (check_owner(fd, path, err) < 0)
		return -1;
	*ret = steal_fd(&fd);
	return 0;
}

int place_lock_root(int run_root, struct err *err)
{
	if (io_lock(run_root, LOCK_EX) < 0)
		return err_errno(err, "run root", "cannot lock");
	return 0;
}

void place_unlock_root(int run_root)
{
	flock(run_root, LOCK_UN);
}

/* Open and lock it: from now on nobody removes it. */
static int enter_root(const char *path, int *ret, struct err *err)
{
	for (int tries = 0; tries < TRIES; tries++) {
		auto_close int fd = -1;

		if (place_open_root(path, &fd, err) < 0 || place_lock_root(fd, err) < 0)
			return -1;
		if (!io_is_removed(fd)) {
			*ret = steal_fd(&fd);
			return 0;
		}
	}
	return removed_again(path, err);
}

/* Locked, so that nobody is just about to come; a new one of its name is not ours. */
void place_remove_root(int run_root, const char *path)
{
	struct err ignored = { 0 };

	if (place_lock_root(run_root, &ignored) == 0 && !io_is_removed(run_root))
		rmdir(path);
	place_unlock_root(run_root);
}

/* ---- the run directory --------------------------------------------------- */

static int make_locked(const char *name, struct place *place, struct err *err)
{
	auto_close int run = -1;

	if (mkdirat(place->run_root, name, 0700) < 0) {
		if (errno != EEXIST) {
			err_errno(err, name, "cannot make the run directory");
			return io_where(place->run_root, name, err);
		}
		err_set(err, ERR_HOST, "a container of this name is running already");
		return err_where(err, "%s", name);
	}
	run = dir_open(place->run_root, name);
	if (run < 0 || flock(run, LOCK_EX | LOCK_NB) < 0) {
		err_errno(err, name, "cannot lock the run directory");
		unlinkat(place->run_root, name, AT_REMOVEDIR);
		return -1;
	}
	place->name = xstrdup(name);
	place->run = steal_fd(&run);
	return 0;
}

int place_make_run(const char *run_root, const char *name, json_t *about, struct place *ret,
                   struct err *err)
{
	int made;

	ret->run_root_path = xstrdup(run_root);
	if (enter_root(run_root, &ret->run_root, err) < 0) {
		json_decref(about);
		return -1;
	}
	made = make_locked(name, ret, err);
	place_unlock_root(ret->run_root);
	if (made < 0 || journal_create(ret->run, "journal", &ret->journal, err) < 0) {
		json_decref(about);
		return -1;
	}
	return journal_add_new(&ret->journal, json_pack("{s:o}", "run", about), err);
}

int place_remove_run(struct place *place, struct err *err)
{
	int ret = 0;

	if (place->run_root < 0)
		return 0;
	if (place->run >= 0 && rmtree(place->run_root, place->name, err) < 0)
		ret = io_where(place->run_root, place->name, err);
	place_remove_root(place->run_root, place->run_root_path);
	return ret;
}

/* ---- the run's own directory --------------------------------------------- */

/* A runtime that cannot make its log says why on the command's standard error. */
static int make_log(const struct place *place, struct err *err)
{
	auto_close int log = openat(place->data, "runtime.log",
	                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (log >= 0)
		return 0;
	err_errno(err, "runtime.log", "cannot make the file");
	return io_where(place->data, "runtime.log", err);
}

int place_make_data(const char *data_root, struct place *place, struct err *err)
{
	uint64_t random;
	json_t *line;

	if (io_random(&random, err) < 0)
		return -1;
	place->data_path =
		xasprintf("%s/ocipipe-%016llx", data_root, (unsigned long long)random);
	line = json_pack("{s:s, s:s}", "undo", "tree", "path", place->data_path);
	if (!line)
		return err_set(err, ERR_HOST, "%s is not UTF-8", data_root);
	if (journal_add_new(&place->journal, line, err) < 0)
		return -1;
	if (mkdir(place->data_path, 0700) < 0)
		return err_errno(err, data_root, "cannot make a directory");
	place->data = dir_open(AT_FDCWD, place->data_path);
	if (place->data < 0)
		return err_errno(err, place->data_path, "cannot open the directory");
	/* 0711 inside 0700: reached only through the bind in the worker's own mounts. */
	if (mkdirat(place->data, "bundle", 0711) < 0 ||
	    mkdirat(place->data, "state", 0700) < 0)
		return err_errno(err, place->data_path, "cannot make a directory");
	return make_log(place, err);
}

void place_close(struct place *place)
{
	cleanup_close(&place->root);
	cleanup_close(&place->journal.fd);
	cleanup_close(&place->rootlock.journal.fd);
	cleanup_close(&place->data);
	cleanup_close(&place->run);
	cleanup_close(&place->run_root);
	free(place->rootlock.name);
	free(place->run_root_path);
	free(place->name);
	free(place->data_path);
	*place = (struct place)PLACE_NONE;
}
