// SPDX-License-Identifier: Apache-2.0
#include "subscriptions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "io.h"
#include "secrets.h"
#include "spec.h"

enum { DEEPEST = 40, LARGEST = 64 * 1024 * 1024 };

/* ---- deciding ------------------------------------------------------------ */

/* What --dry-run shows of where it is from. */
static json_t *origin(const json_t *source)
{
	const char *file = step_text(source, "file");

	return json_string(file ? file : "FIPS mode");
}

void subscriptions_plan(struct plan *plan, const json_t *doc)
{
	step_add_shown(plan, doc, "subscription", origin);
}

/* ---- copying ------------------------------------------------------------- */

/* What all of one copy share. */
struct copy {
	struct owner owner;
	size_t left; /* bytes that may still be copied */
	int depth;
};

static int copy_entry(struct copy *copy, int from, const char *name, int to, const char *as,
                      struct err *err);

static int give(const struct copy *copy, int fd, mode_t mode, struct err *err)
{
	if (fchown(fd, copy->owner.uid, copy->owner.gid) < 0 || fchmod(fd, mode & 0777) < 0)
		return err_errno(err, "", "cannot be given to %u:%u", copy->owner.uid,
		                 copy->owner.gid);
	return 0;
}

static int make_file(int dir, const char *name, struct err *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0600);

	return fd < 0 ? err_errno(err, "", "cannot be copied") : fd;
}

static int make_directory(int dir, const char *name, struct err *err)
{
	int fd = -1;

	if (mkdirat(dir, name, 0700) == 0)
		fd = dir_open(dir, name);
	return fd < 0 ? err_errno(err, "", "cannot be copied") : fd;
}

static int copy_file(struct copy *copy, int from, const struct stat *st, int dir,
                     const char *as, struct err *err)
{
	auto_close int to = make_file(dir, as, err);
	ssize_t got = 1;

	if (to < 0)
		return -1;
	while (got > 0) {
		got = sendfile(to, from, NULL, copy->left + 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "", "cannot be copied");
		if ((size_t)got > copy->left)
			return err_set(err, ERR_HOST, "is more than %d MiB with all else",
			               LARGEST / (1024 * 1024));
		copy->left -= (size_t)got;
	}
	return give(copy, to, st->st_mode, err);
}

/* "link/file: is a FIFO": where in the source it was. */
static int blame(const char *name, struct err *err)
{
	auto_free char *above = xasprintf("%s%s", name, err->where[0] ? "/" : "");

	return err->where[0] ? err_under(err, above) : err_where(err, "%s", above);
}

static int copy_all(struct copy *copy, DIR *list, int to, struct err *err)
{
	const struct dirent *entry;

	while ((entry = readdir(list)) != NULL) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (copy_entry(copy, dirfd(list), name, to, name, err) < 0)
			return blame(name, err);
	}
	return 0;
}

static int copy_directory(struct copy *copy, int from, const struct stat *st, int dir,
                          const char *as, struct err *err)
{
	auto_close int to = make_directory(dir, as, err);
	auto_dir DIR *list = to < 0 ? NULL : dir_list(from);
	int failed;

	if (!list)
		return to < 0 ? -1 : err_errno(err, "", "cannot be read");
	copy->depth++;
	failed = copy_all(copy, list, to, err);
	copy->depth--;
	return failed ? -1 : give(copy, to, st->st_mode, err);
}

/* A device may do something when it is opened, so it is looked at first. */
static int open_found(int from, const char *name, struct stat *st)
{
	auto_close int found = openat(from, name, O_PATH | O_CLOEXEC);
	auto_free char *link = xasprintf("/proc/self/fd/%d", found);

	if (found < 0 || fstat(found, st) < 0)
		return -1;
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return steal_fd(&found);
	return open(link, O_RDONLY | O_CLOEXEC);
}

/* Links are the host's, which named them; one that leads nowhere is left out (B151). */
static int copy_entry(struct copy *copy, int from, const char *name, int to, const char *as,
                      struct err *err)
{
	struct stat st;
	auto_close int fd = open_found(from, name, &st);

	if (fd < 0 && errno == ENOENT && copy->depth > 0)
		return 0;
	if (fd < 0)
		return err_errno(err, "", "cannot be read");
	if (S_ISREG(st.st_mode))
		return copy_file(copy, fd, &st, to, as, err);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_HOST, "is neither a file nor a directory");
	if (copy->depth == DEEPEST)
		return err_set(err, ERR_HOST, "is %d directories deep: links in a circle?",
		               DEEPEST);
	return copy_directory(copy, fd, &st, to, as, err);
}

/* ---- acting -------------------------------------------------------------- */

static int write_text(const struct copy *copy, int dir, const char *name, const char *text,
                      struct err *err)
{
	auto_close int fd = make_file(dir, name, err);

	if (fd < 0 || io_write_all(fd, text, strlen(text), err) < 0)
		return -1;
	return give(copy, fd, 0644, err);
}

/* Files that the copy has besides, in its directory, which is made where nothing was. */
static int add_files(const struct copy *copy, int dir, const char *name,
                     const json_t *files, struct err *err)
{
	auto_close int to = dir_open(dir, name);
	const char *file;
	json_t *text;

	if (to < 0) {
		to = errno == ENOENT ? make_directory(dir, name, err)
		                     : err_errno(err, "", "is not a directory");
		if (to < 0 || give(copy, to, 0755, err) < 0)
			return -1;
	}
	json_object_foreach((json_t *)(uintptr_t)files, file, text) {
		(void)!unlinkat(to, file, 0); /* the host's own, perhaps */
		if (write_text(copy, to, file, doc_string(text), err) < 0)
			return -1;
	}
	return 0;
}

static int show(const struct acting *acting, const json_t *step, struct err *err)
{
	const json_t *source = json_object_get(step, "source");
	const json_t *files = json_object_get(source, "files");
	const char *path = step_text(source, "file"), *text = step_text(source, "text");
	const char *name = step_text(step, "name");
	struct copy copy = { acting->root_ids, LARGEST, 0 };
	auto_close int dir = secrets_place(acting, err);

	if (dir < 0)
		return -1;
	if (path && copy_entry(&copy, AT_FDCWD, path, dir, name, err) < 0)
		return blame(path, err);
	if (text && write_text(&copy, dir, name, text, err) < 0)
		return -1;
	return files ? add_files(&copy, dir, name, files, err) : 0;
}

int subscriptions_act(const struct acting *acting, const json_t *step, struct err *err)
{
	if (show(acting, step, err) == 0)
		return 0;
	return err->where[0] ? -1 : err_where(err, "%s", step_text(step, "path"));
}
