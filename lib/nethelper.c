// SPDX-License-Identifier: Apache-2.0
#include "nethelper.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_SECONDS = 10, MOST_KEPT = 64 * 1024 };

/* ---- what it prints ------------------------------------------------------ */

/* A file that cannot grow: who prints more gets an error. */
static int make_log(struct err *err)
{
	auto_close int fd = memfd_create("log", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, MOST_KEPT) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return err_errno(err, "", "cannot make a file");
	return steal_fd(&fd);
}

/* Of pasta, where there is no system logger. */
static bool is_noise(const char *line)
{
	return !line[strspn(line, " \t\r")] || str_starts(line, "Failed to send ");
}

/* The last line that says something; owned, or NULL. */
static char *last_words(int log)
{
	auto_free char *text = xcalloc(1, MOST_KEPT + 1);
	const char *last = NULL;
	char *rest = text;

	if (log < 0 || pread(log, text, MOST_KEPT, 0) < 0)
		return NULL;
	for (char *line; (line = strsep(&rest, "\n"));)
		if (!is_noise(line))
			last = line;
	return last ? xstrdup(last) : NULL;
}

int nethelper_blame(const char *name, const struct ended *end, int log, struct err *err)
{
	auto_free char *words = last_words(log);
	const char *colon = words ? ": " : "", *said = words ? words : "";

	if (!end->over)
		err_set(err, ERR_HOST, "did not do what was asked%s%s", colon, said);
	else if (end->code == CLD_EXITED)
		err_set(err, ERR_HOST, "ended with status %d%s%s", end->status, colon,
		        said);
	else
		err_set(err, ERR_HOST, "was killed by signal %d%s%s", end->status, colon,
		        said);
	return err_where(err, "%s", name);
}

/* ---- starting ------------------------------------------------------------ */

static pid_t launch(struct nethelper *helper, int ready, int log, struct err *err)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool by_input = helper->netns >= 0;
	const struct call call = {
		.phase = helper->name,
		.argv = words_argv(&helper->words),
		.dir = root,
		.streams = { by_input ? ready : null, by_input ? helper->netns : log, log },
		.ready = by_input ? 0 : ready,
		.dies_with_us = true,
		.unprivileged = true,
		.own_mounts = helper->own_mounts,
	};

	if (null < 0 || root < 0)
		return err_errno(err, helper->name, "cannot prepare to start it");
	return call_start(&call, err);
}

static int check_ready(const struct nethelper *helper, const struct watch *watch, int log,
                       struct err *err)
{
	auto_free char *words = NULL;

	if (watch_asked(watch))
		return err_set(err, ERR_QUIET, "told to end");
	if (!watch->helper_late && watch->helper_end.over)
		return nethelper_blame(helper->name, &watch->helper_end, log, err);
	if (watch->ready.len > 0 && helper->is_ready(watch->ready.data))
		return 0;
	words = last_words(log);
	err_set(err, ERR_HOST, "%s%s%s",
	        watch->ready.len > 0 ? "says something else than that it is ready"
	                             : "was not ready in time",
	        words ? ": " : "", words ? words : "");
	return err_where(err, "%s", helper->name);
}

int nethelper_start(struct nethelper *helper, struct watch *watch, int *log,
                    struct err *err)
{
	int ends[2];
	pid_t pid;

	*log = make_log(err);
	if (*log < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	pid = launch(helper, ends[1], *log, err);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -1;
	}
	watch_helper(watch, pid, ends[0], READY_SECONDS);
	return check_ready(helper, watch, *log, err);
}

void nethelper_stop(struct watch *watch)
{
	if (watch->helper && !watch->helper_end.over) {
		kill(-watch->helper, SIGKILL);
		call_reap(watch->helper);
	}
	watch_forget_helper(watch);
}
