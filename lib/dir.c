// SPDX-License-Identifier: Apache-2.0
#include "dir.h"

#include <fcntl.h>

int dir_open(int above, const char *name)
{
	return openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A descriptor of its own, since one's copy would share the place that it has read to. */
DIR *dir_list(int dir)
{
	auto_close int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);

	if (list)
		(void)steal_fd(&own);
	return list;
}
