// SPDX-License-Identifier: Apache-2.0
/*
 * seccomp-apply - choose which system calls a container may make
 */
#include "filter.h"
#include "profile.h"
#include "spec.h"

/* A filter that somebody else wrote stays as it is. */
static int apply(json_t *doc, const void *data UNUSED, struct err *err)
{
	if (spec_get(doc, "/linux/seccomp") && !profile_relied_changed(doc))
		return 0;
	return profile_apply_default(doc, err);
}

static const struct filter seccomp_apply = {
	.name = "seccomp-apply",
	.summary = "choose which system calls a container may make",
	.owns = (const char *const[]){ "/linux/seccomp", NULL },
	.reads = (const char *const[]){ "/process/capabilities", NULL },
	.apply = apply,
};

int main(int argc, char *argv[])
{
	return filter_main(&seccomp_apply, argc, argv);
}
