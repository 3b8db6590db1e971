// SPDX-License-Identifier: Apache-2.0
#include "hookdir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooklist.h"

enum { LARGEST = 1024 * 1024 };

static bool is_hook_file(const char *name)
{
	size_t len = strlen(name);

	return len >= 5 && strcmp(name + len - 5, ".json") == 0;
}

static int add(struct hookdir *dir, const char *path, const char *name, size_t number,
               struct err *err)
{
	auto_free char *full = xasprintf("%s/%s", path, name);
	json_t *text = doc_string_new(full);
	size_t at = strlen(path) + 1;

	if (!text)
		return err_at(err, path, "has a file whose name is not UTF-8");
	json_decref(text);
	if (dir->count == dir->room) {
		dir->room = dir->room ? dir->room * 2 : 16;
		dir->entries = xrealloc(dir->entries, dir->room * sizeof(*dir->entries));
	}
	dir->entries[dir->count++] = (struct hookdir_entry){
		.path = full,
		.name = full + at,
		.directory = number,
	};
	steal(&full);
	return 0;
}

int hookdir_list(struct hookdir *dir, const char *path, size_t number, bool strict,
                 struct err *err)
{
	auto_dir DIR *stream = opendir(path);
	const struct dirent *entry;

	if (!stream && errno == ENOENT && !strict)
		return 0;
	if (!stream) {
		err_errno(err, path, "cannot open");
		err->kind = ERR_INPUT;
		return -1;
	}
	while (errno = 0, (entry = readdir(stream)))
		if (is_hook_file(entry->d_name) &&
		    add(dir, path, entry->d_name, number, err) < 0)
			return -1;
	return errno ? err_errno(err, path, "cannot read") : 0;
}

/* As strcmp() does, but upper-case letters count as lower-case ones; in any locale. */
static int compare_folded(const char *a, const char *b)
{
	for (;; a++, b++) {
		unsigned char x = (unsigned char)*a, y = (unsigned char)*b;

		if (x >= 'A' && x <= 'Z')
			x = (unsigned char)(x + 'a' - 'A');
		if (y >= 'A' && y <= 'Z')
			y = (unsigned char)(y + 'a' - 'A');
		if (x != y)
			return x < y ? -1 : 1;
		if (!x)
			return 0;
	}
}

static int compare(const void *left, const void *right)
{
	const struct hookdir_entry *a = left, *b = right;
	int order = compare_folded(a->name, b->name);

	if (!order)
		order = strcmp(a->name, b->name);
	if (!order)
		order = a->directory < b->directory ? -1 : 1;
	return order;
}

/*
 * A hook whose executable is missing is left out (B221).  That of startContainer
 * is looked up in the container, so nobody can tell here.
 */
static int check_executable(struct hookdir_entry *entry, bool strict, struct err *err)
{
	const char *path = doc_string(json_object_get(entry->file.hook, "path"));

	if (entry->file.stages == 1U << HOOK_START_CONTAINER || access(path, F_OK) == 0)
		return 0;
	if (errno != ENOENT && errno != ENOTDIR)
		return 0; /* it may well be there for who runs it */
	if (strict)
		return err_at(err, entry->path, "%s does not exist", path);
	entry->unavailable = path;
	entry->file.stages &= 1U << HOOK_START_CONTAINER;
	return 0;
}

/* 1 if it was read, 0 if the file went away meanwhile. */
static int read_entry(struct hookdir_entry *entry, bool strict, struct err *err)
{
	struct stat st;
	json_t *text;

	if (doc_parse_file(entry->path, LARGEST, &text, err) < 0)
		return lstat(entry->path, &st) < 0 && errno == ENOENT ? 0 : -1;
	if (hookfile_parse(text, &entry->file, err) < 0) {
		err_under(err, ": ");
		return err_under(err, entry->path);
	}
	return check_executable(entry, strict, err) < 0 ? -1 : 1;
}

int hookdir_read(struct hookdir *dir, bool strict, json_t *inputs, struct err *err)
{
	if (dir->count)
		qsort(dir->entries, dir->count, sizeof(*dir->entries), compare);
	for (size_t i = 0; i < dir->count; i++) {
		struct hookdir_entry *entry = &dir->entries[i];
		int got;

		if (i + 1 < dir->count && strcmp(entry->name, entry[1].name) == 0) {
			entry->overridden = entry[1].path;
			continue;
		}
		got = read_entry(entry, strict, err);
		if (got < 0)
			return -1;
		if (got > 0)
			json_array_append_new(inputs, json_string(entry->path));
	}
	return 0;
}

void hookdir_free(struct hookdir *dir)
{
	for (size_t i = 0; i < dir->count; i++) {
		hookfile_free(&dir->entries[i].file);
		free(dir->entries[i].path);
	}
	free(dir->entries);
}
