// SPDX-License-Identifier: Apache-2.0
#include "crunhooks.h"

#include <fcntl.h>
#include <unistd.h>

#include "hooklist.h"
#include "hookstate.h"
#include "hooktrace.h"
#include "runtime.h"
#include "stage.h"

/* The container's root may reach nothing of the host: show it the program. */
static char *show_program(const struct plan *plan, const char *program, struct err *err)
{
	auto_free char *to = xasprintf("%s/ocirun", plan->facts.run_root);
	auto_close int fd = open(program, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, program, "cannot open"), NULL;
	return stage_bind(fd, to, -1, err) < 0 ? NULL : steal(&to);
}

static void put_stage(json_t *list, const char *program)
{
	json_t *hook;
	size_t i;

	json_array_foreach(list, i, hook)
		hook_call_by(hook, program, json_pack("[s, s]", "ocirun", hookstate_word));
}

static int put(json_t *hooks, const struct plan *plan, struct err *err)
{
	auto_free char *program = hooktrace_program(err), *shown = NULL;

	if (!program)
		return -1;
	for (int stage = 0; stage < HOOK_STAGES; stage++) {
		json_t *list = json_object_get(hooks, name_of(hook_stages, stage));

		if (stage == HOOK_START_CONTAINER || json_array_size(list) == 0)
			continue;
		if (stage == HOOK_CREATE_CONTAINER && plan->user_namespace) {
			shown = show_program(plan, program, err);
			if (!shown)
				return -1;
		}
		put_stage(list, shown && stage == HOOK_CREATE_CONTAINER ? shown : program);
	}
	return 0;
}

json_t *crunhooks_add(const struct plan *plan, struct err *err)
{
	const json_t *hooks = json_object_get(plan->config, "hooks");
	json_auto_t *config = NULL, *mine = NULL;

	if (!hooks || plan->facts.hook_records || !runtime_is(plan->facts.runtime, "crun"))
		return json_incref(plan->config);
	mine = json_deep_copy(hooks);
	if (put(mine, plan, err) < 0)
		return NULL;
	config = json_copy(plan->config);
	json_object_set(config, "hooks", mine);
	return json_incref(config);
}
