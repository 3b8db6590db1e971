// SPDX-License-Identifier: Apache-2.0
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dir.h"
#include "io.h"
#include "rmtree.h"
#include "spec.h"

bool kept_wanted(enum keep keep, int status)
{
	return keep == KEEP_ALWAYS || (keep == KEEP_ON_FAILURE && status != 0);
}

/* ---- keeping ------------------------------------------------------------- */

static int write_file(int dir, const char *name, const struct buf *text, struct err *err)
{
	auto_close int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	               0600);

	if (fd < 0)
		return err_errno(err, name, "cannot be kept");
	return io_write_all(fd, text->data, text->len, err);
}

static int write_replay(int dir, const struct plan *plan, struct err *err)
{
	auto_buf struct buf text = { 0 };
	json_auto_t *about =
		json_pack("{s:s, s:s}", "base", plan->facts.base, "name", plan->facts.name);

	doc_print(about, DOC_INDENTED, &text);
	buf_char(&text, '\n');
	return write_file(dir, "replay.json", &text, err);
}

/* What the runtime was given comes up, the rest goes. */
static int tidy(int dir, struct err *err)
{
	static const char *const stays[][2] = { { "bundle/config.json", "config.json" },
		                                { "bundle/files", "files" } };
	static const char *const goes[] = { "bundle", "state" };

	for (size_t i = 0; i < ARRAY_LEN(stays); i++)
		if (renameat(dir, stays[i][0], dir, stays[i][1]) < 0 && errno != ENOENT)
			return err_errno(err, stays[i][1], "cannot be kept");
	for (size_t i = 0; i < ARRAY_LEN(goes); i++)
		if (rmtree(dir, goes[i], err) < 0)
			return -1;
	if (unlinkat(dir, "pid", 0) < 0 && errno != ENOENT)
		return err_errno(err, "pid", "cannot be removed");
	return 0;
}

void kept_make(const struct plan *plan, const struct run_options *options, const char *path)
{
	auto_close int dir = dir_open(AT_FDCWD, path);
	struct err err = { 0 };

	if (dir < 0 || tidy(dir, &err) < 0 ||
	    write_file(dir, "document.json", options->document, &err) < 0 ||
	    write_replay(dir, plan, &err) < 0) {
		if (!err.kind)
			err_errno(&err, path, "cannot be kept");
		err_report(&err, options->tool);
	}
	fprintf(stderr, "%s --replay=%s --shell\n", options->tool, path);
}

/* ---- using --------------------------------------------------------------- */

int kept_document(const char *dir, char **document, char **base, struct err *err)
{
	auto_free char *about = xasprintf("%s/replay.json", dir);
	json_auto_t *replay = NULL;
	const char *text;

	if (doc_parse_file(about, DOC_MAX_INPUT, &replay, err) < 0)
		return err_hint(err, "--replay takes a directory that --keep kept");
	text = doc_string(json_object_get(replay, "base"));
	if (!text || *text != '/')
		return err_at(err, about, "has no absolute \"base\"");
	*base = xstrdup(text);
	*document = xasprintf("%s/document.json", dir);
	return 0;
}

int kept_remove(const char *dir, struct err *err)
{
	auto_free char *about = xasprintf("%s/replay.json", dir), *above = NULL;
	auto_free char *path = realpath(dir, NULL);
	auto_close int parent = -1;
	const char *name;
	struct stat st;

	if (!path)
		return err_errno(err, dir, "cannot be removed");
	if (lstat(about, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		err_set(err, ERR_USAGE, "is not a directory that we kept");
		return err_where(err, "%s", dir);
	}
	name = strrchr(path, '/') + 1;
	above = xstrndup(path, (size_t)(name - path));
	parent = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return err_errno(err, above, "cannot open");
	return rmtree(parent, name, err);
}
