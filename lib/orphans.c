// SPDX-License-Identifier: Apache-2.0
#include "orphans.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"

enum { LARGEST = 1024 * 1024 };

/* Our children's pids, separated by blanks; none if there are no more. */
static void list_children(struct buf *ret)
{
	auto_free char *path = xasprintf("/proc/self/task/%d/children", getpid());
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err ignored;

	ret->len = 0;
	if (fd < 0 || io_read_all(fd, path, LARGEST, ret, &ignored) < 0)
		ret->len = 0;
}

void orphans_kill(void)
{
	auto_buf struct buf text = { 0 };

	for (;;) {
		char *rest;

		list_children(&text);
		if (text.len == 0)
			return;
		rest = text.data;
		for (char *pid; (pid = strsep(&rest, " "));)
			if (*pid)
				kill((pid_t)strtol(pid, NULL, 10), SIGKILL);
		/* Its children come to us only once it is reaped. */
		if (waitpid(-1, NULL, 0) < 0)
			return;
	}
}
