/*
 * changes.h - layer 1: a list of changes to a document, made ready before there is one
 *
 * A zeroed struct is an empty list.  Pointers are copied, values stolen.  What
 * removes something removes the objects and lists that become empty by it too,
 * up to the second level: {"linux": {}} may stay behind.
 */
#pragma once

#include "doc.h"

struct change;

struct changes {
	struct change *all;
	size_t count;
};

/* Set what is at `pointer`; NULL removes it. */
void changes_put_new(struct changes *changes, const char *pointer, json_t *value);

/*
 * Edit the entry of the list at `pointer` that has the same values of `keys`
 * (static, NULL at the end): members are added or replaced, those that are null
 * are removed, and an entry that has but its keys then is removed as well.  What
 * there is no entry for is added.  Further entries with these keys go.
 */
void changes_put_entry_new(struct changes *changes, const char *pointer,
                           const char *const *keys, json_t *entry);

/* Make them, in order. */
int changes_apply(const struct changes *changes, json_t *doc, struct err *err) CHECKED;

void changes_free(struct changes *changes);
