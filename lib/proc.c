// SPDX-License-Identifier: Apache-2.0
#include "proc.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io.h"

enum { LARGEST = 1024 * 1024 };

static bool read_proc(pid_t pid, const char *name, struct buf *ret)
{
	auto_free char *path = xasprintf("/proc/%d/%s", pid, name);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err ignored;

	return fd >= 0 && io_read_all(fd, path, LARGEST, ret, &ignored) == 0;
}

bool proc_number(pid_t pid, const char *name, int base, uint64_t *ret)
{
	auto_free char *wanted = xasprintf("\n%s:", name);
	auto_buf struct buf text = { 0 };
	const char *line;

	if (!read_proc(pid, "status", &text))
		return false;
	line = strstr(text.data, wanted);
	if (!line)
		return false;
	*ret = strtoull(line + strlen(wanted), NULL, base);
	return true;
}

/* Field 22 of /proc/PID/stat, counted from behind the name, which may hold anything. */
bool proc_started(pid_t pid, uint64_t *ret)
{
	enum { STATE = 3, STARTED = 22 };
	auto_buf struct buf text = { 0 };
	const char *at;

	if (!read_proc(pid, "stat", &text))
		return false;
	at = strrchr(text.data, ')');
	for (int field = STATE - 1; at && field < STARTED; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return false;
	*ret = strtoull(at, NULL, 10);
	return true;
}

char *proc_name(pid_t pid)
{
	struct buf text = { 0 };

	if (!read_proc(pid, "comm", &text)) {
		buf_free(&text);
		return NULL;
	}
	text.data[strcspn(text.data, "\n")] = '\0';
	return buf_steal(&text);
}

long proc_syscall(pid_t pid)
{
	auto_buf struct buf text = { 0 };

	/* "128 0x7ffd..." or "running" */
	if (!read_proc(pid, "syscall", &text) || text.data[0] < '0' || text.data[0] > '9')
		return -1;
	return strtol(text.data, NULL, 10);
}

char *proc_boot(void)
{
	struct buf text = { 0 };
	struct err ignored;
	auto_close int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || io_read_all(fd, "", LARGEST, &text, &ignored) < 0)
		buf_free(&text);
	buf_add(&text, "", 0);
	text.data[strcspn(text.data, "\n")] = '\0';
	return buf_steal(&text);
}

int proc_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int proc_open_started(pid_t pid, uint64_t started)
{
	auto_close int fd = proc_open(pid);
	uint64_t is;

	if (fd < 0 || !proc_started(pid, &is) || is != started)
		return -1;
	return steal_fd(&fd);
}

void proc_signal(int pidfd, int signal)
{
	syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

bool proc_ended(int pidfd, int milliseconds)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	return poll(&fd, 1, milliseconds) == 1;
}

void proc_children(struct buf *ret)
{
	auto_free char *name = xasprintf("task/%d/children", getpid());

	ret->len = 0;
	if (!read_proc(getpid(), name, ret))
		ret->len = 0;
}
