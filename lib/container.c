// SPDX-License-Identifier: Apache-2.0
#include "container.h"

#include "containerparts.h"
#include "namespaces.h"
#include "network.h"
#include "runtime.h"

/*
 * runc's foreground run copies output and error from two pipes, in any order, and what
 * cannot be written is lost without a word; crun's and ours give the command the
 * streams themselves.
 */
static bool keeps_output(const struct container *container)
{
	const char *runtime = container->plan->facts.runtime;

	return container->program || runtime_is(runtime, "crun") ||
	       !(streams_are_mixed(container->streams) ||
	         streams_can_fail(container->streams));
}

/* Whether a foreground run can tell all that must be told (ocirun(1)). */
static bool foreground_serves(const struct running *running)
{
	const struct container *container = running->container;

	return running->command == COMMAND_RUNS && !network_wanted(container->plan) &&
	       container->streams->relay.count == 0 && running->watch->terminal->tty < 0 &&
	       !container->options->pid_file && keeps_output(container) &&
	       namespaces_make(container->plan->config, "pid");
}

/* What the user is told, who has waited for it or asked for its end. */
static int final_status(const struct running *running, int status, struct err *err)
{
	const struct watch *watch = running->watch;

	if (watch->err->kind != ERR_NONE) {
		*err = *watch->err;
		return STATUS_FAILED;
	}
	if (!watch_asked(watch))
		return status;
	err->kind = ERR_NONE; /* it failed because it was told to end */
	return watch->timed_out ? STATUS_TIMED_OUT : STATUS_SIGNALLED + watch->stop;
}

/*
 * A name that the user has given may be that of a container of somebody else's,
 * which we would delete in the end.
 */
static int check_name(const struct running *running, struct err *err)
{
	struct err ignored;

	if (!running->container->options->named ||
	    container_call(running, "state", NULL, &ignored) < 0)
		return 0;
	err_set(err, ERR_HOST, "the runtime has a container of this name already");
	return err_where(err, "%s", running->container->plan->facts.name);
}

static int note_begun(const struct running *running, struct err *err)
{
	const struct container *container = running->container;
	json_t *line = json_pack("{s:s, s:s, s:O}", "undo", "container", "name",
	                         container->plan->facts.name, "runtime",
	                         (json_t *)(uintptr_t)container->runtime);

	return journal_add_new(running->watch->journal, line, err);
}

static void note_over(const struct running *running)
{
	struct err ignored;

	(void)!journal_add_new(running->watch->journal, json_pack("{s:b}", "over", 1),
	                       &ignored);
}

static int start_and_wait(struct running *running, struct err *err)
{
	int status;

	if (running->command == COMMAND_MISSING || running->command == COMMAND_REFUSED)
		return container_not_started(running, running->command, err);
	if (check_name(running, err) < 0 || note_begun(running, err) < 0)
		return STATUS_FAILED;
	status = foreground_serves(running) ? container_run_in_foreground(running, err)
	                                    : container_run_created(running, err);
	note_over(running);
	return final_status(running, status, err);
}

int container_run(const struct container *container, struct err *err)
{
	struct running running = {
		.container = container,
		.watch = container->watch,
		.command = command_look(&(struct command_view){
			.root = container->root,
			.config = container->plan->config,
			.uid = container->owner,
		}),
	};

	return start_and_wait(&running, err);
}
