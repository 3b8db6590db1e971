// SPDX-License-Identifier: Apache-2.0
#include "userns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <sched.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "spec.h"

struct extent {
	uint64_t container;
	uint64_t host;
	uint64_t size;
};

static const json_t *mappings(const json_t *linux_, const char *id)
{
	return json_object_get(linux_, *id == 'u' ? "uidMappings" : "gidMappings");
}

/* Their shape has been checked before anything was made. */
static struct extent extent(const json_t *list, size_t i)
{
	const json_t *entry = json_array_get(list, i);
	struct extent ret = { UINT64_MAX, UINT64_MAX, 0 };

	if (!doc_get_u64(json_object_get(entry, "containerID"), &ret.container) ||
	    !doc_get_u64(json_object_get(entry, "hostID"), &ret.host) ||
	    !doc_get_u64(json_object_get(entry, "size"), &ret.size))
		ret.size = 0; /* maps nothing */
	return ret;
}

bool userns_host_id(const json_t *linux_, const char *id, uint32_t container_id,
                    uint32_t *ret)
{
	const json_t *list = mappings(linux_, id);

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct extent e = extent(list, i);

		if (container_id >= e.container && container_id - e.container < e.size) {
			*ret = (uint32_t)(e.host + (container_id - e.container));
			return true;
		}
	}
	return false;
}

struct owner userns_owner(const json_t *linux_, struct owner inner)
{
	struct owner ret = inner;

	(void)!userns_host_id(linux_, "uid", inner.uid, &ret.uid);
	(void)!userns_host_id(linux_, "gid", inner.gid, &ret.gid);
	return ret;
}

bool userns_container_id(const json_t *linux_, const char *id, uint32_t host_id,
                         uint32_t *ret)
{
	const json_t *list = mappings(linux_, id);

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct extent e = extent(list, i);

		if (host_id >= e.host && host_id - e.host < e.size) {
			*ret = (uint32_t)(e.container + (host_id - e.host));
			return true;
		}
	}
	return false;
}

bool userns_covers(const json_t *linux_, const char *id, uint32_t host_id)
{
	uint32_t ignored;

	return userns_container_id(linux_, id, host_id, &ignored);
}

static int write_proc(pid_t pid, const char *name, const char *text, struct err *err)
{
	auto_free char *path = xasprintf("/proc/%d/%s", pid, name);
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_errno(err, path, "cannot map the ids");
	return 0;
}

static int map_as_root(pid_t pid, const json_t *list, const char *file, struct err *err)
{
	auto_buf struct buf text = { 0 };

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct extent e = extent(list, i);

		buf_printf(&text, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", e.container,
		           e.host, e.size);
	}
	return write_proc(pid, file, text.data, err);
}

/* Run newuidmap or newgidmap, which check the ranges in /etc/subuid and /etc/subgid. */
static int run_helper(const char *program, char *argv[], struct err *err)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
	char *const env[] = { path, NULL };
	int status, failed;
	pid_t pid;

	failed = posix_spawnp(&pid, program, NULL, NULL, argv, env);
	if (failed) {
		errno = failed;
		err_errno(err, program, "cannot be started");
		err->kind = ERR_HOST;
		return err_hint(err, "it comes with the package uidmap");
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, program, "cannot wait for it");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	err_set(err, ERR_HOST, "%s refused the mappings (it has said why)", program);
	return err_hint(err, "they must lie in your ranges of /etc/subuid and /etc/subgid");
}

static int map_by_helper(pid_t pid, const json_t *list, const char *program,
                         struct err *err)
{
	size_t count = json_array_size(list), n = 0;
	auto_free char **argv = xcalloc(2 + 3 * count + 1, sizeof(*argv));
	int ret;

	argv[n++] = xstrdup(program);
	argv[n++] = xasprintf("%d", pid);
	for (size_t i = 0; i < count; i++) {
		struct extent e = extent(list, i);

		argv[n++] = xasprintf("%" PRIu64, e.container);
		argv[n++] = xasprintf("%" PRIu64, e.host);
		argv[n++] = xasprintf("%" PRIu64, e.size);
	}
	ret = run_helper(program, argv, err);
	while (n > 0)
		free(argv[--n]);
	return ret;
}

