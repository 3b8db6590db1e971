// SPDX-License-Identifier: Apache-2.0
#include "cachelock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "proc.h"
#include "watch.h"

enum { MOST_PRIVATE = 1000, SAY_AFTER = 1000 /* ms */ };

void cachelock_keep(struct cache_lock **list, int fd)
{
	struct cache_lock *lock = xcalloc(1, sizeof(*lock));

	*lock = (struct cache_lock){ *list, fd };
	*list = lock;
}

void cachelock_release(struct cache_lock **list)
{
	while (*list) {
		struct cache_lock *lock = *list;

		*list = lock->next;
		close(lock->fd);
		free(lock);
	}
}

static int open_lock(int dir, const char *name, struct err *err)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_errno(err, name, "cannot open the cache's lock") : fd;
}

static void say_waiting(const struct acting *acting, int fd, const char *id)
{
	char holder[128];
	ssize_t len = pread(fd, holder, sizeof(holder), 0);

	fprintf(stderr, "%s: waiting for the cache '%s', which %.*s uses\n", acting->tool,
	        id, len > 0 ? (int)len : 11, len > 0 ? holder : "another run");
}

/*
 * flock(2) waits for ever and cannot be told to stop, so another process does the
 * waiting: the lock belongs to the open file, which both have.
 */
static pid_t start_waiter(int fd, int how)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(io_lock(fd, how) < 0 ? 1 : 0);
}

static int await(const struct acting *acting, pid_t pid, int fd, const char *id)
{
	auto_close int process = proc_open(pid);
	int ended = watch_other(acting->watch, process, SAY_AFTER);

	if (ended == 0) {
		say_waiting(acting, fd, id);
		ended = watch_other(acting->watch, process, -1);
	}
	return ended < 0 ? -1 : 0;
}

static int wait_for(const struct acting *acting, int fd, int how, const char *id,
                    struct err *err)
{
	pid_t pid = start_waiter(fd, how);
	int status = 0, ret;

	if (pid < 0)
		return err_errno(err, "", "cannot fork");
	ret = await(acting, pid, fd, id);
	if (ret < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (ret < 0)
		return err_set(err, ERR_QUIET, "told to end");
	if (status != 0)
		return err_set(err, ERR_SYSTEM, "the cache '%s' cannot be locked", id);
	return 0;
}

int cachelock_try(int dir, const char *name, int how, int *ret, struct err *err)
{
	auto_close int fd = open_lock(dir, name, err);

	if (fd < 0)
		return -1;
	*ret = -1;
	if (flock(fd, how | LOCK_NB) < 0 && errno != EWOULDBLOCK)
		return err_errno(err, name, "cannot lock the cache");
	if (flock(fd, how | LOCK_NB) < 0) {
		*ret = steal_fd(&fd);
		return 0;
	}
	*ret = steal_fd(&fd);
	return 1;
}

/* A private cache is the first one that nobody uses; the suffix of its names is owned. */
static int lock_private(int dir, char **suffix, int *ret, struct err *err)
{
	for (int n = 0; n < MOST_PRIVATE; n++) {
		auto_free char *mine = n ? xasprintf("-%d", n) : xstrdup("");
		auto_free char *name = xasprintf("lock%s", mine);
		int got = cachelock_try(dir, name, LOCK_EX, ret, err);

		if (got < 0)
			return -1;
		if (got) {
			*suffix = steal(&mine);
			return 0;
		}
		close(*ret);
	}
	return err_set(err, ERR_HOST, "%d runs have it already", MOST_PRIVATE);
}

int cachelock_take(const struct acting *acting, const json_t *step, int dir, char **suffix,
                   int *ret, struct err *err)
{
	const char *sharing = step_text(step, "sharing");
	int how = strcmp(sharing, "locked") == 0 ? LOCK_EX : LOCK_SH, got;

	if (strcmp(sharing, "private") == 0)
		return lock_private(dir, suffix, ret, err);
	*suffix = xstrdup("");
	got = cachelock_try(dir, "lock", how, ret, err);
	if (got < 0)
		return -1;
	if (got || wait_for(acting, *ret, how, step_text(step, "id"), err) == 0)
		return 0;
	close(steal_fd(ret));
	return -1;
}

void cachelock_sign(int fd, const char *run)
{
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, run, strlen(run), 0);
}
