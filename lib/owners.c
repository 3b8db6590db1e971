// SPDX-License-Identifier: Apache-2.0
#include "owners.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "doc.h"
#include "treewalk.h"

/* ---- what must stay as it is (B013) -------------------------------------- */

static char *path_of(int fd)
{
	auto_free char *link = xasprintf("/proc/self/fd/%d", fd);
	char path[PATH_MAX];
	ssize_t len = readlink(link, path, sizeof(path) - 1);

	return xstrndup(path, len < 0 ? 0 : (size_t)len);
}

static int refuse_system(int source, struct err *err)
{
	static const char *const paths[] = {
		"/",        "/bin",        "/boot", "/dev", "/etc",     "/etc/passwd",
		"/etc/pki", "/etc/shadow", "/home", "/lib", "/lib64",   "/media",
		"/opt",     "/proc",       "/root", "/run", "/sbin",    "/srv",
		"/sys",     "/tmp",        "/usr",  "/var", "/var/lib", "/var/log",
	};
	auto_free char *path = path_of(source);
	const char *home = getenv("HOME");

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (strcmp(path, paths[i]) == 0)
			return err_set(err, ERR_HOST,
			               "%s is the system's: it is not changed", path);
	if (str_equal(home, path))
		return err_set(err, ERR_HOST, "%s is a home directory: it is not changed",
		               path);
	return 0;
}

/* ---- owners -------------------------------------------------------------- */

struct giving {
	uid_t uid;
	gid_t gid;
	json_t *links; /* inode -> links not found yet */
};

static int change(int dir, const char *name, const struct statx *about,
                  const struct giving *giving, struct err *err)
{
	if (about->stx_uid == giving->uid && about->stx_gid == giving->gid)
		return 0;
	if (fchownat(dir, name, giving->uid, giving->gid,
	             AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH)) == 0 ||
	    errno == ENOENT)
		return 0;
	return err_errno(err, name, "cannot give it to %u:%u", giving->uid, giving->gid);
}

static int visit_to_change(enum tree_moment moment, int dir, const char *name,
                           const struct statx *about, void *data, struct err *err)
{
	return moment == TREE_ENTRY ? change(dir, name, about, data, err) : 0;
}

/* Count the links that the tree has of each inode with several. */
static int visit_to_count(enum tree_moment moment, int dir UNUSED, const char *name UNUSED,
                          const struct statx *about, void *data, struct err *err UNUSED)
{
	struct giving *giving = data;
	char inode[32];
	const json_t *left;

	if (moment != TREE_ENTRY || S_ISDIR(about->stx_mode) || about->stx_nlink < 2)
		return 0;
	snprintf(inode, sizeof(inode), "%" PRIu64, (uint64_t)about->stx_ino);
	left = json_object_get(giving->links, inode);
	json_object_set_new(giving->links, inode,
	                    json_integer((left ? json_integer_value(left)
	                                       : (json_int_t)about->stx_nlink) -
	                                 1));
	return 0;
}

/* A link outside is somebody else's file: /etc/shadow, say, linked into a cache. */
static int check_links(const struct giving *giving, struct err *err)
{
	const char *inode;
	json_t *left;

	json_object_foreach(giving->links, inode, left) {
		if (json_integer_value(left) <= 0)
			continue;
		err_set(err, ERR_HOST, "inode %s in it has a link outside", inode);
		return err_hint(err,
		                "find -inum %s names it; copy the file, or do without U",
		                inode);
	}
	return 0;
}

static int give_tree(int source, struct giving *giving, struct err *err)
{
	int ret;

	giving->links = json_object();
	ret = tree_walk(source, visit_to_count, giving, err);
	if (ret == 0)
		ret = check_links(giving, err);
	json_decref(giving->links);
	return ret < 0 ? -1 : tree_walk(source, visit_to_change, giving, err);
}

int owners_give(int source, uid_t uid, gid_t gid, struct err *err)
{
	struct giving giving = { uid, gid, NULL };
	struct statx about;

	if (refuse_system(source, err) < 0)
		return -1;
	if (statx(source, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &about) < 0)
		return err_errno(err, "", "cannot examine");
	if (S_ISDIR(about.stx_mode) && give_tree(source, &giving, err) < 0)
		return -1;
	return change(source, "", &about, &giving, err);
}

/* ---- labels -------------------------------------------------------------- */

static bool selinux_on(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

/* "user:role:type:level", with the level that all containers may use. */
static char *shared_label(const char *label)
{
	const char *at = label;

	for (int colon = 0; colon < 3; colon++) {
		at = strchr(at, ':');
		if (!at)
			return xstrdup(label);
		at++;
	}
	return xasprintf("%.*ss0", (int)(at - label), label);
}

static int set_label(int dir, const char *name, const char *label, struct err *err)
{
	auto_free char *path =
		xasprintf("/proc/self/fd/%d%s%s", dir, *name ? "/" : "", name);

	/* Without a name it is the descriptor's link that must be followed. */
	if ((*name ? lsetxattr : setxattr)(path, "security.selinux", label,
	                                   strlen(label) + 1, 0) == 0 ||
	    errno == ENOTSUP || errno == ENOENT)
		return 0;
	return err_errno(err, name, "cannot label it %s", label);
}

static int visit_to_label(enum tree_moment moment, int dir, const char *name,
                          const struct statx *about UNUSED, void *data, struct err *err)
{
	return moment == TREE_ENTRY ? set_label(dir, name, data, err) : 0;
}

int owners_label(int source, const char *label, bool shared, struct err *err)
{
	auto_free char *text = NULL;
	struct stat st;

	if (!label || !*label || !selinux_on())
		return 0;
	if (refuse_system(source, err) < 0)
		return -1;
	text = shared ? shared_label(label) : xstrdup(label);
	if (fstat(source, &st) < 0)
		return err_errno(err, "", "cannot examine");
	if (S_ISDIR(st.st_mode) && tree_walk(source, visit_to_label, text, err) < 0)
		return -1;
	return set_label(source, "", text, err);
}
