// SPDX-License-Identifier: Apache-2.0
#include "reclaim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "dir.h"
#include "io.h"
#include "parse.h"
#include "proc.h"
#include "rmtree.h"
#include "runtime.h"
#include "spec.h"
#include "undo.h"
#include "userns.h"

enum { MILLI = 1000, GLANCE = 20, LAST_WAIT = 2000 };

/* A dead run, by its journal. */
struct wreck {
	const char *name;
	json_t *lines;
	const json_t *about;
	bool same_boot; /* else its processes are gone, and their pids somebody else's */
	int patience;   /* milliseconds that a call of the runtime is given */
};

json_t *reclaim_about(const char *name, const char *rootfs, const json_t *maps,
                      unsigned int stop_timeout)
{
	auto_free char *boot = proc_boot();
	json_t *about =
		json_pack("{s:s, s:s, s:s, s:i}", "name", name, "boot", boot, "rootfs",
	                  rootfs, "patience", ((int)stop_timeout + 1) * MILLI);

	if (maps)
		json_object_set_new(about, "maps", json_deep_copy(maps));
	return about;
}

/* The last line that has this member, or NULL. */
static const json_t *last_with(const struct wreck *wreck, const char *member)
{
	for (size_t i = json_array_size(wreck->lines); i-- > 0;) {
		const json_t *line = json_array_get(wreck->lines, i);

		if (json_object_get(line, member))
			return line;
	}
	return NULL;
}

static const json_t *last_undo(const struct wreck *wreck, const char *kind)
{
	for (size_t i = json_array_size(wreck->lines); i-- > 0;) {
		const json_t *line = json_array_get(wreck->lines, i);

		if (str_equal(doc_string(json_object_get(line, "undo")), kind))
			return line;
	}
	return NULL;
}

/* ---- processes ----------------------------------------------------------- */

/* A descriptor of the very process that the line is about, or -1. */
static int open_process(const struct wreck *wreck, const json_t *line, const char *member)
{
	json_int_t pid = json_integer_value(json_object_get(line, member));
	uint64_t started;

	if (!wreck->same_boot || pid <= 1 || pid > INT_MAX ||
	    !doc_get_u64(json_object_get(line, "started"), &started))
		return -1;
	return proc_open_started((pid_t)pid, started);
}

/* What a foreground run wrote into its pid file, if it is a child of its. */
static int open_child(const struct wreck *wreck, pid_t runtime)
{
	const char *data = doc_string(json_object_get(last_undo(wreck, "tree"), "path"));
	auto_free char *path = xasprintf("%s/pid", data ? data : "");
	auto_buf struct buf text = { 0 };
	struct err ignored;
	uint64_t parent;
	uint32_t pid;
	int fd;

	if (io_read_file(path, 64, &text, &ignored) < 0)
		return -1;
	text.data[strcspn(text.data, "\n")] = '\0';
	if (!parse_u32(text.data, &pid) || pid <= 1 || pid > INT_MAX)
		return -1;
	fd = proc_open((pid_t)pid);
	if (fd < 0)
		return -1;
	if (proc_number((pid_t)pid, "PPid", 10, &parent) && (pid_t)parent == runtime)
		return fd;
	close(fd);
	return -1;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * MILLI + (uint64_t)time.tv_nsec / 1000000;
}

/*
 * Let a call come to its end: killed in the middle, a runtime leaves what nobody
 * can find.  A foreground run ends when its container does, so that is killed.
 */
static void finish_call(const struct wreck *wreck)
{
	const json_t *line = last_with(wreck, "call");
	auto_close int call = open_process(wreck, line, "pid");
	pid_t pid = (pid_t)json_integer_value(json_object_get(line, "pid"));
	bool foreground = str_equal(doc_string(json_object_get(line, "call")), "run");
	uint64_t end = now() + (uint64_t)wreck->patience;

	if (call < 0)
		return;
	while (now() < end && !proc_ended(call, foreground ? GLANCE : wreck->patience)) {
		auto_close int child = foreground ? open_child(wreck, pid) : -1;

		if (child >= 0)
			proc_signal(child, SIGKILL);
	}
	if (proc_ended(call, 0))
		return;
	kill(-pid, SIGKILL); /* it leads a session of its own */
	(void)proc_ended(call, LAST_WAIT);
}

static void kill_init(const struct wreck *wreck)
{
	auto_close int init = open_process(wreck, last_with(wreck, "init"), "init");

	if (init < 0)
		return;
	proc_signal(init, SIGKILL);
	(void)proc_ended(init, wreck->patience);
}

