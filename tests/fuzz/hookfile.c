// SPDX-License-Identifier: Apache-2.0
/* Hook files: what is in order can be matched, and its hook has its members. */
#include "hookfile.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *text = fuzz_json(data, size);
	json_auto_t *annotations = json_pack("{s:s}", "org.example.a", "value");
	json_auto_t *process = json_pack("{s:[s]}", "args", "/bin/command");
	const struct hook_facts facts = { .annotations = annotations, .process = process };
	struct hookfile file = { 0 };
	auto_buf struct buf why = { 0 };
	struct err err;
	bool matches;

	if (!text)
		return 0;
	if (hookfile_parse(text, &file, &err) == 0) {
		fuzz_holds(json_object_get(file.hook, "env"));
		(void)!hookwhen_match(&file.when, &facts, &matches, &why, &err);
	}
	hookfile_free(&file);
	return 0;
}
