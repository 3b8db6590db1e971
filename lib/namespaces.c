// SPDX-License-Identifier: Apache-2.0
#include "namespaces.h"

#include "spec.h"

const json_t *namespaces_find(const json_t *doc, const char *type)
{
	const json_t *list = spec_get(doc, "/linux/namespaces");
	ptrdiff_t at = spec_find_entry(list, "type", type);

	return at < 0 ? NULL : json_array_get(list, (size_t)at);
}

bool namespaces_have(const json_t *doc, const char *type)
{
	return namespaces_find(doc, type) != NULL;
}

bool namespaces_make(const json_t *doc, const char *type)
{
	const json_t *entry = namespaces_find(doc, type);

	return entry && !json_object_get(entry, "path");
}
