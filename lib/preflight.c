// SPDX-License-Identifier: Apache-2.0
#include "preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "io.h"
#include "parse.h"
#include "subids.h"

struct report {
	struct buf *to;
	bool bad;
	struct idmap visible; /* the ids that this process's user namespace has */
};

static void PRINTF(3, 4) ok(struct report *report, const char *name, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	buf_printf(report->to, "ok  %s: %s\n", name, text);
}

static void PRINTF(4, 5) bad(struct report *report, const char *name, const char *remedy,
                             const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	buf_printf(report->to, "bad %s: %s; %s\n", name, text, remedy);
	report->bad = true;
}

/* The number in a file of /proc; false if there is no such file. */
static bool read_number(const char *path, uint64_t *ret)
{
	enum { LARGEST = 64 };
	auto_buf struct buf text = { 0 };
	struct err ignored;

	if (io_read_file(path, LARGEST, &text, &ignored) < 0 || text.len == 0)
		return false;
	text.data[strcspn(text.data, "\n")] = '\0';
	return parse_u64(text.data, ret);
}

/* ---- the kernel ---------------------------------------------------------- */

static void check_kernel(struct report *report)
{
	static const struct {
		const char *path, *name, *remedy;
		uint64_t refuses;
	} switches[] = {
		{ "/proc/sys/user/max_user_namespaces", "max_user_namespaces",
		  "sysctl user.max_user_namespaces=28633", 0 },
		{ "/proc/sys/kernel/unprivileged_userns_clone", "unprivileged_userns_clone",
		  "sysctl kernel.unprivileged_userns_clone=1", 0 },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
		  "apparmor_restrict_unprivileged_userns",
		  "sysctl kernel.apparmor_restrict_unprivileged_userns=0", 1 },
	};
	uint64_t value;

	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		if (!read_number(switches[i].path, &value))
			continue;
		if (value == switches[i].refuses && (i == 0 || geteuid() != 0))
			bad(report, switches[i].name, switches[i].remedy, "is %" PRIu64,
			    value);
		else
			ok(report, switches[i].name, "is %" PRIu64, value);
	}
}

/* Something may refuse that nobody has heard of: a filter, a policy. */
static void check_unshare(struct report *report)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) < 0 ? errno : 0);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		ok(report, "user namespace", "can be made");
	else
		bad(report, "user namespace", "see what confines this process",
		    "cannot be made: %s", strerror(WEXITSTATUS(status)));
}

static void check_nesting(struct report *report)
{
	enum { LARGEST = 64 * 1024 };
	static const char path[] = "/proc/self/uid_map";
	auto_buf struct buf text = { 0 };
	uint64_t count = 0;
	struct err err;

	if (io_read_file(path, LARGEST, &text, &err) < 0 ||
	    idmap_parse(text.len ? text.data : "", &report->visible, &err) < 0) {
		bad(report, "nesting", "mount /proc", "%s: %s", path, err.what);
		return;
	}
	for (size_t i = 0; i < report->visible.count; i++)
		count += report->visible.ranges[i].size;
	if (count == UINT32_MAX)
		ok(report, "nesting", "not in another user namespace");
	else
		ok(report, "nesting", "in a user namespace that has %" PRIu64 " ids",
		   count);
}

/* ---- newuidmap and newgidmap --------------------------------------------- */

/* Where userns_map() looks too; NULL if it is nowhere. */
static char *find_program(const char *name)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin", "/bin",
		                            "/usr/sbin", "/sbin" };

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		char *path = xasprintf("%s/%s", dirs[i], name);

		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* A file capability that is in force at once. */
static bool has_capability(const char *path, int cap)
{
	struct vfs_ns_cap_data data = { 0 };
	ssize_t len = getxattr(path, "security.capability", &data, sizeof(data));

	return len >= (ssize_t)XATTR_CAPS_SZ_1 &&
	       (data.magic_etc & VFS_CAP_FLAGS_EFFECTIVE) &&
	       (data.data[0].permitted & (1U << cap));
}

