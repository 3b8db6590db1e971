// SPDX-License-Identifier: Apache-2.0
#include "mountedit.h"

#include "prepare.h"
#include "spec.h"

struct mountedit mountedit_start(json_t *doc)
{
	return (struct mountedit){
		.doc = doc,
		.list = mountlist_new(json_object_get(doc, "mounts")),
		.steps = json_object(),
	};
}

void mountedit_prepare(struct mountedit *edit, const char *target, json_t *steps)
{
	json_object_set(edit->steps, target, steps);
}

void mountedit_remove(struct mountedit *edit, const char *path)
{
	auto_free char *tidy = mountlist_tidy(path);

	json_object_set_new(edit->steps, tidy, json_array());
	mountlist_remove(edit->list, tidy);
}

int mountedit_write(struct mountedit *edit, struct err *err)
{
	json_t *mounts = mountlist_array(edit->list);

	prepare_update(edit->doc, edit->steps);
	/* None is none, whether there is a list of none or not. */
	if (json_array_size(mounts) > 0 || json_object_get(edit->doc, "mounts"))
		return spec_put_new(edit->doc, "/mounts", mounts, err);
	json_decref(mounts);
	return 0;
}

void mountedit_free(struct mountedit *edit)
{
	json_decref(edit->steps);
	mountlist_free(edit->list);
}
