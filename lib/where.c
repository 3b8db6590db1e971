// SPDX-License-Identifier: Apache-2.0
#include "where.h"

#include <string.h>
#include <unistd.h>

#include "io.h"
#include "mountlist.h"

int where_check_name(const char *name, struct err *err)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char more[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);

	if (len > 0 && len <= 64 && strspn(name, first) > 0 && strspn(name, more) == len)
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a name", name);
	err_where(err, "--name");
	return err_hint(err,
	                "letters, digits, _ . and -, beginning with a letter or digit, "
	                "at most 64");
}

int where_new_name(char **ret, struct err *err)
{
	uint64_t random;

	if (io_random(&random, err) < 0)
		return -1;
	*ret = xasprintf("ocipipe-%012llx",
	                 (unsigned long long)(random & UINT64_C(0xffffffffffff)));
	return 0;
}

char *where_absolute(const char *path)
{
	auto_free char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);
	/* A directory that we are in but may not know the way to. */
	const char *here = cwd ? cwd : *path == '/' ? "" : "/proc/self/cwd";
	auto_free char *whole = xasprintf("%s/%s", here, path);

	return mountlist_tidy(whole);
}

char *where_run_root(const char *asked)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (asked)
		return where_absolute(asked);
	if (geteuid() == 0)
		return xstrdup("/run/ocipipe");
	if (runtime_dir && *runtime_dir == '/' && access(runtime_dir, W_OK) == 0)
		return xasprintf("%s/ocipipe", runtime_dir);
	return xasprintf("/tmp/ocipipe-%u", geteuid());
}

char *where_data_root(const char *asked)
{
	const char *tmp = getenv("TMPDIR");

	return where_absolute(asked ? asked : tmp && *tmp == '/' ? tmp : "/var/tmp");
}

char *where_cache_dir(const char *asked)
{
	const char *named = getenv("OCIPIPE_CACHE_DIR");
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	auto_free char *path = NULL;

	if (asked || (named && *named))
		return where_absolute(asked ? asked : named);
	if (geteuid() == 0)
		return xstrdup("/var/cache/ocipipe");
	path = base && *base == '/' ? xasprintf("%s/ocipipe", base)
	                            : xasprintf("%s/.cache/ocipipe", home ? home : "");
	return where_absolute(path);
}

bool where_is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	return strncmp(path, above, len) == 0 && (path[len] == '/' || path[len] == '\0');
}
