// SPDX-License-Identifier: Apache-2.0
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "doc.h"
#include "io.h"
#include "rmtree.h"
#include "rootfs.h"

enum { LARGEST = 16 * 1024 * 1024 };

int journal_create(int dir, const char *name, struct journal *ret, struct err *err)
{
	int fd = openat(dir, name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, name, "cannot create the journal");
	ret->fd = fd;
	return 0;
}

static int append_new(const struct journal *journal, json_t *line, struct err *err)
{
	auto_buf struct buf text = { 0 };

	doc_print(line, DOC_COMPACT, &text);
	buf_char(&text, '\n');
	json_decref(line);
	return io_write_all(journal->fd, text.data, text.len, err);
}

int journal_target(const struct journal *journal, const char *path, struct err *err)
{
	return append_new(journal, json_pack("{s:s}", "target", path), err);
}

int journal_cgroup(const struct journal *journal, const char *path, struct err *err)
{
	return append_new(journal, json_pack("{s:s}", "cgroup", path), err);
}

/* ---- undoing ------------------------------------------------------------- */

/*
 * Remove an empty directory or file.  Its parent is resolved again and the name
 * is never followed: the container may have put a link there (CVE-2024-23652).
 */
static int undo_target(int root, const char *path, struct err *err)
{
	const char *name = strrchr(path, '/') + 1;
	auto_free char *above = xstrndup(path, (size_t)(name - path));
	auto_close int parent = rootfs_openat(root, above, O_PATH | O_DIRECTORY);
	struct stat st;
	int flag;

	if (parent < 0 || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode) && !(S_ISREG(st.st_mode) && st.st_size == 0))
		return 0;
	flag = S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0;
	if (unlinkat(parent, name, flag) == 0 || errno == ENOENT || errno == ENOTEMPTY)
		return 0;
	return err_errno(err, path, "cannot remove from the root filesystem");
}

static bool is_cgroup(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC);
}

/*
 * Remove `name` of one hierarchy with the cgroups below it.  Where there is no
 * cgroup file system after all, a runtime may have made plain files instead.
 */
static int remove_cgroup(int hierarchy, const char *name, struct err *err)
{
	auto_close int fd = openat(hierarchy, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return 0;
	if (!is_cgroup(fd))
		return rmtree(hierarchy, name, err);
	dir = fdopendir(steal_fd(&fd));
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			(void)!remove_cgroup(dirfd(dir), entry->d_name, err);
	if (dir)
		closedir(dir);
	if (unlinkat(hierarchy, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return err_errno(err, name, "cannot remove the cgroup");
}

/* Remove the cgroup from every hierarchy that has it; the runtime usually has. */
static int undo_cgroup(const char *path, struct err *err)
{
	const char *name = path + strspn(path, "/");
	auto_close int base = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;
	DIR *dir;

	if (base < 0)
		return 0;
	if (is_cgroup(base))
		return remove_cgroup(base, name, err);
	dir = fdopendir(steal_fd(&base));
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		auto_close int hierarchy = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		hierarchy = openat(dirfd(dir), entry->d_name,
		                   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (hierarchy >= 0 && remove_cgroup(hierarchy, name, err) < 0)
			ret = -1;
	}
	if (dir)
		closedir(dir);
	return ret;
}

static int undo_line(const struct journal *journal, char *line, struct err *err)
{
	json_auto_t *entry = NULL;
	const char *path;

	/* A last line that is cut short was written by a process that died: nothing was
	 * done. */
	if (doc_parse(line, strlen(line), &entry, err) < 0)
		return 0;
	path = doc_string(json_object_get(entry, "target"));
	if (path)
		return undo_target(journal->root, path, err);
	path = doc_string(json_object_get(entry, "cgroup"));
	return path ? undo_cgroup(path, err) : 0;
}

int journal_undo(const struct journal *journal, struct err *err)
{
	auto_buf struct buf text = { 0 };
	struct err later;
	int ret = 0;

	if (lseek(journal->fd, 0, SEEK_SET) < 0)
		return err_errno(err, "", "cannot read the journal");
	if (io_read_all(journal->fd, "journal", LARGEST, &text, err) < 0)
		return -1;
	while (text.len > 0) {
		char *line;

		text.data[--text.len] = '\0';
		line = memrchr(text.data, '\n', text.len);
		line = line ? line + 1 : text.data;
		text.len = (size_t)(line - text.data);
		if (undo_line(journal, line, ret < 0 ? &later : err) < 0)
			ret = -1;
	}
	if (ret == 0 && ftruncate(journal->fd, 0) < 0)
		return err_errno(err, "", "cannot empty the journal");
	return ret;
}
