// SPDX-License-Identifier: Apache-2.0
#include "cgrouphost.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>

#include "io.h"

/* "4:memory:/" and so on: what lies between the colons. */
static void list_v1_controllers(char *text, struct buf *to)
{
	for (char *line; (line = strsep(&text, "\n"));) {
		char *names;

		strsep(&line, ":");
		names = strsep(&line, ":");
		for (char *name; (name = strsep(&names, ","));)
			buf_printf(to, "%s ", name);
	}
}

bool cgroup_is_v2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (uint64_t)fs.f_type == CGROUP2_SUPER_MAGIC;
}

bool cgroup_host_is_v2(void)
{
	return cgroup_is_v2("/sys/fs/cgroup");
}

void cgroup_host_look(struct cgroup_host *ret, char **names)
{
	enum { LARGEST = 64 * 1024 };
	auto_buf struct buf text = { 0 }, list = { 0 };
	struct err ignored;
	bool v2 = cgroup_host_is_v2();
	const char *path = v2 ? "/sys/fs/cgroup/cgroup.controllers" : "/proc/self/cgroup";

	*ret = (struct cgroup_host){ .v2 = v2 };
	*names = NULL;
	if (io_read_file(path, LARGEST, &text, &ignored) < 0 || text.len == 0)
		return;
	buf_char(&list, ' ');
	if (v2) {
		text.data[strcspn(text.data, "\n")] = '\0';
		buf_printf(&list, "%s ", text.data);
	} else {
		list_v1_controllers(text.data, &list);
	}
	*names = buf_steal(&list);
	ret->controllers = *names;
}
