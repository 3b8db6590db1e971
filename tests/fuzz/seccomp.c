// SPDX-License-Identifier: Apache-2.0
/* Profiles of system calls: what they become has the shape of /linux/seccomp. */
#include "fuzz.h"
#include "profile.h"
#include "schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const pointers[] = { "/linux/seccomp", NULL };
	const struct profile_target target = { .arch = SC_X86_64 };
	json_auto_t *profile = fuzz_json(data, size);
	json_auto_t *looked = json_object();
	json_auto_t *doc = NULL;
	json_t *filter;
	struct err err;

	if (!profile || profile_check(profile, &err) < 0 ||
	    profile_resolve(profile, &target, looked, &filter, &err) < 0)
		return 0;
	doc = json_pack("{s:{s:o}}", "linux", "seccomp", filter);
	fuzz_holds(schema_check(doc, pointers, &err) == 0);
	return 0;
}
