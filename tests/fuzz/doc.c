// SPDX-License-Identifier: Apache-2.0
/* Documents: what is printed is read again as it was, and jansson reads the same. */
#include <string.h>

#include "fuzz.h"

static bool has_any(const uint8_t *data, size_t size, const char *bytes)
{
	for (size_t i = 0; i < size; i++)
		if (strchr(bytes, data[i]))
			return true;
	return false;
}

static bool same_text(const json_t *a, const json_t *b, enum doc_style style)
{
	auto_buf struct buf one = { 0 }, other = { 0 };

	doc_print(a, style, &one);
	doc_print(b, style, &other);
	return one.len == other.len && memcmp(one.data, other.data, one.len) == 0;
}

static void check_again(const json_t *value, enum doc_style style)
{
	auto_buf struct buf text = { 0 };
	json_auto_t *again = NULL;

	doc_print(value, style, &text);
	again = fuzz_json((const uint8_t *)text.data, text.len);
	fuzz_holds(again && json_equal(again, value) && same_text(again, value, style));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_auto_t *value = fuzz_json(data, size);
	json_auto_t *theirs = json_loadb((const char *)data, size,
	                                 JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	/* A NUL byte at the end is none to jansson (strchr() finds that, too). */
	fuzz_holds(value || !theirs || has_any(data, size, ""));
	if (!value)
		return 0;
	check_again(value, DOC_INDENTED);
	check_again(value, DOC_COMPACT);
	/* It respells fractions and refuses the largest numbers. */
	if (theirs && !has_any(data, size, ".eE-"))
		fuzz_holds(same_text(value, theirs, DOC_COMPACT));
	return 0;
}