/* "runc delete --force NAME" */
static void forget(const struct wreck *wreck, const json_t *container)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *name = doc_string(json_object_get(container, "name"));
	struct words words = { 0 };
	struct call call = {
		.phase = "delete",
		.dir = root,
		.streams = { null, null, null },
	};
	auto_close int fd = -1;
	struct err ignored;
	pid_t pid;

	words_add_list(&words, json_object_get(container, "runtime"));
	words_add(&words, "delete");
	words_add(&words, "--force");
	words_add(&words, name);
	call.argv = words_argv(&words);
	pid = name && null >= 0 ? call_start(&call, &ignored) : -1;
	if (pid < 0)
		return; /* it is gone, and its state is nobody's */
	fd = proc_open(pid);
	if (!proc_ended(fd, wreck->patience))
		kill(-pid, SIGKILL);
	call_reap(pid);
}

/* The container, if it may still be there; NULL if it is over. */
static const json_t *find_container(const struct wreck *wreck)
{
	return last_with(wreck, "over") ? NULL : last_undo(wreck, "container");
}

/* ---- one run ------------------------------------------------------------- */

struct task {
	const struct wreck *wreck;
	const char *tool;
};

static int clear(void *data)
{
	const struct task *task = data;
	const json_t *container = find_container(task->wreck);

	if (container)
		forget(task->wreck, container);
	return !undo_all(task->wreck->lines, NULL, task->tool);
}

/* As an ordinary user, in a user namespace like the one that it was made in. */
static int clear_inside(struct task *task, const json_t *maps, struct err *err)
{
	int ret = maps ? userns_run(maps, clear, task, err) : clear(task);

	if (ret == 0)
		return 0;
	return ret < 0 && err->kind
	               ? -1
	               : err_set(err, ERR_SYSTEM, "what it made cannot be removed");
}

static int clear_wreck(struct wreck *wreck, const char *tool, struct err *err)
{
	struct task task = { wreck, tool };
	auto_free char *boot = proc_boot();
	const json_t *run = json_object_get(json_array_get(wreck->lines, 0), "run");

	wreck->about = run;
	wreck->same_boot = str_equal(doc_string(json_object_get(run, "boot")), boot);
	wreck->patience = (int)json_integer_value(json_object_get(run, "patience"));
	/* Out here we may kill whatever is in a user namespace of ours. */
	if (find_container(wreck)) {
		finish_call(wreck);
		kill_init(wreck);
	}
	return clear_inside(&task, json_object_get(run, "maps"), err);
}

int reclaim_run(int run_root, const char *name, const char *tool, struct err *err)
{
	auto_close int run = dir_open(run_root, name);
	struct wreck wreck = { .name = name };
	struct journal journal = { .fd = -1 };
	int ret = 0;

	if (run < 0)
		return err_errno(err, name, "cannot open");
	if (faccessat(run, "journal", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		ret = journal_open(run, "journal", &journal, err);
		if (ret == 0)
			ret = journal_read(&journal, &wreck.lines, err);
		if (ret == 0)
			ret = clear_wreck(&wreck, tool, err);
	}
	cleanup_close(&journal.fd);
	json_decref(wreck.lines);
	if (ret < 0)
		return err_where(err, "%s", name);
	return rmtree(run_root, name, err);
}

/* ---- all of them --------------------------------------------------------- */

/* Lock the directory of a dead run; -1 if it is not one. */
static int lock_dead(int run_root, const char *name)
{
	auto_close int fd = dir_open(run_root, name);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -1;
	return steal_fd(&fd);
}

static bool reclaim_one(int run_root, const char *name, const char *tool, bool verbose)
{
	auto_close int lock = -1;
	struct err err = { 0 };

	if (rootlock_is_name(name)) {
		if (rootlock_reclaim(run_root, name, &err) == 0)
			return true;
		err_report(&err, tool);
		return false;
	}
	if (name[0] == '.')
		return true;
	if (place_lock_root(run_root, &err) == 0)
		lock = lock_dead(run_root, name);
	place_unlock_root(run_root);
	if (lock < 0)
		return true; /* alive */
	if (reclaim_run(run_root, name, tool, &err) < 0) {
		err_report(&err, tool);
		return false;
	}
	if (verbose)
		fprintf(stderr, "%s: %s: removed what a dead run had left\n", tool, name);
	return true;
}

/* Directories first: they may still hold what is in the files. */
static bool reclaim_kind(int run_root, bool files, const char *tool, bool verbose)
{
	auto_dir DIR *dir = dir_list(run_root);
	bool clean = dir != NULL;

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (rootlock_is_name(entry->d_name) == files)
			clean &= reclaim_one(run_root, entry->d_name, tool, verbose);
	return clean;
}

bool reclaim_all(const char *run_root, const char *tool, bool verbose)
{
	auto_close int fd = -1;
	struct err err = { 0 };
	bool clean;

	if (access(run_root, F_OK) < 0 && errno == ENOENT)
		return true;
	if (place_open_root(run_root, &fd, &err) < 0) {
		err_report(&err, tool);
		return false;
	}
	clean = reclaim_kind(fd, false, tool, verbose);
	clean &= reclaim_kind(fd, true, tool, verbose);
	place_remove_root(fd, run_root);
	return clean;
}
