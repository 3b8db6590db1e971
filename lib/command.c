// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "mountlist.h"
#include "rootfs.h"
#include "spec.h"

enum {
	MOST_LINKS = 40, /* as the kernel follows */
	MOST_NESTED = 4, /* scripts whose interpreters are scripts */
	MOST_MOUNTS = 1000,
	LINE = 256, /* of a #! line, what the kernel reads */
};

/* For others, 32-bit ones too, it is not for us to tell. */
#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#else
enum { MACHINE = EM_NONE };
#endif

struct look {
	const struct command_view *view;
	json_t *covered; /* where something will be mounted, links resolved */
};

/* ---- walking ------------------------------------------------------------- */

/* A path on its way through the root filesystem. */
struct way {
	const struct look *look;
	char *at;   /* resolved so far, "" for the root; owned */
	char *rest; /* still to go; owned */
	int links;
	struct stat st; /* of what is at `at` */
	bool open;      /* the process may pass all directories so far */
};

static void way_free(struct way *way)
{
	free(way->at);
	free(way->rest);
}

/* Whether the process may execute (or pass) what this describes: beyond doubt. */
static bool surely_passable(const struct look *look, const struct stat *st)
{
	if (st->st_uid == look->view->uid)
		return st->st_mode & S_IXUSR;
	return (st->st_mode & S_IXGRP) && (st->st_mode & S_IXOTH);
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return xstrndup(path, slash ? (size_t)(slash - path) : 0);
}

/* Continue at a link's target. */
static enum command follow(struct way *way, int fd)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(fd, "", target, sizeof(target) - 1);
	char *rest;

	if (len <= 0 || ++way->links > MOST_LINKS)
		return COMMAND_UNSURE;
	target[len] = '\0';
	rest = xasprintf("%s/%s", target, way->rest);
	free(way->rest);
	way->rest = rest;
	if (*target == '/') {
		free(way->at);
		way->at = xstrdup("");
	}
	return COMMAND_RUNS;
}

/* What is not there may be on the way to where something will be mounted. */
static bool is_covered_below(const struct look *look, const char *path)
{
	const json_t *ignored UNUSED;
	const char *place;

	json_object_foreach(look->covered, place, ignored) {
		if (str_starts(place, path))
			return true;
	}
	return false;
}

/* One name further; it is in way->rest no longer. */
static enum command step(struct way *way, const char *name)
{
	auto_free char *next = xasprintf("%s/%s", way->at, name);
	auto_close int fd = -1;

	if (!surely_passable(way->look, &way->st))
		way->open = false;
	fd = rootfs_openat(way->look->view->root, next, O_PATH | O_NOFOLLOW);
	if (fd < 0 && errno == ENOTDIR)
		return COMMAND_REFUSED;
	if (fd < 0)
		return errno == ENOENT && !is_covered_below(way->look, next)
		               ? COMMAND_MISSING
		               : COMMAND_UNSURE;
	if (fstat(fd, &way->st) < 0)
		return COMMAND_UNSURE;
	if (S_ISLNK(way->st.st_mode))
		return follow(way, fd);
	free(way->at);
	way->at = steal(&next);
	return COMMAND_RUNS;
}

/* Take the next name off way->rest: owned; NULL at the end. */
static char *next_name(struct way *way)
{
	char *start = way->rest + strspn(way->rest, "/");
	size_t len = strcspn(start, "/");
	char *name = len ? xstrndup(start, len) : NULL;

	memmove(way->rest, start + len, strlen(start + len) + 1);
	return name;
}

/* Walk to the end: way->at is what the path means and way->st describes it. */
static enum command walk(struct way *way)
{
	if (fstat(way->look->view->root, &way->st) < 0)
		return COMMAND_UNSURE;
	way->at = xstrdup("");
	way->open = true;
	for (;;) {
		auto_free char *name = next_name(way);
		enum command found = COMMAND_RUNS;

		if (!name)
			return COMMAND_RUNS;
		if (strcmp(name, "..") == 0) {
			char *above = parent_of(way->at);

			free(way->at);
			way->at = above;
		} else if (strcmp(name, ".") != 0) {
			found = step(way, name);
		}
		if (found != COMMAND_RUNS)
			return found;
		if (json_object_get(way->look->covered, way->at))
			return COMMAND_UNSURE;
	}
}

/* ---- files --------------------------------------------------------------- */

static enum command look_at(const struct look *look, const char *path, int nested,
                            bool *is_there);

/* The interpreter must be there; if it is not, the kernel says so of the command. */
static enum command look_at_interpreter(const struct look *look, const char *path,
                                        int nested)
{
	bool ignored;

	if (*path != '/' || nested >= MOST_NESTED)
		return COMMAND_UNSURE;
	return look_at(look, path, nested + 1, &ignored);
}

static enum command look_at_script(const struct look *look, char *line, int nested)
{
	char *path = line + strspn(line, " \t");
	char *end = path + strcspn(path, " \t\n");

	if (!*path || !*end) /* nothing, or longer than we read */
		return COMMAND_UNSURE;
	*end = '\0';
	return look_at_interpreter(look, path, nested);
}

