// SPDX-License-Identifier: Apache-2.0
#include "containerparts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "call.h"
#include "cgroup.h"
#include "orphans.h"
#include "runtime.h"

/* Beside the bundle, which the runtime starts in: no path is too long, or too odd. */
static const char console_socket[] = "../console.sock";
static const char log_path[] = "../data/runtime.log";

/* Absolute with the bundle before it: with devices and a user namespace crun 1.8 changes
 * its directory. */
static const char pid_path[] = "../data/pid";

/* Append "--log ... PHASE" to the words before it. */
static void begin_words(const struct running *running, const char *phase, struct words *to)
{
	/* That there is no such container yet is no error. */
	bool asks = strcmp(phase, "state") == 0;

	words_add_list(to, running->container->runtime);
	if (running->container->program)
		to->words[0] = running->container->program;
	words_add(to, "--log");
	words_add(to, asks ? "/dev/null" : log_path);
	words_add(to, "--log-format");
	words_add(to, "json");
	words_add(to, phase);
}

static pid_t begin(const struct running *running, const char *phase, struct words *words,
                   const int streams[3], struct err *err)
{
	static const char *const nothing[] = { NULL };
	const struct container *container = running->container;
	const struct call how = {
		.phase = phase,
		.argv = words_argv(words),
		.dir = container->bundle,
		.streams = { streams[0], streams[1], streams[2] },
		.preserve = container->options->preserve,
		.env = container->program ? nothing : NULL,
		.dies_with_us = container->program != NULL,
		.journal = running->watch->journal,
	};

	return call_start(&how, err);
}

int container_make(const struct running *running, const char *phase, struct err *err)
{
	const struct container *container = running->container;
	auto_free char *pid_file = xasprintf("%s/%s", container->plan->bundle, pid_path);
	struct words words = { 0 };
	pid_t pid;

	begin_words(running, phase, &words);
	words_add(&words, "--bundle");
	words_add(&words, container->plan->bundle);
	words_add(&words, "--pid-file");
	words_add(&words, pid_file);
	if (running->watch->terminal->tty >= 0) {
		words_add(&words, "--console-socket");
		words_add(&words, console_socket);
	}
	words_add_all(&words, container->options->flags);
	words_add(&words, container->plan->facts.name);
	pid = begin(running, phase, &words, container->streams->inner, err);
	/* Its ends of the pipes must be its alone, or ours would never end. */
	streams_started(container->streams);
	if (pid < 0)
		return -1;
	watch_call(running->watch, pid, 0);
	if (container->program && container->options->warn)
		runtime_report_warnings(container->data, container->options->tool);
	return 0;
}

bool container_succeeded(const struct running *running)
{
	const struct ended *end = &running->watch->call_end;

	return end->code == CLD_EXITED && end->status == 0;
}

int container_blame(const struct running *running, const char *phase, struct err *err)
{
	const struct runtime_call how = {
		.runtime = running->container->plan->facts.runtime,
		.phase = phase,
		.code = running->watch->call_end.code,
		.status = running->watch->call_end.status,
		.data = running->container->data,
		.said = running->watch->said.data,
	};

	return runtime_failed(&how, err);
}

int container_call(const struct running *running, const char *phase, const char *flag,
                   struct err *err)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int said = watch_listen(running->watch, err);
	/* Nobody waits for these two; to the others hooks and steps of their own belong. */
	bool brief = strcmp(phase, "delete") == 0 || strcmp(phase, "state") == 0;
	struct words words = { 0 };
	pid_t pid;

	if (null < 0 || said < 0)
		return err_errno(err, phase, "cannot prepare the call");
	begin_words(running, phase, &words);
	if (flag)
		words_add(&words, flag);
	words_add(&words, running->container->plan->facts.name);
	pid = begin(running, phase, &words, (int[]){ null, null, said }, err);
	if (pid < 0)
		return -1;
	watch_call(running->watch, pid,
	           brief ? running->container->options->stop_timeout + 1 : 0);
	if (container_succeeded(running))
		return 0;
	container_blame(running, phase, err);
	return -1;
}

/* ---- the end ------------------------------------------------------------- */

void container_kill_rest(const struct running *running)
{
	const char *own = running->container->plan->cgroup;

	orphans_kill();
	if (own)
		cgroup_kill(own);
}

void container_abandon(const struct running *running)
{
	struct err ignored;

	watch_kill_init(running->watch);
	if (running->watch->init && running->watch->init_ours)
		watch_init(running->watch);
	container_kill_rest(running);
	(void)!container_call(running, "delete", "--force", &ignored);
}

/* The command's status is the user's, whatever becomes of the runtime's state. */
void container_delete(const struct running *running)
{
	struct err err = { 0 }, ignored;

	if (container_call(running, "delete", NULL, &err) < 0) {
		err_report(&err, running->container->options->tool);
		(void)!container_call(running, "delete", "--force", &ignored);
	}
}
