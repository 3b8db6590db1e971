// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spec.h"

/* ---- labels ------------------------------------------------------------------ */

static int write_label(const char *path, const char *text, const char *where,
                       struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = (ssize_t)strlen(text);

	if (fd >= 0 && write(fd, text, (size_t)len) == len)
		return 0;
	err_errno(err, where, "cannot be set");
	err->kind = ERR_HOST;
	return -1;
}

/* B377; a profile that nobody would enforce is an error. */
static int set_profile(const char *name, struct err *err)
{
	static const char stacked[] = "/proc/thread-self/attr/apparmor/exec";
	auto_free char *text = xasprintf("exec %s", name);

	if (access("/sys/kernel/security/apparmor", F_OK) < 0) {
		err_set(err, ERR_HOST, "AppArmor is not enabled on this host");
		return err_where(err, "/process/apparmorProfile");
	}
	return write_label(access(stacked, F_OK) == 0 ? stacked
	                                              : "/proc/thread-self/attr/exec",
	                   text, "/process/apparmorProfile", err);
}

static int set_selinux(const char *label, struct err *err)
{
	if (access("/sys/fs/selinux/enforce", F_OK) < 0) {
		err_set(err, ERR_HOST, "SELinux is not enabled on this host");
		return err_where(err, "/process/selinuxLabel");
	}
	return write_label("/proc/thread-self/attr/exec", label, "/process/selinuxLabel",
	                   err);
}

int jail_set_labels(const struct jail *jail, struct err *err)
{
	const char *profile =
		doc_string(spec_get(jail->config, "/process/apparmorProfile"));
	const char *label = doc_string(spec_get(jail->config, "/process/selinuxLabel"));

	if (profile && *profile && set_profile(profile, err) < 0)
		return -1;
	return label && *label ? set_selinux(label, err) : 0;
}

/* ---- where it starts ----------------------------------------------------------- */

/* A working directory that is not below the root is somebody's way out of it. */
static int check_inside(const char *path, struct err *err)
{
	char where[PATH_MAX];
	long len = syscall(SYS_getcwd, where, sizeof(where));

	if (len > 0 && where[0] == '/')
		return 0;
	err_set(err, ERR_HOST, "%s leads out of the root filesystem", path);
	return err_where(err, "/process/cwd");
}

int jail_enter_directory(const struct jail *jail, bool *entered, struct err *err)
{
	const char *path = doc_string(spec_get(jail->config, "/process/cwd"));

	if (*entered)
		return 0;
	if (chdir(path) < 0) {
		err_errno(err, "/process/cwd", "%s cannot be the working directory", path);
		err->kind = ERR_HOST;
		return -1;
	}
	*entered = true;
	return check_inside(path, err);
}

/* ---- the command ---------------------------------------------------------------- */

/* As C strings that live as long as the document; NULL at the end. */
static const char **list_of(const json_t *array)
{
	const char **list = xcalloc(json_array_size(array) + 1, sizeof(*list));
	const json_t *word;
	size_t i;

	json_array_foreach(array, i, word)
		list[i] = doc_string(word);
	return list;
}

/* Each place of PATH, which is the container's own (B382). */
static void search(const char *path, const char *name, char *const *argv, char *const *env)
{
	int error = ENOENT;

	for (;;) {
		size_t len = strcspn(path, ":");
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%.*s%s%s", (int)len, path, len ? "/" : "",
		         name);
		execve(file, argv, env);
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
		path += len;
		if (!*path)
			break;
		path++;
	}
	errno = error;
}

int jail_execute(const struct jail *jail, struct err *err)
{
	const json_t *args = spec_get(jail->config, "/process/args");
	const json_t *env = spec_get(jail->config, "/process/env");
	auto_free const char **argv = list_of(args), **envp = list_of(env);
	char *const *words = (char *const *)(uintptr_t)argv;
	char *const *entries = (char *const *)(uintptr_t)envp;
	const char *path = spec_env_get(env, "PATH");

	if (!argv[0])
		return err_at(err, "/process/args", "names no command");
	if (strchr(argv[0], '/'))
		execve(argv[0], words, entries);
	else
		search(path ? path : "", argv[0], words, entries);
	/* The words by which a runtime's failure to execute is known. */
	err_errno(err, "", "exec: \"%s\"", argv[0]);
	err->kind = ERR_HOST;
	return -1;
}
