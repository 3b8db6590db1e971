// SPDX-License-Identifier: Apache-2.0
#include "subids.h"

#include <dlfcn.h>
#include <pwd.h>
#include <shadow/subid.h>
#include <unistd.h>

#define TEXT(x) #x
#define EXPANDED_TEXT(x) TEXT(x)
#define LIBRARY "libsubid.so." EXPANDED_TEXT(SUBID_ABI_MAJOR)

#define auto_library __attribute__((cleanup(close_library)))

static void close_library(void **library)
{
	if (*library)
		dlclose(*library);
}

/* The header's declarations say what the library's symbols are. */
struct symbols {
	typeof(subid_init) *init;
	typeof(subid_get_uid_ranges) *ranges;
};

static int load(enum subids_kind kind, void **library, struct symbols *ret, struct err *err)
{
	static const char *const names[] = {
		[SUBIDS_USER] = "subid_get_uid_ranges",
		[SUBIDS_GROUP] = "subid_get_gid_ranges",
	};

	*library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!*library)
		return err_set(err, ERR_HOST, "cannot load it: %s", dlerror());
	ret->init = (typeof(ret->init))dlsym(*library, "subid_init");
	ret->ranges = (typeof(ret->ranges))dlsym(*library, names[kind]);
	if (!ret->init || !ret->ranges)
		return err_set(err, ERR_HOST, "is not as it was built for");
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct subid_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

int subids_add(enum subids_kind kind, const char *owner, uint64_t from, bool needed,
               struct idmap *to, struct err *err)
{
	auto_free struct subid_range *ranges = NULL;
	auto_library void *library = NULL;
	struct symbols symbols = { 0 };
	int count;

	if (load(kind, &library, &symbols, err) < 0)
		return err_where(err, "%s", LIBRARY);
	symbols.init(NULL, NULL); /* its messages are for nobody */
	count = symbols.ranges(owner, &ranges);
	if (count > 1)
		qsort(ranges, (size_t)count, sizeof(*ranges), compare);
	for (int i = 0; i < count; i++) {
		idmap_add(to, from, ranges[i].start, ranges[i].count);
		from += ranges[i].count;
	}
	if (count > 0 || !needed)
		return 0;
	err_set(err, ERR_HOST, "there are no subordinate ids for %s", owner);
	return err_hint(err, "add a line %s:100000:65536 to /etc/subuid and /etc/subgid",
	                owner);
}

char *subids_own_name(void)
{
	const struct passwd *user = getpwuid(geteuid());

	return user ? xstrdup(user->pw_name) : xasprintf("%u", geteuid());
}

int subids_add_rootless(struct idmap *uid, struct idmap *gid, struct err *err)
{
	auto_free char *name = subids_own_name();

	idmap_add(uid, 0, geteuid(), 1);
	idmap_add(gid, 0, getegid(), 1);
	if (subids_add(SUBIDS_USER, name, 1, false, uid, err) < 0)
		return -1;
	return subids_add(SUBIDS_GROUP, name, 1, false, gid, err);
}
