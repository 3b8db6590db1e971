// SPDX-License-Identifier: Apache-2.0
#include "leases.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "io.h"

static const char directory[] = ".networks", temporary[] = ".new";

enum { LARGEST = 16 * 1024 * 1024 };

/* 1 if it was removed before we had the lock. */
static int enter(struct leases *leases, struct err *err)
{
	auto_close int dir = dir_open(leases->run_root, directory);

	if (dir < 0)
		return errno == ENOENT ? 1 : err_errno(err, directory, "cannot open");
	if (io_lock(dir, LOCK_EX) < 0)
		return err_errno(err, directory, "cannot lock");
	if (io_is_removed(dir))
		return 1;
	leases->dir = steal_fd(&dir);
	return 0;
}

int leases_open(int run_root, bool make, struct leases *ret, struct err *err)
{
	enum { TRIES = 100 };

	*ret = (struct leases){ .dir = -1, .run_root = run_root };
	for (int tries = 0; tries < TRIES; tries++) {
		int entered;

		if (make && mkdirat(run_root, directory, 0700) < 0 && errno != EEXIST)
			return err_errno(err, directory, "cannot make the directory");
		entered = enter(ret, err);
		if (entered <= 0)
			return entered;
		if (!make)
			return 1;
	}
	return err_set(err, ERR_HOST, "%s is removed again and again", directory);
}

void leases_close(struct leases *leases)
{
	if (leases->dir < 0)
		return;
	unlinkat(leases->dir, temporary, 0);
	unlinkat(leases->run_root, directory, AT_REMOVEDIR); /* if it is empty */
	close(steal_fd(&leases->dir));
}

json_t *leases_read(const struct leases *leases, const char *network)
{
	auto_close int fd = -1;
	auto_buf struct buf text = { 0 };
	struct err ignored;
	json_t *state = NULL;

	fd = openat(leases->dir, network, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || io_read_all(fd, network, LARGEST, &text, &ignored) < 0 ||
	    doc_parse(text.data, text.len, &state, &ignored) < 0)
		return NULL;
	return state;
}

static int write_new(const struct leases *leases, const json_t *state, struct err *err)
{
	auto_close int fd =
		openat(leases->dir, temporary,
	               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	auto_buf struct buf text = { 0 };

	if (fd < 0)
		return err_errno(err, directory, "cannot make a file");
	doc_print(state, DOC_COMPACT, &text);
	if (io_write_all(fd, text.data, text.len, err) == 0)
		return 0;
	return err_where(err, "%s", directory);
}

int leases_write(const struct leases *leases, const char *network, const json_t *state,
                 struct err *err)
{
	if (json_object_size(json_object_get(state, "leases")) == 0) {
		if (unlinkat(leases->dir, network, 0) < 0 && errno != ENOENT)
			return err_errno(err, network, "cannot remove");
		return 0;
	}
	if (write_new(leases, state, err) < 0 ||
	    renameat(leases->dir, temporary, leases->dir, network) < 0) {
		unlinkat(leases->dir, temporary, 0);
		return err->kind ? -1 : err_errno(err, network, "cannot write");
	}
	return 0;
}

json_t *leases_networks(const struct leases *leases)
{
	auto_dir DIR *dir = dir_list(leases->dir);
	json_t *names = json_array();

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			json_array_append_new(names, json_string(entry->d_name));
	return names;
}
