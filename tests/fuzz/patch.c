// SPDX-License-Identifier: Apache-2.0
/*
 * Patches: the first of two documents is patched by the second, as RFC 6902 and
 * RFC 7396 say; and what makes the second of the first does.
 */
#include <string.h>

#include "fuzz.h"
#include "patch.h"

static void check_made(const json_t *before, const json_t *after)
{
	json_auto_t *made = patch_make(before, after);
	json_auto_t *patch = json_deep_copy(made); /* its values are those of `after` */
	json_t *doc = json_deep_copy(before);
	auto_free char *wanted = doc_text(after);
	auto_free char *got = NULL;
	struct err err;

	fuzz_holds(patch_apply(&doc, patch, &err) == 0);
	got = doc_text(doc);
	fuzz_holds(strcmp(got, wanted) == 0);
	json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *second = size ? memchr(data, '\n', size) : NULL;
	json_t *doc, *patch;
	struct err err;

	if (!second)
		return 0;
	doc = fuzz_json(data, (size_t)(second - data));
	patch = fuzz_json(second, size - (size_t)(second - data));
	if (doc && patch) {
		json_t *other = json_deep_copy(doc), *merge = json_deep_copy(patch);

		check_made(doc, patch);
		patch_merge(&other, merge);
		json_decref(merge);
		json_decref(other);
		(void)!patch_apply(&doc, patch, &err);
	}
	json_decref(doc);
	json_decref(patch);
	return 0;
}
