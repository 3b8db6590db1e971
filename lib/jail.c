// SPDX-License-Identifier: Apache-2.0
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "jailinit.h"
#include "jailstate.h"
#include "namespaces.h"
#include "orphans.h"
#include "parse.h"
#include "proc.h"
#include "scbpf.h"
#include "scwords.h"
#include "spec.h"
#include "userns.h"

const char jail_word[] = "--as-runtime";

enum { FAILED = 1, SIGNALLED = 128 };

/* ---- the command line --------------------------------------------------------- */

struct command_line {
	const char *phase;
	const char *name;
	const char *state; /* a directory */
	const char *log;
	const char *pid_file;
	bool force;
	int owner; /* pidfd of whoever calls us, or -1 */
	struct jail jail;
};

static bool take_flag(const char *word, struct command_line *line)
{
	static const char preserve[] = "--preserve-fds=";
	uint32_t count;

	if (strcmp(word, "--no-pivot") == 0)
		line->jail.no_pivot = true;
	else if (strcmp(word, "--no-new-keyring") == 0)
		line->jail.no_new_keyring = true;
	else if (strcmp(word, "--force") == 0)
		line->force = true;
	else if (str_starts(word, preserve) && parse_u32(word + strlen(preserve), &count))
		line->jail.preserve = count;
	else
		return false;
	return true;
}

/* The caller is ourselves: what is not understood is our own mistake. */
static bool parse(char *const *words, struct command_line *line)
{
	const char *format = NULL;
	const struct {
		const char *name;
		const char **to;
	} values[] = {
		{ "--root", &line->state },
		{ "--log", &line->log },
		{ "--log-format", &format },
		{ "--bundle", &line->jail.bundle_path },
		{ "--pid-file", &line->pid_file },
		{ "--console-socket", &line->jail.console },
	};

	for (; *words; words++) {
		const char **to = NULL;

		for (size_t i = 0; i < ARRAY_LEN(values); i++)
			if (strcmp(values[i].name, *words) == 0)
				to = values[i].to;
		if (to && words[1])
			*to = *++words;
		else if (to || (**words == '-' && !take_flag(*words, line)))
			return false;
		else if (**words == '-')
			continue;
		else if (!line->phase)
			line->phase = *words;
		else
			line->name = *words;
	}
	return line->phase && line->name && line->state && line->log;
}

/* ---- before there is a process 1 ----------------------------------------------- */

static int read_config(json_t **ret, struct err *err)
{
	if (doc_parse_file("config.json", DOC_MAX_INPUT, ret, err) < 0)
		return -1;
	return json_is_object(*ret) ? 0 : err_set(err, ERR_INPUT, "no document");
}

static int compile_filter(struct jail *jail, struct err *err)
{
	const json_t *filter = spec_get(jail->config, "/linux/seccomp");

	if (!filter)
		return 0;
	if (!sc_bpf_make(filter, sc_native_arch(), &jail->filter) &&
	    sc_program_make(filter, sc_native_arch(), &jail->filter, err) < 0)
		return err_under(err, "/linux/seccomp");
	return jail->filter.count > 0 ? 0 : err_set(err, ERR_SYSTEM, "the filter is empty");
}

