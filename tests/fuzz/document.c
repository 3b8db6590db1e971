// SPDX-License-Identifier: Apache-2.0
/* Documents as ocirun takes them: checked, then planned for; nothing is carried out. */
#include "fuzz.h"
#include "plan.h"
#include "schema.h"
#include "sense.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct netchoice nobody;
	static const struct plan_facts facts = {
		.name = "name",
		.runtime = "/usr/sbin/runc",
		.why = "it is there",
		.run_root = "/run/ocipipe",
		.data_root = "/var/tmp",
		.base = "/nowhere",
		.network = &nobody,
	};
	json_auto_t *doc = fuzz_json(data, size);
	auto_buf struct buf text = { 0 };
	struct plan plan = { 0 };
	struct err err;

	if (!doc || schema_check_all(doc, &err) < 0 || sense_check(doc, &err) < 0)
		return 0;
	if (plan_make(doc, &facts, &plan, &err) == 0) {
		plan_print(&plan, false, &text);
		fuzz_holds(plan.rootfs && plan.rootfs[0] == '/');
	}
	plan_free(&plan);
	return 0;
}
