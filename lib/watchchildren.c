// SPDX-License-Identifier: Apache-2.0
#include "watchparts.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "parse.h"
#include "proc.h"

/* ---- the container's process 1 ------------------------------------------- */

static int read_pid(const struct watch *watch, pid_t *ret)
{
	auto_buf struct buf text = { 0 };
	struct err ignored;
	auto_close int fd = io_open_file(watch->pid_dir, watch->pid_file, &ignored);
	uint32_t pid;

	if (fd < 0 || io_read_all(fd, "", 64, &text, &ignored) < 0)
		return -1;
	text.data[strcspn(text.data, "\n")] = '\0';
	if (!parse_u32(text.data, &pid) || pid <= 1 || pid > INT32_MAX)
		return -1;
	*ret = (pid_t)pid;
	return 0;
}

static int write_down(const struct watch *watch, pid_t pid, struct err *err)
{
	uint64_t started;

	if (!proc_started(pid, &started))
		return err_set(err, ERR_HOST, "ended at once");
	return journal_add_new(watch->journal,
	                       json_pack("{s:i, s:o}", "init", pid, "started",
	                                 doc_u64(started)),
	                       err);
}

int watch_find_init(struct watch *watch, pid_t parent, struct err *err)
{
	auto_close int fd = -1;
	uint64_t above;
	pid_t pid;

	if (watch->init)
		return 0;
	if (read_pid(watch, &pid) == 0)
		fd = proc_open(pid);
	/* Looked up after it was opened, so that it is this process's parent. */
	if (fd < 0 || !proc_number(pid, "PPid", 10, &above) || (pid_t)above != parent)
		return err_set(err, ERR_HOST,
		               "wrote no pid of a child of its into the pid file");
	if (write_down(watch, pid, err) < 0)
		return -1;
	watch->init = pid;
	watch->init_fd = steal_fd(&fd);
	watch->init_ours = parent == getpid();
	watch->init_name = proc_name(pid);
	return 0;
}

/* ---- their ends ---------------------------------------------------------- */

static bool reap(pid_t pid, struct ended *end)
{
	siginfo_t info = { 0 };

	if (end->over || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) < 0 ||
	    info.si_pid == 0)
		return false;
	*end = (struct ended){ true, info.si_code, info.si_status };
	return true;
}

/* A zombie still has its name. */
static void reap_init(struct watch *watch)
{
	auto_free char *name = NULL;
	siginfo_t info = { 0 };

	if (!watch->init_ours || watch->init_end.over ||
	    waitid(P_PID, (id_t)watch->init, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid == 0)
		return;
	name = proc_name(watch->init);
	watch->renamed = !str_equal(name, watch->init_name);
	reap(watch->init, &watch->init_end);
}

/* If process 1 has ended too, that was why. */
static void reap_helper(struct watch *watch)
{
	reap_init(watch);
	if (!reap(watch->helper, &watch->helper_end) || watch->init_end.over ||
	    !watch->helper_needed)
		return;
	watch->helper_lost = true;
	watch_force_end(watch, SIGKILL);
}

/* The next child that has ended, which stays a zombie; 0 if there is none. */
static pid_t next_zombie(void)
{
	siginfo_t info = { 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_pid;
}

/* One by one, and looked at first: none may be reaped that somebody waits for. */
void watch_reap_all(struct watch *watch)
{
	pid_t pid;

	if (watch->hold) { /* one of the others may be process 1, of which we do not know */
		if (watch->call)
			reap(watch->call, &watch->call_end);
		return;
	}
	while ((pid = next_zombie()) > 0) {
		if (pid == watch->call)
			reap(watch->call, &watch->call_end);
		else if (pid == watch->init && watch->init_ours)
			reap_init(watch);
		else if (pid == watch->helper)
			reap_helper(watch);
		else
			waitpid(pid, NULL, WNOHANG);
	}
}
