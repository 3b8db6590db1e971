// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "names.h"
#include "spec.h"

enum { MOST_GROUPS = 65536 };

/* An id has no default: what cannot be read ends it. */
static int need_id(const struct jail *jail, const char *pointer, uint32_t *ret,
                   struct err *err)
{
	uint64_t id;

	if (!doc_get_u64(spec_get(jail->config, pointer), &id) || id >= UINT32_MAX)
		return err_at(err, pointer, "must be an id");
	*ret = (uint32_t)id;
	return 0;
}

/* ---- groups ------------------------------------------------------------------ */

static int read_groups(const struct jail *jail, gid_t **ret, size_t *count, struct err *err)
{
	const json_t *list = spec_get(jail->config, "/process/user/additionalGids");
	auto_free gid_t *groups = xcalloc(json_array_size(list) + 1, sizeof(*groups));

	for (size_t i = 0; i < json_array_size(list); i++) {
		auto_free char *pointer = xasprintf("/process/user/additionalGids/%zu", i);

		if (need_id(jail, pointer, &groups[i], err) < 0)
			return -1;
	}
	*count = json_array_size(list);
	*ret = steal(&groups);
	return 0;
}

/*
 * Where the kernel forbids setgroups(2), because the user's own id is all that is
 * mapped, the groups stay; then the document can only ask for its own.
 */
static int keep_groups(const gid_t *groups, size_t count, gid_t gid, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (groups[i] != gid)
			return err_at(err, "/process/user/additionalGids",
			              "cannot be had where setgroups(2) is denied");
	return 0;
}

static int set_groups(const struct jail *jail, gid_t gid, struct err *err)
{
	auto_free gid_t *groups = NULL, *have = NULL;
	size_t count;
	int got;

	if (read_groups(jail, &groups, &count, err) < 0)
		return -1;
	if (setgroups(count, groups) < 0)
		return errno == EPERM ? keep_groups(groups, count, gid, err)
		                      : jail_cannot("/process/user/additionalGids",
		                                    "cannot be set", err);
	have = xcalloc(MOST_GROUPS, sizeof(*have));
	got = getgroups(MOST_GROUPS, have);
	if (got < 0 || (size_t)got != count)
		return jail_differs("/process/user/additionalGids", err);
	return 0;
}

static int set_gid(gid_t gid, struct err *err)
{
	gid_t real, effective, saved;

	if (setresgid(gid, gid, gid) < 0)
		return jail_cannot("/process/user/gid", "cannot be set", err);
	if (getresgid(&real, &effective, &saved) < 0 || real != gid || effective != gid ||
	    saved != gid)
		return jail_differs("/process/user/gid", err);
	return 0;
}

/* ---- limits ------------------------------------------------------------------ */

/* B349 */
static const struct name limits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
	{ NULL, 0 },
};

static int set_limit(const json_t *row, struct err *err)
{
	const char *type = doc_string(json_object_get(row, "type"));
	struct rlimit limit, is;
	uint64_t soft, hard;
	int which;

	if (!name_value(limits, type, &which) ||
	    !doc_get_u64(json_object_get(row, "soft"), &soft) ||
	    !doc_get_u64(json_object_get(row, "hard"), &hard))
		return err_at(err, "/process/rlimits", "%s is no limit", type);
	limit = (struct rlimit){ soft, hard };
	if (setrlimit((__rlimit_resource_t)which, &limit) < 0)
		return jail_cannot(type, "cannot be set", err);
	if (getrlimit((__rlimit_resource_t)which, &is) < 0 || is.rlim_cur != soft ||
	    is.rlim_max != hard)
		return jail_differs(type, err);
	return 0;
}

static int set_limits(const struct jail *jail, struct err *err)
{
	const json_t *row;
	size_t i;

	json_array_foreach(spec_get(jail->config, "/process/rlimits"), i, row)
		if (set_limit(row, err) < 0)
			return -1;
	return 0;
}

/* ---- capabilities and the user ------------------------------------------------ */

/* None is given that we do not have ourselves. */
static int check_bounding(const struct jail *jail, struct err *err)
{
	struct capsets ours;
	uint64_t missing;

	if (capsets_get(&ours, err) < 0)
		return -1;
	missing = (jail->caps.bounding | jail->caps.permitted) & ~ours.bounding;
	if (!missing)
		return 0;
	err_set(err, ERR_HOST, "%s is outside of our own bounding set", cap_first(missing));
	return err_where(err, "/process/capabilities/bounding");
}

