// SPDX-License-Identifier: Apache-2.0
#include "hooktrace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "hooklist.h"
#include "hookrecord.h"
#include "spec.h"

/* A path that the runtime can execute. */
char *hooktrace_program(struct err *err)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path));

	if (len > 0 && (size_t)len < sizeof(path))
		return xstrndup(path, (size_t)len);
	err_errno(err, "/proc/self/exe", "cannot find out what is running");
	return NULL;
}

/* ---- the configuration --------------------------------------------------- */

static char *record_name(const char *stage, size_t index)
{
	return xasprintf("%s-%zu.json", stage, index);
}

/* The time-out is the recorder's, who then says so; the runtime's is behind it. */
static void replace(json_t *hook, const char *program, const char *file, const char *stage)
{
	enum { GRACE = 5 };
	uint64_t seconds;

	if (!doc_get_u64(json_object_get(hook, "timeout"), &seconds))
		seconds = 0;
	hook_call_by(hook, program,
	             json_pack("[s, s, s, s, o]", "ocirun", hookrecord_word, file, stage,
	                       json_sprintf("%llu", (unsigned long long)seconds)));
	if (!json_object_get(hook, "env"))
		json_object_set_new(hook, "env", json_array());
	if (seconds > 0 && seconds <= INT_MAX - GRACE)
		json_object_set_new(hook, "timeout", doc_u64(seconds + GRACE));
}

void hooktrace_put(json_t *config, const char *program, const char *dir)
{
	json_t *hooks = json_object_get(config, "hooks"), *hook;
	size_t i;

	for (int stage = 0; stage < HOOK_STAGES; stage++) {
		const char *name = name_of(hook_stages, stage);

		if (stage == HOOK_START_CONTAINER)
			continue;
		json_array_foreach(json_object_get(hooks, name), i, hook) {
			auto_free char *record = record_name(name, i);
			auto_free char *file = xasprintf("%s/%s", dir, record);

			replace(hook, program, file, name);
		}
	}
}

/* ---- the files ----------------------------------------------------------- */

/* createContainer's hooks run as the container's root, who can then write it. */
static int make_file(int dir, const char *name, struct owner owner, struct err *err)
{
	auto_close int fd = -1;

	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return err_errno(err, name, "cannot be replaced");
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fchown(fd, owner.uid, owner.gid) < 0)
		return err_errno(err, name, "cannot be made");
	return 0;
}

static int make_files(int dir, const struct acting *acting, struct err *err)
{
	const json_t *hooks = json_object_get(acting->plan->config, "hooks");

	for (int stage = 0; stage < HOOK_STAGES; stage++) {
		const char *name = name_of(hook_stages, stage);
		size_t count = json_array_size(json_object_get(hooks, name));

		for (size_t i = 0; stage != HOOK_START_CONTAINER && i < count; i++) {
			auto_free char *record = record_name(name, i);

			if (make_file(dir, record, acting->root_ids, err) < 0)
				return -1;
		}
	}
	return 0;
}

int hooktrace_act(const struct acting *acting, const json_t *step, struct err *err)
{
	const char *path = step_text(step, "path");
	auto_close int dir = -1;

	if (mkdir(path, 0711) < 0 && errno != EEXIST)
		return err_errno(err, path, "cannot be made");
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, path, "cannot open");
	return make_files(dir, acting, err);
}
