// SPDX-License-Identifier: Apache-2.0
#include "jailstate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doc.h"
#include "io.h"
#include "jailinit.h"
#include "proc.h"

enum { LARGEST = 4096, PATIENCE = 2000 };

static char *file(const char *dir, const char *name, const char *kind)
{
	return xasprintf("%s/%s.%s", dir, name, kind);
}

int jailstate_make(const char *dir, const char *name, struct err *err)
{
	auto_free char *path = file(dir, name, "start");
	int fd;

	if (mkfifo(path, 0600) < 0)
		return err_errno(err, path, "cannot make a FIFO");
	/* Open for both, so that waiting does not end before somebody writes. */
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_errno(err, path, "cannot open") : fd;
}

int jailstate_write(const char *dir, const char *name, pid_t pid, struct err *err)
{
	auto_free char *path = file(dir, name, "json");
	json_auto_t *state = NULL;
	auto_buf struct buf text = { 0 };
	uint64_t started;

	if (!proc_started(pid, &started))
		return err_errno(err, path, "process 1 is gone");
	state = json_pack("{s:i, s:o}", "pid", pid, "started", doc_u64(started));
	doc_print(state, DOC_COMPACT, &text);
	return io_write_file(path, text.data, text.len, 0600, false, err);
}

/* A descriptor of the very process that was written down, or -1. */
static int open_process(const char *dir, const char *name)
{
	auto_free char *path = file(dir, name, "json");
	json_auto_t *state = NULL;
	uint64_t pid, started;
	struct err ignored;

	if (doc_parse_file(path, LARGEST, &state, &ignored) < 0 ||
	    !doc_get_u64(json_object_get(state, "pid"), &pid) || pid <= 1 ||
	    pid > INT_MAX || !doc_get_u64(json_object_get(state, "started"), &started))
		return -1;
	return proc_open_started((pid_t)pid, started);
}

bool jailstate_is_alive(const char *dir, const char *name)
{
	auto_close int fd = open_process(dir, name);

	return fd >= 0 && !proc_ended(fd, 0);
}

int jailstate_start(const char *dir, const char *name, struct err *err)
{
	auto_free char *path = file(dir, name, "start");
	auto_close int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	char word = JAIL_GO;

	if (fd < 0 || write(fd, &word, 1) != 1)
		return err_errno(err, name, "cannot be started");
	return 0;
}

int jailstate_remove(const char *dir, const char *name, bool force, struct err *err)
{
	auto_free char *state = file(dir, name, "json"), *start = file(dir, name, "start");
	auto_close int process = open_process(dir, name);

	if (process >= 0 && !proc_ended(process, 0)) {
		if (!force) {
			err_set(err, ERR_HOST, "is still running");
			return err_where(err, "%s", name);
		}
		proc_signal(process, SIGKILL);
		(void)proc_ended(process, PATIENCE);
	}
	if ((unlink(state) < 0 && errno != ENOENT) ||
	    (unlink(start) < 0 && errno != ENOENT))
		return err_errno(err, name, "cannot be removed");
	return 0;
}
