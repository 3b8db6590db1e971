// SPDX-License-Identifier: Apache-2.0
#include "containerparts.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime.h"

/* Every container has a pid, so what has none never was. */
static bool was_there(const struct running *running)
{
	return faccessat(running->container->data, "pid", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* It is the command's, unless the runtime has something to say for itself. */
static int run_status(const struct running *running, struct err *err)
{
	auto_free char *cause = NULL;

	if (container_succeeded(running) && was_there(running))
		return 0;
	cause = runtime_cause(running->container->data);
	if (!cause && was_there(running))
		return running->watch->call_end.status;
	return container_blame(running, "run", err);
}

int container_run_in_foreground(const struct running *running, struct err *err)
{
	if (container_make(running, "run", err) < 0)
		return STATUS_FAILED;
	if (running->watch->call_end.code == CLD_EXITED)
		return run_status(running, err);
	container_blame(running, "run", err); /* it died before its container */
	container_abandon(running);
	return STATUS_FAILED;
}