static void check_helper(struct report *report, const char *name, const char *capability,
                         int cap)
{
	auto_free char *path = find_program(name);
	auto_free char *remedy =
		xasprintf("chmod u+s %s, or setcap %s+ep %s", path, capability, path);
	struct statvfs fs;
	struct stat st;

	if (!path || stat(path, &st) < 0) {
		bad(report, name, "install the package uidmap", "is not installed");
		return;
	}
	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID))
		bad(report, name, "mount that file system without nosuid",
		    "%s is on a file system that is mounted nosuid", path);
	else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		bad(report, name, "start from a process without no_new_privs",
		    "can have no rights: no_new_privs is set");
	else if ((st.st_mode & S_ISUID) && st.st_uid == 0)
		ok(report, name, "%s is set-user-id root", path);
	else if (has_capability(path, cap))
		ok(report, name, "%s has %s", path, capability);
	else
		bad(report, name, remedy, "%s has no rights", path);
}

/* ---- ranges -------------------------------------------------------------- */

static bool visible(const struct idmap *map, uint64_t from, uint64_t size)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct idmap_range *r = &map->ranges[i];

		if (from >= r->container && from - r->container < r->size &&
		    size <= r->size - (from - r->container))
			return true;
	}
	return false;
}

/* One file: is there something for `owner`, and can it be used beside the own id? */
static void check_ranges(struct report *report, enum subids_kind kind, const char *owner,
                         uint32_t own)
{
	const char *name = kind == SUBIDS_USER ? "/etc/subuid" : "/etc/subgid";
	auto_free char *line =
		xasprintf("add the line %s:100000:65536 to it, with a range that "
	                  "nobody has",
	                  owner);
	auto_free char *change = xasprintf("change the line of %s in it", owner);
	struct idmap map = { 0 };
	struct err err = { 0 };
	uint64_t count = 0;

	idmap_add(&map, 0, own, 1);
	if (subids_add(kind, owner, 1, true, &map, &err) < 0)
		bad(report, name, line, "%s", err.what);
	else if (idmap_check(&map, &err) < 0)
		bad(report, name, change, "own id %u, then its ranges: %s", own, err.what);
	for (size_t i = 1; i < map.count && !err.kind; i++) {
		count += map.ranges[i].size;
		if (visible(&report->visible, map.ranges[i].host, map.ranges[i].size))
			continue;
		err_set(&err, ERR_HOST, "the ids from %" PRIu64 " do not exist in here",
		        map.ranges[i].host);
		bad(report, name, change, "%s", err.what);
	}
	if (!err.kind)
		ok(report, name, "%s has %" PRIu64 " ids in %zu range%s", owner, count,
		   map.count - 1, map.count == 2 ? "" : "s");
	idmap_free(&map);
}

void preflight_print(const char *user, const char *group, struct buf *to, bool *bad_ret)
{
	auto_free char *own = subids_own_name();
	const struct passwd *other = user ? getpwnam(user) : NULL;
	struct report report = { .to = to };
	uint32_t uid = other ? other->pw_uid : geteuid();
	uint32_t gid = other ? other->pw_gid : getegid();

	check_kernel(&report);
	check_unshare(&report);
	check_nesting(&report);
	if (geteuid() == 0 && !user && !group) {
		ok(&report, "ids", "root maps them without subordinate ranges");
	} else {
		check_helper(&report, "newuidmap", "cap_setuid", CAP_SETUID);
		check_helper(&report, "newgidmap", "cap_setgid", CAP_SETGID);
		check_ranges(&report, SUBIDS_USER, user ? user : group ? group : own, uid);
		check_ranges(&report, SUBIDS_GROUP, group ? group : user ? user : own, gid);
	}
	idmap_free(&report.visible);
	*bad_ret = report.bad;
}
