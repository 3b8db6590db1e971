// SPDX-License-Identifier: Apache-2.0
/* Image configurations: every variable has a name, no label commands a runtime. */
#include <string.h>

#include "fuzz.h"
#include "imageconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *doc = fuzz_json(data, size), *entry;
	struct image image = { 0 };
	struct err err;
	size_t i;

	if (!doc)
		return 0;
	if (image_take_new(doc, &image, &err) == 0) {
		json_decref(image_annotations(&image));
		json_decref(image_volumes(&image));
		json_array_foreach(image.env, i, entry)
			fuzz_holds(strchr(doc_string(entry), '='));
	}
	image_free(&image);
	return 0;
}
