// SPDX-License-Identifier: Apache-2.0
#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "cgroup.h"
#include "io.h"
#include "rmtree.h"

static const char *text_of(const json_t *line, const char *member)
{
	const char *text = doc_string(json_object_get(line, member));

	return text ? text : "";
}

/* A directory of ours, with all that is in it. */
static int undo_tree(const json_t *line, struct err *err)
{
	const char *path = text_of(line, "path"), *name = strrchr(path, '/');
	auto_free char *above = NULL;
	auto_close int dir = -1;

	if (!name || !name[1])
		return 0;
	above = xstrndup(path, (size_t)(name - path + 1));
	dir = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : err_errno(err, above, "cannot open");
	if (rmtree(dir, name + 1, err) == 0)
		return 0;
	if (strcmp(err->where, name + 1) == 0)
		return err_where(err, "%s", path);
	err_under(err, "/");
	return err_under(err, path);
}

static int undo_cgroup(const json_t *line, struct err *err)
{
	const char *path = text_of(line, "path");

	/* One that may be shared is not emptied for others. */
	if (json_is_true(json_object_get(line, "own")))
		cgroup_kill(path);
	return cgroup_remove(path, err);
}

/* The user's copy of the pid file, if it still says what we wrote. */
static int undo_file(const json_t *line, struct err *err)
{
	const char *path = text_of(line, "path"), *wrote = text_of(line, "text");
	auto_buf struct buf text = { 0 };
	struct err ignored;

	if (io_read_file(path, strlen(wrote), &text, &ignored) < 0 ||
	    strcmp(text.data, wrote) != 0)
		return 0;
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, path, "cannot remove");
	return 0;
}

/* A container's part in networks, if it still has one. */
static int undo_bridge(const json_t *line, struct err *err)
{
	const char *run_root = text_of(line, "path");
	auto_close int dir = open(run_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int gone = -1;
	const struct bridge bridge = {
		.netavark = { .program = text_of(line, "program"),
		              .config = text_of(line, "config"),
		              .container = text_of(line, "name") },
		.run_root = dir,
	};

	if (dir < 0)
		return errno == ENOENT ? 0 : err_errno(err, run_root, "cannot open");
	return bridge_down(&bridge, &gone, err);
}

static const struct {
	const char *name;
	int (*undo)(const json_t *line, struct err *err);
} kinds[] = {
	{ "tree", undo_tree },
	{ "cgroup", undo_cgroup },
	{ "file", undo_file },
	{ "bridge", undo_bridge },
};

static bool is_one_of(const char *name, const char *const *list)
{
	for (; list && *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static int undo_line(const json_t *line, const char *const *but, struct err *err)
{
	const char *name = text_of(line, "undo");

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0 && !is_one_of(name, but))
			return kinds[i].undo(line, err);
	return 0;
}

bool undo_all(const json_t *lines, const char *const *but, const char *tool)
{
	bool clean = true;
	struct err err;

	for (size_t i = json_array_size(lines); i-- > 0;) {
		if (undo_line(json_array_get(lines, i), but, &err) == 0)
			continue;
		if (!err.hint[0])
			err_hint(&err, "the next run or ocirun --clean tries again");
		err_report(&err, tool);
		clean = false;
	}
	return clean;
}