static bool only_own(const json_t *list, uint32_t own)
{
	return json_array_size(list) == 1 && extent(list, 0).host == own &&
	       extent(list, 0).size == 1;
}

int userns_map(pid_t pid, const json_t *linux_, struct err *err)
{
	const json_t *uids = mappings(linux_, "uid"), *gids = mappings(linux_, "gid");
	bool root = geteuid() == 0;

	if (root || only_own(uids, geteuid())) {
		if (map_as_root(pid, uids, "uid_map", err) < 0)
			return -1;
	} else if (map_by_helper(pid, uids, "newuidmap", err) < 0) {
		return -1;
	}
	if (!root && !only_own(gids, getegid()))
		return map_by_helper(pid, gids, "newgidmap", err);
	/* The kernel's price for mapping one's own group without help. */
	if (!root && write_proc(pid, "setgroups", "deny", err) < 0)
		return -1;
	return map_as_root(pid, gids, "gid_map", err);
}

/*
 * A child that does nothing but be in a new user namespace until `hold` is closed: by
 * us, however we end, so it must not have our end itself.
 */
static pid_t start_holder(const int ready[2], const int hold[2])
{
	pid_t pid = fork();
	char c = 0;

	if (pid != 0)
		return pid;
	close(hold[1]);
	if (unshare(CLONE_NEWUSER) < 0)
		c = 1;
	if (write(ready[1], &c, 1) == 1)
		(void)!read(hold[0], &c, 1);
	_exit(0);
}

static int open_namespace(pid_t pid, int ready, const json_t *linux_, struct err *err)
{
	auto_free char *path = xasprintf("/proc/%d/ns/user", pid);
	char failed = 1;
	int fd;

	if (read(ready, &failed, 1) != 1 || failed)
		return err_set(err, ERR_HOST, "cannot make a user namespace");
	if (userns_map(pid, linux_, err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, path, "cannot open the user namespace") : fd;
}

int userns_open(const json_t *linux_, struct err *err)
{
	int ready[2], hold[2], fd;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	if (pipe2(hold, O_CLOEXEC) < 0) {
		close(ready[0]);
		close(ready[1]);
		return err_errno(err, "", "cannot make a pipe");
	}
	pid = start_holder(ready, hold);
	close(ready[1]);
	fd = pid < 0 ? err_errno(err, "", "cannot fork")
	             : open_namespace(pid, ready[0], linux_, err);
	close(ready[0]);
	close(hold[0]);
	if (pid > 0)
		kill(pid, SIGKILL);
	close(hold[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return fd;
}

int userns_become_root(struct err *err)
{
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) {
		err_errno(err, "", "cannot become root of the user namespace");
		return err_hint(err, "map container id 0");
	}
	/* Where the kernel forbids it, the groups stay, which is what rootless has always
	 * meant. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_errno(err, "", "cannot drop the supplementary groups");
	return 0;
}

_Noreturn static void run_inside(int socket, int (*run)(void *data), void *data)
{
	struct err ignored;
	char c = 0;

	if (unshare(CLONE_NEWUSER) < 0 || write(socket, &c, 1) != 1 ||
	    read(socket, &c, 1) != 1 || userns_become_root(&ignored) < 0)
		_exit(1);
	_exit(run(data));
}

int userns_run(const json_t *linux_, int (*run)(void *data), void *data, struct err *err)
{
	int ends[2], status, ret = 0;
	char c;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, "", "cannot make a socket pair");
	pid = fork();
	if (pid == 0)
		run_inside((close(ends[0]), ends[1]), run, data);
	close(ends[1]);
	if (pid < 0)
		ret = err_errno(err, "", "cannot fork");
	else if (read(ends[0], &c, 1) != 1)
		ret = err_set(err, ERR_HOST, "cannot make a user namespace");
	else if (userns_map(pid, linux_, err) < 0)
		ret = -1;
	else if (write(ends[0], &c, 1) != 1)
		ret = err_set(err, ERR_SYSTEM, "the process in the user namespace died");
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, "", "cannot wait for the user namespace");
	if (ret < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