static int verify_caps(const struct capsets *wanted, struct err *err)
{
	struct capsets is;

	if (capsets_get(&is, err) < 0)
		return -1;
	if (is.bounding != wanted->bounding || is.effective != wanted->effective ||
	    is.permitted != wanted->permitted || is.inheritable != wanted->inheritable ||
	    is.ambient != wanted->ambient)
		return jail_differs("/process/capabilities", err);
	return 0;
}

static int set_user(const struct jail *jail, uid_t uid, struct err *err)
{
	uid_t real, effective, saved;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresuid(uid, uid, uid) < 0 ||
	    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return jail_cannot("/process/user/uid", "cannot be set", err);
	if (capsets_put(&jail->caps, err) < 0)
		return -1;
	if (getresuid(&real, &effective, &saved) < 0 || real != uid || effective != uid ||
	    saved != uid)
		return jail_differs("/process/user/uid", err);
	return verify_caps(&jail->caps, err);
}

/* ---- the filter ---------------------------------------------------------------- */

static bool no_new_privileges(const struct jail *jail)
{
	return json_is_true(spec_get(jail->config, "/process/noNewPrivileges"));
}

/* B379: whether there is a filter or not. */
static int set_no_new_privileges(const struct jail *jail, struct err *err)
{
	if (!no_new_privileges(jail))
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return jail_cannot("/process/noNewPrivileges", "cannot be set", err);
	return 0;
}

static unsigned int filter_flags(const struct jail *jail)
{
	static const struct name flags[] = {
		{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
		{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
		{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ NULL, 0 },
	};
	const json_t *word;
	unsigned int ret = 0;
	size_t i;
	int flag;

	/* The others are about a listener, of which there is none. */
	json_array_foreach(spec_get(jail->config, "/linux/seccomp/flags"), i, word)
		if (name_value(flags, doc_string(word), &flag))
			ret |= (unsigned int)flag;
	return ret;
}

static int load_filter(const struct jail *jail, struct err *err)
{
	struct sock_fprog program = {
		.len = (unsigned short)jail->filter.count,
		.filter = jail->filter.code,
	};

	if (jail->filter.count > BPF_MAXINSNS)
		return err_at(err, "/linux/seccomp",
		              "has more rules than the kernel takes");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter_flags(jail), &program) !=
	    0)
		return jail_cannot("/linux/seccomp", "the filter cannot be loaded", err);
	return 0;
}

static bool has_filter(const struct jail *jail)
{
	return jail->filter.count > 0;
}

/* Without no_new_privs the kernel wants a capability for it that will soon be gone. */
static int load_early(const struct jail *jail, struct err *err)
{
	return has_filter(jail) && !no_new_privileges(jail) ? load_filter(jail, err) : 0;
}

static int load_late(const struct jail *jail, struct err *err)
{
	return has_filter(jail) && no_new_privileges(jail) ? load_filter(jail, err) : 0;
}

/* ---- all ------------------------------------------------------------------------- */

static int hint_at_filter(const struct jail *jail, struct err *err)
{
	if (has_filter(jail) && !no_new_privileges(jail) && !err->hint[0])
		err_hint(err, "if the filter denies that, --security-opt=no-new-privileges "
		              "has it loaded last");
	return -1;
}

int jail_become(const struct jail *jail, struct err *err)
{
	uint32_t uid = UINT32_MAX, gid = UINT32_MAX;

	if (need_id(jail, "/process/user/uid", &uid, err) < 0 ||
	    need_id(jail, "/process/user/gid", &gid, err) < 0)
		return -1;
	if (check_bounding(jail, err) < 0 || set_groups(jail, gid, err) < 0 ||
	    set_gid(gid, err) < 0 || set_limits(jail, err) < 0 ||
	    jail_schedule(jail, err) < 0 || capsets_bound(jail->caps.bounding, err) < 0 ||
	    load_early(jail, err) < 0)
		return -1;
	if (set_user(jail, uid, err) < 0)
		return hint_at_filter(jail, err);
	return set_no_new_privileges(jail, err);
}

int jail_confine(const struct jail *jail, struct err *err)
{
	return load_late(jail, err);
}
