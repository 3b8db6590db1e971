// SPDX-License-Identifier: Apache-2.0
/* Files of lines: variables, and the maps of user namespaces. */
#include <string.h>

#include "envfile.h"
#include "fuzz.h"
#include "idmap.h"

static int visit(void *to UNUSED, const char *name, const char *value UNUSED,
                 struct err *err UNUSED)
{
	fuzz_holds(*name && !strchr(name, '='));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	auto_buf struct buf file = { 0 };
	struct idmap map = { 0 };
	struct err err;

	buf_add(&file, data, size);
	(void)!envfile_read(&file, "file", visit, NULL, &err);
	if (idmap_parse(text, &map, &err) == 0 && idmap_check(&map, &err) == 0)
		json_decref(idmap_print(&map));
	idmap_free(&map);
	return 0;
}
