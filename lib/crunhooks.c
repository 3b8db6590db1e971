// SPDX-License-Identifier: Apache-2.0
#include "crunhooks.h"

#include <fcntl.h>

#include "hooklist.h"
#include "hookstate.h"
#include "hooktrace.h"
#include "runtime.h"
#include "stage.h"

/* The program as the hooks of a stage can reach it: nothing of the host may be in reach of
 * the container's root, who is shown it. */
static char *program_for(const struct plan *plan, int stage, struct err *err)
{
	auto_free char *program = hooktrace_program(err), *shown = NULL;
	auto_close int fd = -1;

	if (!program || stage != HOOK_CREATE_CONTAINER || !plan->user_namespace)
		return steal(&program);
	shown = xasprintf("%s/ocirun", plan->facts.run_root);
	fd = open(program, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, program, "cannot open"), NULL;
	return stage_bind(fd, shown, -1, err) < 0 ? NULL : steal(&shown);
}

static int put_stage(json_t *list, const struct plan *plan, int stage, struct err *err)
{
	auto_free char *program = program_for(plan, stage, err);
	json_t *hook;
	size_t i;

	if (!program)
		return -1;
	json_array_foreach(list, i, hook)
		hook_call_by(hook, program, json_pack("[s, s]", "ocirun", hookstate_word));
	return 0;
}

static int put(json_t *hooks, const struct plan *plan, struct err *err)
{
	for (int stage = 0; stage < HOOK_STAGES; stage++) {
		json_t *list = json_object_get(hooks, name_of(hook_stages, stage));

		if (stage == HOOK_START_CONTAINER || json_array_size(list) == 0)
			continue;
		if (put_stage(list, plan, stage, err) < 0)
			return -1;
	}
	return 0;
}

json_t *crunhooks_add(const struct plan *plan, struct err *err)
{
	const json_t *hooks = json_object_get(plan->config, "hooks");
	json_auto_t *mine = NULL;
	json_t *ret;

	if (!hooks || plan->facts.hook_records || !runtime_is(plan->facts.runtime, "crun"))
		return json_incref(plan->config);
	mine = json_deep_copy(hooks);
	if (put(mine, plan, err) < 0)
		return NULL;
	ret = json_copy(plan->config);
	json_object_set(ret, "hooks", mine);
	return ret;
}
