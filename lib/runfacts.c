// SPDX-License-Identifier: Apache-2.0
#include "runfacts.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hooktrace.h"
#include "parse.h"
#include "spec.h"
#include "where.h"

/* ---- descriptors --------------------------------------------------------- */

int runfacts_check_preserved(const struct runargs *args, struct err *err)
{
	for (int fd = STDERR_FILENO + 1; fd <= STDERR_FILENO + (int)args->preserve; fd++)
		if (fcntl(fd, F_GETFD) < 0) {
			err_set(err, ERR_USAGE, "descriptor %d is not open", fd);
			return err_where(err, "--preserve-fds");
		}
	return 0;
}

/* "FILE" or "fd:N" as a descriptor, close-on-exec. */
static int open_input(const char *text, struct err *err)
{
	uint32_t number;
	struct stat st;
	int fd;

	if (!str_starts(text, "fd:"))
		fd = open(text, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	else if (parse_u32(text + 3, &number) && number <= INT_MAX)
		fd = fcntl((int)number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else
		return runargs_wrong(err, "--stdin",
		                     "fd: takes the number of a descriptor");
	if (fd < 0)
		return err_errno(err, "--stdin", "%s", text);
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		return fd;
	close(fd);
	return runargs_wrong(err, "--stdin", "is a directory");
}

/* What the command reads: nothing, if what we read was the document. */
static int choose_input(const struct runargs *args, const struct rundoc *from, int *ret,
                        struct err *err)
{
	*ret = from->file ? STDIN_FILENO : -1;
	if (!args->input)
		return 0;
	if (json_is_true(spec_get(from->doc, "/process/terminal")))
		return runargs_wrong(err, "--stdin", "does not go with a terminal");
	*ret = open_input(args->input, err);
	return *ret < 0 ? -1 : 0;
}

/* ---- names and places ---------------------------------------------------- */

static int choose_name(const char *given, char **ret, struct err *err)
{
	if (!given)
		return where_new_name(ret, err);
	if (where_check_name(given, err) < 0)
		return -1;
	*ret = xstrdup(given);
	return 0;
}

static int find_places(const struct runargs *args, struct runfacts *facts, struct err *err)
{
	if (args->prepare_only)
		facts->bundle = where_absolute(args->bundle);
	facts->run_root = where_run_root(args->run_root);
	facts->data_root = where_data_root(args->data_root);
	facts->cache_dir = where_cache_dir(args->cache_dir);
	if (!args->trace_hooks)
		return 0;
	facts->hook_records = where_absolute(args->trace_hooks);
	facts->program = hooktrace_program(err);
	return facts->program ? 0 : -1;
}

/* What our own mount covers while we work cannot hold what we work on. */
static int check_places(const struct runfacts *facts, struct err *err)
{
	static const char what[] = "must not lie in the run root";

	if (where_is_below(facts->data_root, facts->run_root))
		return runargs_wrong(err, "--data-root", what);
	if (facts->hook_records && where_is_below(facts->hook_records, facts->run_root))
		return runargs_wrong(err, "--trace-hooks", what);
	return 0;
}

/* Without it nobody knows which process is which, and no runtime works. */
static int check_proc(struct err *err)
{
	auto_free char *own = xasprintf("%d", getpid());
	char self[16] = "";

	(void)!readlink("/proc/self", self, sizeof(self) - 1);
	if (strcmp(self, own) == 0)
		return 0;
	err_set(err, ERR_HOST, "is not that of the processes here");
	err_where(err, "/proc");
	return err_hint(err, "mount -t proc proc /proc");
}

/* ---- who runs it --------------------------------------------------------- */

/* Whom systemd gives what, only systemd knows. */
static bool systemd_makes_cgroups(const struct runargs *args)
{
	for (struct opt_use *use = args->runtime_flags.first; use; use = use->next)
		if (strstr(use->arg, "systemd-cgroup"))
			return true;
	return false;
}

/* Chroot isolation has neither runtime nor cgroup. */
static int find_runtime(const struct runargs *args, const json_t *doc,
                        struct runfacts *facts, struct err *err)
{
	const char *wanted = args->runtime ? args->runtime : getenv("OCI_RUNTIME");

	if (facts->isolation == ISOLATION_CHROOT) {
		facts->runtime =
			(struct runtime){ xstrdup("chroot"), "it needs no runtime" };
		return 0;
	}
	if (runtime_find(wanted && *wanted ? wanted : NULL, &facts->runtime, err) < 0)
		return -1;
	cgroup_place_find(doc, facts->rootless, facts->runtime.path, &facts->cgroups);
	facts->makes_cgroups = !(facts->rootless && systemd_makes_cgroups(args));
	return 0;
}

int runfacts_gather(const struct runargs *args, const struct rundoc *from,
                    struct runfacts *ret, struct err *err)
{
	const json_t *network = spec_get(from->doc, "/ocipipe/network");

	if (choose_name(args->name, &ret->name, err) < 0 ||
	    find_places(args, ret, err) < 0 || check_proc(err) < 0 ||
	    check_places(ret, err) < 0 || choose_input(args, from, &ret->input, err) < 0 ||
	    netchoice_make(network, args->prepare_only, &ret->network, err) < 0)
		return -1;
	return find_runtime(args, from->doc, ret, err);
}
