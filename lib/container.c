// SPDX-License-Identifier: Apache-2.0
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"
#include "cgroup.h"
#include "command.h"
#include "io.h"
#include "network.h"
#include "orphans.h"
#include "proc.h"
#include "runtime.h"
#include "spec.h"

enum {
	FAILED = 125,
	NOT_EXECUTABLE = 126,
	NOT_FOUND = 127,
	TIMED_OUT = 124,
	SIGNALLED = 128
};

/* Beside the bundle, which the runtime starts in: no path is too long, or too odd. */
static const char console_socket[] = "../console.sock";
static const char log_path[] = "../data/runtime.log";

/* Absolute with the bundle before it: with devices and a user namespace crun 1.8 changes
 * its directory. */
static const char pid_path[] = "../data/pid";

/* A run under way. */
struct running {
	const struct container *container;
	struct watch *watch;
	enum command command;
};

/* ---- calling the runtime ------------------------------------------------- */

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

/* Call it and wait until it has ended; -1 if it could not be started. */
static int call(const struct running *running, const char *phase, struct words *words,
                const int streams[3], struct err *err)
{
	/* Nobody waits for these two; to the others hooks and steps of their own belong. */
	bool brief = strcmp(phase, "delete") == 0 || strcmp(phase, "state") == 0;
	pid_t pid = begin(running, phase, words, streams, err);

	if (pid < 0)
		return -1;
	watch_call(running->watch, pid,
	           brief ? running->container->options->stop_timeout + 1 : 0);
	return 0;
}

/* "run" or "create", whose streams the container's process inherits. */
static int make_container(const struct running *running, const char *phase,
                          const int streams[3], struct err *err)
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
	pid = begin(running, phase, &words, streams, err);
	/* Its ends of the pipes must be its alone, or ours would never end. */
	streams_started(container->streams);
	if (pid < 0)
		return -1;
	watch_call(running->watch, pid, 0);
	if (container->program && container->options->warn)
		runtime_report_warnings(container->data, container->options->tool);
	return 0;
}

static bool succeeded(const struct running *running)
{
	const struct ended *end = &running->watch->call_end;

	return end->code == CLD_EXITED && end->status == 0;
}

/* The exit status for a call that did not do what was asked, and why. */
static int blame(const struct running *running, const char *phase, struct err *err)
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

/* "start", "delete" and "state": none of our streams is theirs, but what they say is heard.
 */
static int manage(const struct running *running, const char *phase, const char *flag,
                  struct err *err)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int said = watch_listen(running->watch, err);
	struct words words = { 0 };

	if (null < 0 || said < 0)
		return err_errno(err, phase, "cannot prepare the call");
	begin_words(running, phase, &words);
	if (flag)
		words_add(&words, flag);
	words_add(&words, running->container->plan->facts.name);
	if (call(running, phase, &words, (int[]){ null, null, said }, err) < 0)
		return -1;
	if (succeeded(running))
		return 0;
	blame(running, phase, err);
	return -1;
}

/* ---- the end ------------------------------------------------------------- */

static const char *own_cgroup(const struct running *running)
{
	return running->container->plan->cgroup;
}

/* Nothing of the container may outlive its process 1. */
static void kill_rest(const struct running *running)
{
	orphans_kill();
	if (own_cgroup(running))
		cgroup_kill(own_cgroup(running));
}

/* Whatever state it is in: end it, and have the runtime forget it. */
static void abandon(const struct running *running)
{
	struct err ignored;

	watch_kill_init(running->watch);
	if (running->watch->init && running->watch->init_ours)
		watch_init(running->watch);
	kill_rest(running);
	(void)!manage(running, "delete", "--force", &ignored);
}

static void note_over(const struct running *running)
{
	struct err ignored;

	(void)!journal_add_new(running->watch->journal, json_pack("{s:b}", "over", 1),
	                       &ignored);
}

/* The command's status is the user's, whatever becomes of the runtime's state. */
static void delete (const struct running *running)
{
	struct err err = { 0 }, ignored;

	if (manage(running, "delete", NULL, &err) < 0) {
		err_report(&err, running->container->options->tool);
		(void)!manage(running, "delete", "--force", &ignored);
	}
}

/* ---- the foreground run -------------------------------------------------- */

