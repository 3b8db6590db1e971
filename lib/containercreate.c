// SPDX-License-Identifier: Apache-2.0
#include "containerparts.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "network.h"
#include "runtime.h"

static int create(struct running *running, struct err *err)
{
	struct watch *watch = running->watch;
	int status = 0;

	watch->hold = true;
	if (container_make(running, "create", err) < 0) {
		status = STATUS_FAILED;
	} else if (!container_succeeded(running)) {
		status = container_blame_command(running, "create", err);
		if (watch->call_end.code != CLD_EXITED)
			container_abandon(running);
	} else if (watch_find_init(watch, getpid(), err) < 0) {
		status = STATUS_FAILED;
		if (!err->where[0])
			runtime_at(running->container->plan->facts.runtime, "create", err);
		container_abandon(running);
	}
	watch->hold = false;
	return status;
}

static int copy_pid_file(const struct running *running, struct err *err)
{
	const char *path = running->container->options->pid_file;
	auto_free char *text = NULL;

	if (!path)
		return 0;
	text = xasprintf("%d\n", running->watch->init);
	if (journal_add_new(running->watch->journal,
	                    json_pack("{s:s, s:s, s:s}", "undo", "file", "path", path,
	                              "text", text),
	                    err) < 0)
		return -1;
	return io_write_file(path, text, strlen(text), 0644, false, err);
}

static int start(struct running *running, struct err *err)
{
	const struct watch *watch = running->watch;

	if (watch->terminal->tty >= 0 && watch->terminal->master < 0) {
		err_set(err, ERR_HOST, "the runtime sent no terminal");
		return err_where(err, "console socket");
	}
	container_look_again(running);
	if (copy_pid_file(running, err) < 0)
		return -1;
	return container_call(running, "start", NULL, err);
}

static void report_relay(const struct running *running)
{
	const struct relay *relay = &running->container->streams->relay;
	struct err err = { 0 };

	for (size_t i = 0; i < relay->count; i++) {
		if (!relay->channels[i].error)
			continue;
		errno = relay->channels[i].error;
		err_errno(&err, "", "cannot pass on what the command %s",
		          relay->channels[i].input ? "is given" : "prints");
		err_report(&err, running->container->options->tool);
	}
}

static int connect_and_start(struct running *running, struct network *network,
                             struct err *err)
{
	if (watch_asked(running->watch))
		return -1;
	if (network_wanted(network->plan) && network_up(network, err) < 0)
		return -1;
	return start(running, err);
}

int container_run_created(struct running *running, struct err *err)
{
	struct watch *watch = running->watch;
	struct network network = {
		.plan = running->container->plan,
		.place = running->container->place,
		.watch = watch,
		.tool = running->container->options->tool,
		.bundle = running->container->bundle,
		.netns = -1,
		.log = -1,
	};
	int status = create(running, err);

	if (status)
		return status;
	if (connect_and_start(running, &network, err) < 0) {
		watch_kill_init(watch); /* what it is in would be in the way */
		watch_init(watch);
		network_down(&network, watch->err);
		container_abandon(running);
		return STATUS_FAILED;
	}
	watch_init(watch);
	network_down(&network, watch->err);
	container_kill_rest(running);
	watch_drain(watch);
	report_relay(running);
	container_delete(running);
	return container_status(running, err);
}
