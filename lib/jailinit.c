// SPDX-License-Identifier: Apache-2.0
#include "jailinit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spec.h"
#include "userns.h"

enum { FAILED = 1, USUAL_UMASK = 022 };

static void add_line(struct buf *out, const char *level, const char *text)
{
	json_auto_t *line = json_pack("{s:s, s:s}", "level", level, "msg", text);

	if (!line)
		return;
	doc_print(line, DOC_COMPACT, out);
	buf_char(out, '\n');
}

void jail_log(const struct jail *jail, const char *level, const struct err *err)
{
	auto_free char *text =
		xasprintf("%s%s%s", err->where, err->where[0] ? ": " : "", err->what);
	auto_buf struct buf out = { 0 };

	add_line(&out, level, text);
	if (err->hint[0])
		add_line(&out, "hint", err->hint);
	(void)!write(jail->log, out.data, out.len);
}

int jail_cannot(const char *where, const char *what, struct err *err)
{
	err_errno(err, where, "%s", what);
	err->kind = ERR_HOST;
	return -1;
}

int jail_differs(const char *where, struct err *err)
{
	err_set(err, ERR_HOST, "was set, but reads otherwise");
	return err_where(err, "%s", where);
}

static int read_word(int from)
{
	char word;
	ssize_t got;

	do
		got = read(from, &word, 1);
	while (got < 0 && errno == EINTR);
	return got == 1 ? word : -1;
}

/* Nobody starts it if its owner has ended meanwhile. */
static bool may_start(const struct jail_process *process)
{
	struct pollfd fds[] = {
		{ .fd = process->start, .events = POLLIN },
		{ .fd = process->owner, .events = POLLIN },
	};

	while (poll(fds, ARRAY_LEN(fds), -1) < 0)
		if (errno != EINTR)
			return false;
	return fds[0].revents && read_word(process->start) == JAIL_GO;
}

static int tell(int to, char word)
{
	return write(to, &word, 1) == 1 ? 0 : -1;
}

/* ---- the parts, in order -------------------------------------------------------- */

static int begin(const struct jail_process *process, struct err *err)
{
	if (process->waits_for_maps &&
	    (read_word(process->channel) != JAIL_MAPPED || userns_become_root(err) < 0))
		return err->kind ? -1 : err_set(err, ERR_QUIET, "no mappings");
	if (process->unshare && unshare(process->unshare) < 0) {
		err_errno(err, "/linux/namespaces", "cannot be made");
		err->kind = ERR_HOST;
		return -1;
	}
	if (setsid() < 0)
		return err_errno(err, "", "cannot begin a session");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_errno(err, "/", "cannot detach the mounts from the host's");
	return 0;
}

/* The keys of whoever started us are not the container's. */
static int leave_keyring(const struct jail *jail, struct err *err)
{
	if (jail->no_new_keyring ||
	    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	/* Where keys cannot be used at all, none can be seen. */
	if (errno == ENOSYS || errno == EPERM)
		return 0;
	err_errno(err, "", "cannot have a keyring of its own");
	return err_hint(err, "--no-new-keyring");
}

static int set_mask(const struct jail *jail)
{
	uint64_t mask = USUAL_UMASK;
	const json_t *given = spec_get(jail->config, "/process/user/umask");

	if (given && !doc_get_u64(given, &mask))
		return -1;
	umask((mode_t)mask);
	return 0;
}

static int settle(struct jail *jail, struct err *err)
{
	umask(USUAL_UMASK);
	if (jail_open_root(jail, err) < 0 || jail_mount_all(jail, err) < 0 ||
	    jail_make_devices(jail, err) < 0 || jail_set_kernel(jail, err) < 0 ||
	    jail_set_labels(jail, err) < 0 || jail_make_terminal(jail, err) < 0)
		return -1;
	if (jail_pivot(jail, err) < 0 || jail_hide(jail, err) < 0)
		return -1;
	return leave_keyring(jail, err);
}

/* No descriptor leads anywhere but those for the command and two that end with it. */
static int close_rest(struct jail *jail)
{
	cleanup_close(&jail->root);
	cleanup_close(&jail->proc);
	cleanup_close(&jail->connection);
	jail->root = jail->proc = jail->connection = -1;
	return (int)syscall(SYS_close_range, STDERR_FILENO + 1 + jail->preserve, ~0U,
	                    4 /* CLOSE_RANGE_CLOEXEC */);
}

static int become(struct jail *jail, struct err *err)
{
	bool entered = false;
	struct err ignored;

	if (close_rest(jail) < 0)
		return err_errno(err, "", "cannot close descriptors");
	if (jail_enter_directory(jail, &entered, &ignored) < 0 && entered) {
		*err = ignored;
		return -1;
	}
	if (jail_become(jail, err) < 0 || jail_enter_directory(jail, &entered, err) < 0)
		return -1;
	return set_mask(jail) < 0 ? err_at(err, "/process/user/umask", "must be a mode")
	                          : 0;
}

static int start(const struct jail_process *process, struct err *err)
{
	/* From now on: that of whoever waits for us. */
	if (process->start == process->channel)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (tell(process->channel, JAIL_READY) < 0 || !may_start(process))
		return err_set(err, ERR_QUIET, "nobody wants it");
	if (process->start != process->channel)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (jail_confine(process->jail, err) < 0)
		return -1;
	return jail_execute(process->jail, err);
}

_Noreturn void jail_init(const struct jail_process *process)
{
	struct jail *jail = process->jail;
	struct err err = { 0 };
	int proc;

	prctl(PR_SET_NAME, "ocirun:init", 0, 0, 0);
	if (begin(process, &err) == 0) {
		proc = jail_open_proc(jail, &err);
		if (proc == 0 && !jail->outer_pids) {
			(void)!tell(process->channel, JAIL_NO_PROC);
			_exit(FAILED);
		}
		if (proc >= 0 && settle(jail, &err) == 0 && become(jail, &err) == 0)
			(void)!start(process, &err);
	}
	if (err.kind != ERR_QUIET)
		jail_log(jail, "error", &err);
	_exit(FAILED);
}
