// SPDX-License-Identifier: Apache-2.0
#include "pathlists.h"

#include <string.h>

#include "mountlist.h"
#include "spec.h"

static void drop_path(json_t *list, const char *path)
{
	for (size_t i = json_array_size(list); i-- > 0;)
		if (str_equal(doc_string(json_array_get(list, i)), path))
			json_array_remove(list, i);
}

static int add_path(json_t *doc, const char *pointer, const char *path, struct err *err)
{
	json_t *list;

	if (spec_ensure_array(doc, pointer, &list, err) < 0)
		return -1;
	if (!spec_list_has(list, path))
		json_array_append_new(list, json_string(path));
	return 0;
}

static int edit_path(json_t *doc, const struct opt_use *use, struct err *err)
{
	auto_free char *path = NULL;

	if (use->opt->data == PATH_UNMASK && strcmp(use->arg, "ALL") == 0) {
		spec_drop(doc, "/linux/maskedPaths");
		spec_drop(doc, "/linux/readonlyPaths");
		return 0;
	}
	if (*use->arg != '/') {
		err_set(err, ERR_USAGE, "'%s' is not an absolute path", use->arg);
		return err_where(err, "--%s", use->opt->name);
	}
	path = mountlist_tidy(use->arg);
	if (use->opt->data == PATH_MASK)
		return add_path(doc, "/linux/maskedPaths", path, err);
	if (use->opt->data == PATH_READ_ONLY)
		return add_path(doc, "/linux/readonlyPaths", path, err);
	drop_path(spec_get(doc, "/linux/maskedPaths"), path);
	drop_path(spec_get(doc, "/linux/readonlyPaths"), path);
	return 0;
}

int pathlists_edit(json_t *doc, const struct opt_list *paths, struct err *err)
{
	for (const struct opt_use *use = paths->first; use; use = use->next)
		if (edit_path(doc, use, err) < 0)
			return -1;
	return 0;
}
