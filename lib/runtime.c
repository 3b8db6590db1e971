// SPDX-License-Identifier: Apache-2.0
#include "runtime.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doc.h"
#include "io.h"

/* ---- finding ------------------------------------------------------------- */

static bool executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* `name` in $PATH and in the places where distributions put runtimes (B277); owned. */
static char *search(const char *name)
{
	static const char more[] =
		"/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin:/sbin:/bin";
	const char *path = getenv("PATH");
	auto_free char *all = xasprintf("%s:%s", path ? path : "", more);
	char *rest = all;

	for (char *dir; (dir = strsep(&rest, ":"));) {
		auto_free char *file = xasprintf("%s/%s", dir, name);

		if (*dir == '/' && executable(file))
			return steal(&file);
	}
	return NULL;
}

/* cgroup v1 with a v2 hierarchy beside it, which crun refuses to work with. */
static bool hybrid_cgroups(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup/unified", &fs) == 0 &&
	       fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int not_found(const char *name, struct err *err)
{
	err_set(err, ERR_HOST, "there is no runtime %s", name);
	return err_hint(err, "install runc or crun, or name one with --runtime");
}

static int find_named(const char *wanted, struct runtime *ret, struct err *err)
{
	ret->why = "as asked";
	if (!strchr(wanted, '/')) {
		ret->path = search(wanted);
		return ret->path ? 0 : not_found(wanted, err);
	}
	ret->path = realpath(wanted, NULL);
	if (!ret->path)
		return not_found(wanted, err);
	if (executable(ret->path))
		return 0;
	free(steal(&ret->path));
	return err_set(err, ERR_HOST, "%s is not an executable file", wanted);
}

int runtime_find(const char *wanted, struct runtime *ret, struct err *err)
{
	*ret = (struct runtime){ 0 };
	if (wanted)
		return find_named(wanted, ret, err);
	if (!hybrid_cgroups()) {
		ret->path = search("crun");
		ret->why = "crun comes first";
	}
	if (!ret->path) {
		ret->path = search("runc");
		ret->why = hybrid_cgroups() ? "crun does not run on hybrid cgroups"
		                            : "no crun here";
	}
	return ret->path ? 0 : not_found("runc or crun", err);
}

/* ---- how it ended -------------------------------------------------------- */

enum { LARGEST = 1024 * 1024, FAILED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

/* The message of a line {"level":"error","msg":...}, owned, or NULL for another line. */
static char *error_message(const char *line, size_t len)
{
	json_auto_t *entry = NULL;
	const char *level, *message;
	struct err ignored;

	if (doc_parse(line, len, &entry, &ignored) < 0)
		return NULL;
	level = doc_string(json_object_get(entry, "level"));
	message = doc_string(json_object_get(entry, "msg"));
	if (!message || !(str_equal(level, "error") || str_equal(level, "fatal")))
		return NULL;
	return xstrdup(message);
}

/* The first error in the log, owned, or NULL. */
static char *first_cause(const char *log)
{
	auto_buf struct buf text = { 0 };
	struct err ignored;
	const char *line;

	if (io_read_file(log, LARGEST, &text, &ignored) < 0)
		return NULL;
	for (line = text.data; *line;) {
		size_t len = strcspn(line, "\n");
		char *message = error_message(line, len);

		if (message)
			return message;
		line += len + (line[len] == '\n');
	}
	return NULL;
}

/* What runc and crun say of a command that the kernel would not execute. */
static int cause_status(const char *cause)
{
	bool exec = strstr(cause, "exec") != NULL;

	if (strstr(cause, "executable file") && strstr(cause, "not found"))
		return NOT_FOUND;
	if (exec && strstr(cause, "no such file or directory"))
		return NOT_FOUND;
	if (exec &&
	    (strstr(cause, "permission denied") || strstr(cause, "Permission denied") ||
	     strstr(cause, "exec format error") || strstr(cause, "Exec format error")))
		return NOT_EXECUTABLE;
	if (exec && strstr(cause, "No such file or directory"))
		return NOT_FOUND;
	return FAILED;
}

int runtime_status(const struct runtime_end *end, struct err *err)
{
	auto_free char *cause = NULL;

	if (end->code == CLD_EXITED && end->status == 0)
		return 0;
	cause = first_cause(end->log);
	if (cause) {
		err_set(err, ERR_HOST, "%s: %s", end->runtime, cause);
		return cause_status(cause);
	}
	if (end->code == CLD_EXITED)
		return end->status;
	err_set(err, ERR_HOST, "%s was killed by signal %d", end->runtime, end->status);
	return FAILED;
}
