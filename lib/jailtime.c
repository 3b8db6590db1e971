// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <unistd.h>

#include "namespaces.h"
#include "spec.h"

/* A line for the kernel: "monotonic SECONDS NANOSECONDS". */
static int move_clock(int fd, const char *clock, const json_t *offset, struct err *err)
{
	int64_t seconds = 0;
	uint64_t nanoseconds = 0;

	(void)!doc_get_i64(json_object_get(offset, "secs"), &seconds);
	(void)!doc_get_u64(json_object_get(offset, "nanosecs"), &nanoseconds);
	if (dprintf(fd, "%s %" PRId64 " %" PRIu64 "\n", clock, seconds, nanoseconds) > 0)
		return 0;
	err_errno(err, clock, "cannot be moved");
	err->kind = ERR_HOST;
	return err_under(err, "/linux/timeOffsets/");
}

int jail_unshare_time(const struct jail *jail, struct err *err)
{
	const json_t *offset;
	json_t *offsets = spec_get(jail->config, "/linux/timeOffsets");
	auto_close int fd = -1;
	const char *clock;

	if (!namespaces_have(jail->config, "time"))
		return 0;
	if (unshare(CLONE_NEWTIME) == 0)
		fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		err_errno(err, "/linux/namespaces", "a time namespace cannot be made");
		err->kind = ERR_HOST;
		return -1;
	}
	json_object_foreach(offsets, clock, offset)
		if (move_clock(fd, clock, offset, err) < 0)
			return -1;
	return 0;
}
