// SPDX-License-Identifier: Apache-2.0
#include "containerparts.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "runtime.h"
#include "spec.h"

static const char *command_name(const struct running *running)
{
	return doc_string(
		json_array_get(spec_get(running->container->plan->config, "/process/args"),
	                       0));
}

int container_blame_command(const struct running *running, const char *phase,
                            struct err *err)
{
	int status = container_blame(running, phase, err);
	auto_free char *where = xasprintf("%s: ", command_name(running));

	if (status != STATUS_FAILED)
		err_under(err, where);
	return status;
}

void container_look_again(struct running *running)
{
	auto_free char *path = xasprintf("/proc/%d/root", running->watch->init);
	auto_close int root = -1;

	if (running->command != COMMAND_UNSURE)
		return;
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		running->command = command_look(&(struct command_view){
			.root = root,
			.config = running->container->plan->config,
			.uid = running->container->owner,
			.mounted = true,
		});
}

int container_not_started(const struct running *running, enum command why, struct err *err)
{
	if (why == COMMAND_MISSING)
		err_set(err, ERR_HOST, "is not there, or its interpreter is not");
	else
		err_set(err, ERR_HOST, "cannot be executed");
	err_where(err, "%s", *command_name(running) ? command_name(running) : "''");
	return why == COMMAND_MISSING ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* True if the name of process 1 is what executing the command would make it. */
static bool is_namesake(const struct running *running)
{
	return str_starts(base_name(command_name(running)), running->watch->init_name);
}

/* Process 1 ended as the runtime's own: the kernel would not execute the command. */
static int not_executed(const struct running *running, struct err *err)
{
	auto_free char *cause = NULL;

	if (running->container->program) /* ours says why */
		cause = runtime_cause(running->container->data);
	if (!cause)
		return container_not_started(running, running->command, err);
	return container_blame_command(running, "start", err);
}

int container_status(const struct running *running, struct err *err)
{
	const struct watch *watch = running->watch;

	if (watch->init_end.code != CLD_EXITED)
		return STATUS_SIGNALLED + watch->init_end.status;
	if (!watch->renamed && watch->init_end.status != 0 && !is_namesake(running))
		return not_executed(running, err);
	return watch->init_end.status;
}