static enum command look_at_elf(const struct look *look, int fd, const Elf64_Ehdr *head,
                                int nested)
{
	if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_machine != MACHINE ||
	    head->e_phentsize != sizeof(Elf64_Phdr) ||
	    (head->e_type != ET_EXEC && head->e_type != ET_DYN))
		return COMMAND_UNSURE;
	for (int i = 0; i < head->e_phnum; i++) {
		off_t at = (off_t)head->e_phoff + i * (off_t)sizeof(Elf64_Phdr);
		char path[PATH_MAX];
		Elf64_Phdr part;

		if (pread(fd, &part, sizeof(part), at) != sizeof(part))
			return COMMAND_UNSURE;
		if (part.p_type != PT_INTERP)
			continue;
		if (part.p_filesz == 0 || part.p_filesz > sizeof(path) ||
		    pread(fd, path, part.p_filesz, (off_t)part.p_offset) !=
		            (ssize_t)part.p_filesz ||
		    path[part.p_filesz - 1])
			return COMMAND_UNSURE;
		return look_at_interpreter(look, path, nested);
	}
	return COMMAND_RUNS;
}

static enum command look_inside(const struct look *look, const char *path, int nested)
{
	auto_close int fd =
		rootfs_openat(look->view->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	union {
		char text[LINE];
		Elf64_Ehdr elf;
	} head = { 0 };
	struct statvfs fs;

	if (fd < 0 || fstatvfs(fd, &fs) < 0 || (fs.f_flag & ST_NOEXEC) ||
	    pread(fd, &head, sizeof(head) - 1, 0) < 4)
		return COMMAND_UNSURE;
	if (memcmp(head.text, "#!", 2) == 0)
		return look_at_script(look, head.text + 2, nested);
	if (memcmp(head.elf.e_ident, ELFMAG, SELFMAG) == 0)
		return look_at_elf(look, fd, &head.elf, nested);
	return COMMAND_UNSURE;
}

/* *is_there: there is something that a search of PATH would stop at. */
static enum command look_at(const struct look *look, const char *path, int nested,
                            bool *is_there)
{
	struct way way = { .look = look, .rest = xstrdup(path) };
	enum command found = walk(&way);

	*is_there = false;
	if (found == COMMAND_RUNS) {
		if (!S_ISREG(way.st.st_mode) || !(way.st.st_mode & 0111)) {
			found = COMMAND_REFUSED;
		} else if (!way.open || !surely_passable(look, &way.st)) {
			found = COMMAND_UNSURE;
		} else {
			*is_there = true;
			found = look_inside(look, way.at, nested);
		}
	}
	way_free(&way);
	return found;
}

/* ---- the command --------------------------------------------------------- */

static enum command search(const struct look *look, const char *path, const char *cwd,
                           const char *name)
{
	enum command best = COMMAND_MISSING;

	for (const char *at = path;; at++) {
		size_t len = strcspn(at, ":");
		auto_free char *candidate =
			xasprintf("%s/%.*s/%s", *at == '/' ? "" : cwd, (int)len, at, name);
		enum command found;
		bool is_there;

		found = look_at(look, candidate, 0, &is_there);
		if (is_there || found == COMMAND_RUNS || found == COMMAND_UNSURE)
			return found;
		if (found == COMMAND_REFUSED)
			best = found;
		at += len;
		if (!*at)
			return best;
	}
}

/* Where mounts will be; what is not there yet is where its path says. */
static void find_covered(struct look *look)
{
	json_t *covered = json_object();
	const json_t *mount;
	size_t i;

	json_array_foreach(spec_get(look->view->config, "/mounts"), i, mount) {
		const char *path = doc_string(json_object_get(mount, "destination"));
		struct way way = { .look = look, .rest = mountlist_tidy(path) };

		json_object_set_new(covered, way.rest, json_true());
		if (walk(&way) == COMMAND_RUNS)
			json_object_set_new(covered, way.at, json_true());
		way_free(&way);
	}
	look->covered = covered;
}

/* Hooks may put anything anywhere. */
static bool is_hidden(const json_t *config)
{
	return json_object_get(config, "hooks") ||
	       json_array_size(spec_get(config, "/mounts")) > MOST_MOUNTS;
}

enum command command_look(const struct command_view *view)
{
	const json_t *config = view->config;
	const char *name = doc_string(json_array_get(spec_get(config, "/process/args"), 0));
	const char *path = spec_env_get(spec_get(config, "/process/env"), "PATH");
	const char *cwd = doc_string(spec_get(config, "/process/cwd"));
	struct look look = { .view = view };
	enum command found;
	bool ignored;

	if (name && !*name) /* no file has this name */
		return COMMAND_MISSING;
	if (!name || !cwd || (!view->mounted && is_hidden(config)))
		return COMMAND_UNSURE;
	if (!view->mounted)
		find_covered(&look);
	if (strchr(name, '/')) {
		auto_free char *whole = xasprintf("%s/%s", *name == '/' ? "" : cwd, name);

		found = look_at(&look, whole, 0, &ignored);
	} else {
		found = path ? search(&look, path, cwd, name) : COMMAND_UNSURE;
	}
	json_decref(look.covered);
	return found;
}
