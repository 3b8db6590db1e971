// SPDX-License-Identifier: Apache-2.0
#include "here.h"

#include <unistd.h>

#include "doc.h"
#include "mountlist.h"

char *here_directory(void)
{
	auto_free char *cwd = getcwd(NULL, 0);
	json_auto_t *text = cwd && *cwd == '/' ? doc_string_new(cwd) : NULL;

	return text ? steal(&cwd) : NULL;
}

int here_unknown(const char *path, struct err *err)
{
	err_set(err, ERR_USAGE,
	        "'%s' is relative to a directory that cannot be written down", path);
	return err_hint(err, "the current directory was removed, or its name is not UTF-8");
}

char *here_absolute(const char *path, const char *here, struct err *err)
{
	auto_free char *joined = NULL;

	if (*path == '/')
		return mountlist_tidy(path);
	if (!here) {
		here_unknown(path, err);
		return NULL;
	}
	joined = xasprintf("%s/%s", here, path);
	return mountlist_tidy(joined);
}