/* Every container has a pid, so what has none never was. */
static bool was_there(const struct running *running)
{
	return faccessat(running->container->data, "pid", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int run_status(const struct running *running, struct err *err)
{
	const struct ended *end = &running->watch->call_end;
	auto_free char *cause = NULL;

	if (end->code == CLD_EXITED && end->status == 0 && was_there(running))
		return 0;
	cause = runtime_cause(running->container->data);
	if (end->code == CLD_EXITED && !cause && was_there(running))
		return end->status;
	return blame(running, "run", err);
}

static int run_in_foreground(const struct running *running, struct err *err)
{
	if (make_container(running, "run", running->container->streams->inner, err) < 0)
		return FAILED;
	if (running->watch->call_end.code == CLD_EXITED)
		return run_status(running, err);
	blame(running, "run", err); /* it died before its container */
	abandon(running);
	return FAILED;
}

/* ---- create, start, wait, delete ----------------------------------------- */

static const char *command_name(const struct running *running)
{
	return doc_string(
		json_array_get(spec_get(running->container->plan->config, "/process/args"),
	                       0));
}

/* The runtime's words do not always say which command it was. */
static void name_command(const struct running *running, struct err *err)
{
	auto_free char *where = xasprintf("%s: ", command_name(running));

	err_under(err, where);
}

static int create(struct running *running, struct err *err)
{
	struct watch *watch = running->watch;
	int streams[3];
	int status = 0;

	memcpy(streams, running->container->streams->inner, sizeof(streams));
	watch->hold = true;
	if (make_container(running, "create", streams, err) < 0) {
		status = FAILED;
	} else if (!succeeded(running)) {
		status = blame(running, "create", err);
		if (status != FAILED)
			name_command(running, err);
		if (watch->call_end.code != CLD_EXITED)
			abandon(running);
	} else if (watch_find_init(watch, getpid(), err) < 0) {
		status = FAILED;
		if (!err->where[0])
			runtime_at(running->container->plan->facts.runtime, "create", err);
		abandon(running);
	}
	watch->hold = false;
	return status;
}

/* What a runtime's create did not look at, we can see now as the command will. */
static void look_again(struct running *running)
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
	look_again(running);
	if (copy_pid_file(running, err) < 0)
		return -1;
	return manage(running, "start", NULL, err);
}

static int not_started(const struct running *running, enum command why, struct err *err)
{
	if (why == COMMAND_MISSING)
		err_set(err, ERR_HOST, "is not there, or its interpreter is not");
	else
		err_set(err, ERR_HOST, "cannot be executed");
	err_where(err, "%s", *command_name(running) ? command_name(running) : "''");
	return why == COMMAND_MISSING ? NOT_FOUND : NOT_EXECUTABLE;
}

/* True if the name of process 1 is what executing the command would make it. */
static bool is_namesake(const struct running *running)
{
	const char *name = command_name(running), *slash = strrchr(name, '/');

	return str_starts(slash ? slash + 1 : name, running->watch->init_name);
}

/* Process 1 ended as the runtime's own: the kernel would not execute the command. */
static int not_executed(const struct running *running, struct err *err)
{
	auto_free char *cause = NULL;
	int status;

	if (running->container->program) /* ours says why */
		cause = runtime_cause(running->container->data);
	if (!cause)
		return not_started(running, running->command, err);
	status = blame(running, "start", err);
	if (status != FAILED)
		name_command(running, err);
	return status;
}

static int init_status(const struct running *running, struct err *err)
{
	const struct watch *watch = running->watch;

	if (watch->init_end.code != CLD_EXITED)
		return SIGNALLED + watch->init_end.status;
	if (!watch->renamed && watch->init_end.status != 0 && !is_namesake(running))
		return not_executed(running, err);
	return watch->init_end.status;
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

static int run_created(struct running *running, struct err *err)
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
		abandon(running);
		return FAILED;
	}
	watch_init(watch);
	network_down(&network, watch->err);
	kill_rest(running);
	watch_drain(watch);
	report_relay(running);
	delete (running);
	return init_status(running, err);
}

/* ---- either ---------------------------------------------------------------- */

static bool has_new_pid_namespace(const json_t *config)
{
	const json_t *list = spec_get(config, "/linux/namespaces");
	ptrdiff_t at = spec_find_entry(list, "type", "pid");

	return at >= 0 && !json_object_get(json_array_get(list, (size_t)at), "path");
}

/*
 * runc's foreground run copies output and error from two pipes, in any order, and what
 * cannot be written is lost without a word; crun's and ours give the command the
 * streams themselves.
 */
static bool keeps_output(const struct container *container)
{
	const char *runtime = container->plan->facts.runtime;
	const char *slash = strrchr(runtime, '/');

	return container->program || str_equal(slash ? slash + 1 : runtime, "crun") ||
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
	       has_new_pid_namespace(container->plan->config);
}

/* What the user is told, who has waited for it or asked for its end. */
static int final_status(const struct running *running, int status, struct err *err)
{
	const struct watch *watch = running->watch;

	if (watch->err->kind != ERR_NONE) {
		*err = *watch->err;
		return FAILED;
	}
	if (!watch_asked(watch))
		return status;
	err->kind = ERR_NONE; /* it failed because it was told to end */
	return watch->timed_out ? TIMED_OUT : SIGNALLED + watch->stop;
}

/*
 * A name that the user has given may be that of a container of somebody else's,
 * which we would delete in the end.
 */
static int check_name(const struct running *running, struct err *err)
{
	struct err ignored;

	if (!running->container->options->named ||
	    manage(running, "state", NULL, &ignored) < 0)
		return 0;
	err_set(err, ERR_HOST, "the runtime has a container of this name already");
	return err_where(err, "%s", running->container->plan->facts.name);
}

static int start_and_wait(struct running *running, struct err *err)
{
	const struct container *container = running->container;
	json_t *line = json_pack("{s:s, s:s, s:O}", "undo", "container", "name",
	                         container->plan->facts.name, "runtime",
	                         (json_t *)(uintptr_t)container->runtime);
	int status;

	if (running->command == COMMAND_MISSING || running->command == COMMAND_REFUSED) {
		json_decref(line);
		return not_started(running, running->command, err);
	}
	if (check_name(running, err) < 0) {
		json_decref(line);
		return FAILED;
	}
	if (journal_add_new(running->watch->journal, line, err) < 0)
		return FAILED;
	status = foreground_serves(running) ? run_in_foreground(running, err)
	                                    : run_created(running, err);
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