static int connect_console(struct jail *jail, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	jail->connection = -1;
	if (!jail->console)
		return 0;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", jail->console);
	jail->connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (jail->connection < 0 ||
	    connect(jail->connection, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_errno(err, jail->console, "cannot connect");
	return 0;
}

static int prepare(struct command_line *line, json_t **config, struct err *err)
{
	struct jail *jail = &line->jail;

	if (read_config(config, err) < 0)
		return -1;
	jail->config = *config;
	jail->bundle = jail->root = jail->proc = jail->connection = -1;
	capsets_read(spec_get(*config, "/process/capabilities"), &jail->caps);
	if (compile_filter(jail, err) < 0 || jail_unshare_time(jail, err) < 0)
		return -1;
	return connect_console(jail, err);
}

/* ---- process 1 ------------------------------------------------------------------- */

/* The other kinds are the host's, or were refused before (isolation.h). */
static int namespace_flags(const struct jail *jail)
{
	static const struct {
		const char *type;
		int flag;
	} kinds[] = {
		{ "ipc", CLONE_NEWIPC },   { "uts", CLONE_NEWUTS },
		{ "pid", CLONE_NEWPID },   { "cgroup", CLONE_NEWCGROUP },
		{ "user", CLONE_NEWUSER },
	};
	int flags = CLONE_NEWNS;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (namespaces_have(jail->config, kinds[i].type))
			flags |= kinds[i].flag;
	return jail->outer_pids ? flags & ~CLONE_NEWPID : flags;
}

/* Started, as far as we are concerned. */
struct child {
	pid_t pid;
	int channel;
};

static int write_score(const struct jail *jail, pid_t pid, struct err *err)
{
	auto_free char *path = xasprintf("/proc/%d/oom_score_adj", pid);
	auto_close int fd = -1;
	int64_t score;
	char text[32];
	int len;

	if (!doc_get_i64(spec_get(jail->config, "/process/oomScoreAdj"), &score))
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	len = snprintf(text, sizeof(text), "%d", (int)score);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		return err_errno(err, "/process/oomScoreAdj", "cannot be set");
	return 0;
}

static int map_ids(const struct jail *jail, const struct child *child, bool wanted,
                   struct err *err)
{
	char word = JAIL_MAPPED;

	if (write_score(jail, child->pid, err) < 0)
		return -1;
	if (!wanted)
		return 0;
	if (userns_map(child->pid, json_object_get(jail->config, "linux"), err) < 0)
		return -1;
	return write(child->channel, &word, 1) == 1 ? 0
	                                            : err_errno(err, "", "cannot go on");
}

static pid_t clone_process(int flags)
{
	return (pid_t)syscall(SYS_clone, (unsigned long)(flags | SIGCHLD), NULL, NULL, NULL,
	                      NULL);
}

static int start_child(struct command_line *line, int start, struct child *ret,
                       struct err *err)
{
	struct jail_process process = {
		.jail = &line->jail,
		.start = start,
		.owner = line->owner,
	};
	int flags = namespace_flags(&line->jail), ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, "", "cannot make a socket pair");
	process.waits_for_maps = flags & CLONE_NEWUSER;
	if (process.waits_for_maps) {
		process.unshare = flags & ~(CLONE_NEWUSER | CLONE_NEWPID);
		flags &= CLONE_NEWUSER | CLONE_NEWPID;
	}
	ret->channel = ends[0];
	ret->pid = clone_process(flags);
	if (ret->pid == 0) {
		close(ends[0]);
		process.channel = ends[1];
		if (start < 0)
			process.start = ends[1];
		jail_init(&process);
	}
	close(ends[1]);
	if (ret->pid < 0) {
		err_errno(err, "/linux/namespaces", "cannot be made");
		err->kind = ERR_HOST;
		return -1;
	}
	return map_ids(&line->jail, ret, process.waits_for_maps, err);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return FAILED;
	return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static void give_up(struct child *child)
{
	kill(child->pid, SIGKILL);
	wait_for(child->pid);
	cleanup_close(&child->channel);
}

/*
 * Without a pid namespace of its own it sees the processes around it, and a process
 * that may trace them would be outside at once.
 */
static int accept_outer_pids(struct jail *jail, struct err *err)
{
	struct err warning = { 0 };

	if (jail->caps.bounding >> cap_number("CAP_SYS_PTRACE") & 1) {
		err_set(err, ERR_HOST,
		        "with CAP_SYS_PTRACE it must have a pid namespace, but no new "
		        "/proc "
		        "can be mounted here");
		err_where(err, "/process/capabilities/bounding");
		return err_hint(err, "caps-apply --cap-drop=SYS_PTRACE");
	}
	err_set(&warning, ERR_HOST,
	        "no new /proc can be mounted here: it sees the processes around it, and "
	        "/proc is read-only");
	jail_log(jail, "warning", &warning);
	jail->outer_pids = true;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return 0;
}

/* Until it is ready.  -1: *err, which is quiet if it has said why itself. */
static int bring_up(struct command_line *line, int start, struct child *child,
                    struct err *err)
{
	for (;;) {
		char word = 0;

		if (start_child(line, start, child, err) < 0)
			break;
		if (read(child->channel, &word, 1) == 1 && word == JAIL_READY)
			return 0;
		give_up(child);
		child->pid = -1;
		if (word != JAIL_NO_PROC || line->jail.outer_pids)
			return err_set(err, ERR_QUIET, "it has said why");
		if (accept_outer_pids(&line->jail, err) < 0)
			return -1;
	}
	if (child->pid > 0)
		give_up(child);
	return -1;
}

/* ---- run ------------------------------------------------------------------------- */

static int write_pid(const struct command_line *line, pid_t pid, struct err *err)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", pid);

	return io_write_file(line->pid_file, text, (size_t)len, 0644, false, err);
}

static int run(struct command_line *line, struct err *err)
{
	struct child child = { -1, -1 };
	char word = JAIL_GO;
	int status;

	if (bring_up(line, -1, &child, err) < 0)
		return FAILED;
	if (write_pid(line, child.pid, err) < 0 || write(child.channel, &word, 1) != 1) {
		give_up(&child);
		return FAILED;
	}
	cleanup_close(&child.channel);
	status = wait_for(child.pid);
	if (line->jail.outer_pids)
		orphans_kill(); /* nothing of it outlives it */
	return status;
}

/* ---- create, and the others --------------------------------------------------------- */

static int create(struct command_line *line, struct err *err)
{
	struct child child = { -1, -1 };
	auto_close int start = jailstate_make(line->state, line->name, err);
	auto_close int owner = proc_open(getppid());

	if (start < 0)
		return FAILED;
	line->owner = owner;
	if (bring_up(line, start, &child, err) < 0)
		return FAILED;
	if (jailstate_write(line->state, line->name, child.pid, err) < 0 ||
	    write_pid(line, child.pid, err) < 0) {
		give_up(&child);
		return FAILED;
	}
	return 0;
}

static int run_or_create(struct command_line *line, struct err *err)
{
	json_t *config = NULL;
	int status = FAILED;

	if (prepare(line, &config, err) == 0)
		status = strcmp(line->phase, "run") == 0 ? run(line, err)
		                                         : create(line, err);
	sc_program_free(&line->jail.filter);
	cleanup_close(&line->jail.connection);
	json_decref(config);
	return status;
}

static int do_phase(struct command_line *line, struct err *err)
{
	if (strcmp(line->phase, "run") == 0 || strcmp(line->phase, "create") == 0)
		return run_or_create(line, err);
	if (strcmp(line->phase, "start") == 0)
		return jailstate_start(line->state, line->name, err) < 0 ? FAILED : 0;
	if (strcmp(line->phase, "state") == 0)
		return jailstate_is_alive(line->state, line->name) ? 0 : FAILED;
	if (strcmp(line->phase, "delete") == 0)
		return jailstate_remove(line->state, line->name, line->force, err) < 0
		               ? FAILED
		               : 0;
	err_set(err, ERR_USAGE, "unknown phase '%s'", line->phase);
	return FAILED;
}

int jail_main(char *const *words)
{
	struct command_line line = { .owner = -1 };
	struct err err = { 0 };
	int status;

	prctl(PR_SET_NAME, "ocirun:jail", 0, 0, 0);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || !parse(words, &line))
		return FAILED;
	line.jail.log = open(line.log,
	                     O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (line.jail.log < 0)
		return FAILED;
	status = do_phase(&line, &err);
	if (err.kind != ERR_NONE && err.kind != ERR_QUIET)
		jail_log(&line.jail, "error", &err);
	cleanup_close(&line.jail.log);
	return status;
}
