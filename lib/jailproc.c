// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mountopts.h"
#include "spec.h"

static const json_t *find_type(const json_t *config, const char *type)
{
	const json_t *mounts = json_object_get(config, "mounts");
	ptrdiff_t at = spec_find_entry(mounts, "type", type);

	return at < 0 ? NULL : json_array_get(mounts, (size_t)at);
}

/* "hidepid=2,subset=pid" */
static int configure(int context, char *options)
{
	for (char *option; (option = strsep(&options, ","));) {
		char *value = strchr(option, '=');
		unsigned int what = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

		if (value)
			*value++ = '\0';
		if (*option && syscall(SYS_fsconfig, context, what, option, value, 0) < 0)
			return -1;
	}
	return 0;
}

static int new_proc(char *options)
{
	auto_close int context = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);

	if (context < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", "proc", 0) < 0 ||
	    configure(context, options) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
	                    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int jail_open_proc(struct jail *jail, struct err *err)
{
	auto_mountopts struct mountopts opts = { 0 };
	const json_t *row = find_type(jail->config, "proc");

	if (!row)
		return 1;
	if (mountopts_read(row, &opts, err) < 0)
		return -1;
	jail->proc = new_proc(opts.data.data);
	if (jail->proc >= 0)
		return 1;
	/* What is hidden in the proc that we have would be seen in a new one. */
	if (errno == EPERM)
		return 0;
	return err_errno(err, "/proc", "cannot be made");
}
