// SPDX-License-Identifier: Apache-2.0
/* Files of the Container Device Interface: what is in order can be carried out. */
#include "cdi.h"
#include "cdiedit.h"
#include "fuzz.h"

static void edit(const json_t *edits)
{
	struct cdiedit edit = { .doc = json_object() };
	struct err err;

	if (edits && cdiedit_make(&edit, edits, &err) == 0)
		(void)!cdiedit_write(&edit, &err);
	cdiedit_free(&edit);
	json_decref(edit.doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_auto_t *file = fuzz_json(data, size);
	struct err err;
	json_t *device;
	size_t i;

	if (!file || cdi_check(file, &err) < 0)
		return 0;
	edit(json_object_get(file, "containerEdits"));
	json_array_foreach(json_object_get(file, "devices"), i, device)
		edit(json_object_get(device, "containerEdits"));
	return 0;
}
