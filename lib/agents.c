// SPDX-License-Identifier: Apache-2.0
#include "agents.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "agentrelay.h"
#include "keyagent.h"
#include "owners.h"
#include "spec.h"

enum { DEFAULT_MODE = 0600 /* B193 */, QUEUE = 128 };

/* ---- deciding ------------------------------------------------------------ */

/* What --dry-run shows of where it is: "$NAME", "PATH", "PATH, PATH". */
static json_t *origin(const json_t *source)
{
	const char *env = step_text(source, "env");
	auto_buf struct buf list = { 0 };
	const json_t *path;
	size_t i;

	if (env)
		return json_sprintf("$%s", env);
	json_array_foreach(json_object_get(source, "paths"), i, path)
		buf_printf(&list, "%s%s", i ? ", " : "", doc_string(path));
	return json_string(list.data ? list.data : "");
}

void agents_plan(struct plan *plan, const json_t *doc)
{
	step_add_shown(plan, doc, "ssh", origin);
}

/* ---- the agent ----------------------------------------------------------- */

/* An agent that is not there now will not be there for the command either. */
static int probe(int agent, const char *where, struct err *err)
{
	auto_close int fd = agentrelay_connect(agent);

	if (fd >= 0)
		return 0;
	err_errno(err, where, "no agent answers there");
	err->kind = ERR_HOST;
	return -1;
}

/* The socket at this path, whatever its length: 1; 0 if that is a file of another kind. */
static int open_socket(const char *path, int *ret, struct err *err)
{
	auto_close int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_errno(err, path, "cannot be opened");
		err->kind = ERR_HOST;
		return -1;
	}
	if (!S_ISSOCK(st.st_mode))
		return 0;
	*ret = steal_fd(&fd);
	return 1;
}

static int find_by_variable(const char *name, struct err *err)
{
	const char *path = getenv(name);
	auto_free char *where = xasprintf("$%s", name);
	auto_close int fd = -1;
	int is_socket;

	if (!path || !*path) {
		err_set(err, ERR_HOST, "is not set: there is no agent");
		err_where(err, "%s", where);
		return err_hint(err, "sudo drops variables: sudo --preserve-env=%s", name);
	}
	is_socket = open_socket(path, &fd, err);
	if (is_socket < 0)
		return -1;
	if (!is_socket) {
		err_set(err, ERR_HOST, "is not a socket");
		return err_where(err, "%s", path);
	}
	return probe(fd, path, err) < 0 ? -1 : steal_fd(&fd);
}

static int start_own(const struct acting *acting, const json_t *step, int dir,
                     const json_t *paths, struct err *err)
{
	auto_free char *name = xasprintf("keys-%s", step_text(step, "name"));
	auto_close int fd = -1;

	if (keyagent_start(acting->watch, dir, name, paths, err) < 0)
		return -1;
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "ssh-agent", "has no socket");
	return steal_fd(&fd);
}

/* B412: one socket, or keys. */
static int find_agent(const struct acting *acting, const json_t *step, int dir,
                      struct err *err)
{
	const json_t *source = json_object_get(step, "source");
	const json_t *paths = json_object_get(source, "paths");
	const char *env = step_text(source, "env");
	const char *path = doc_string(json_array_get(paths, 0));
	auto_close int fd = -1;
	int is_socket = 0;

	if (env)
		return find_by_variable(env, err);
	if (!path)
		return err_set(err, ERR_INPUT, "there is no path of a socket or key");
	if (json_array_size(paths) == 1)
		is_socket = open_socket(path, &fd, err);
	if (is_socket < 0)
		return -1;
	if (!is_socket)
		return start_own(acting, step, dir, paths, err);
	return probe(fd, path, err) < 0 ? -1 : steal_fd(&fd);
}

/* ---- the container's socket ---------------------------------------------- */

/* B197 */
static int dress(const struct acting *acting, const json_t *step, int dir, const char *name,
                 struct err *err)
{
	const char *label = doc_string(spec_get(acting->plan->config, "/linux/mountLabel"));
	auto_close int made = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	uint64_t mode = DEFAULT_MODE;
	struct owner owner;

	(void)!doc_get_u64(json_object_get(step, "mode"), &mode);
	if (made < 0)
		return err_errno(err, "", "cannot open its socket");
	if (owners_label(made, label, false, err) < 0 ||
	    step_owner(acting, step, &owner, err) < 0)
		return -1;
	if (fchownat(dir, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(dir, name, (mode_t)mode & 0777, 0) < 0)
		return err_errno(err, "", "cannot give its socket to %u:%u", owner.uid,
		                 owner.gid);
	return 0;
}

static int make_listener(const struct acting *acting, const json_t *step, int dir,
                         struct err *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = step_text(step, "name");

	/* By descriptor: the run root's path may be longer than a socket's can be. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir,
	         name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, QUEUE) < 0)
		return err_errno(err, "", "cannot make its socket");
	return dress(acting, step, dir, name, err) < 0 ? -1 : steal_fd(&fd);
}

/* ---- the process between them -------------------------------------------- */

/* Nothing of ours but the two descriptors is open in it. */
_Noreturn static void relay(pid_t parent, int listener, int agent)
{
	enum { LISTENER = STDERR_FILENO + 1, AGENT, FIRST_FREE };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int from[] = { null, null, null, listener, agent };

	/* A container that sees the host's processes finds no way to the agent in this. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    getppid() != parent)
		_exit(1);
	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, FIRST_FREE);
	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		if (dup2(from[i], (int)i) < 0)
			_exit(1);
	syscall(SYS_close_range, FIRST_FREE, ~0U, 0);
	agentrelay_run(LISTENER, AGENT);
}

int agents_act(const struct acting *acting, const json_t *step, struct err *err)
{
	auto_close int dir = step_place(acting, "agents", false, err), agent = -1,
		       listener = -1;
	pid_t parent = getpid(), pid;

	if (dir >= 0)
		agent = find_agent(acting, step, dir, err);
	if (agent >= 0)
		listener = make_listener(acting, step, dir, err);
	if (listener < 0) {
		auto_free char *above = xasprintf("%s%s", step_text(step, "path"),
		                                  err->where[0] ? ": " : "");

		return err_under(err, above);
	}
	pid = fork();
	if (pid == 0)
		relay(parent, listener, agent);
	return pid < 0 ? err_errno(err, "", "cannot fork") : 0;
}
