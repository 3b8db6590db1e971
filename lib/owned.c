// SPDX-License-Identifier: Apache-2.0
#include "owned.h"

#include <string.h>

#include "edit.h"
#include "elsewhere.h"
#include "owns.h"

enum { SET, UNSET };

static int append_edit(struct opt_use *use, void *to, struct err *err)
{
	if (edit_check(use->arg, use->opt->data == SET, err) < 0)
		return -1;
	return opt_append(use, to, err);
}

/* clang-format off */
const struct opt owned_options[] = {
	{ .name = "set", .arg = "POINTER=JSON", .set = append_edit, .data = SET,
	  .help = "put a value there at last", .at = offsetof(struct owned_edits, list) },
	{ .name = "unset", .arg = "POINTER", .set = append_edit, .data = UNSET,
	  .help = "remove what is there at last", .at = offsetof(struct owned_edits, list) },
	{ .name = NULL },
};
/* clang-format on */

static int check_owner(const json_t *doc, const struct filter *filter,
                       const struct edit *edit, struct err *err)
{
	static const char *const none[] = { NULL };
	const char *owner = elsewhere_owner(edit->pointer);
	const char *option = edit->value ? "set" : "unset";

	if (owns_covers(filter->owns ? filter->owns : none, doc, edit->pointer,
	                edit->value))
		return 0;
	if (strcmp(owner, filter->name) == 0) { /* a part of it is another's */
		err_set(err, ERR_USAGE, "'%s' is not %s's alone", edit->pointer,
		        filter->name);
		owner = "ocipatch";
	} else {
		err_set(err, ERR_USAGE, "'%s' is not %s's", edit->pointer, filter->name);
	}
	err_hint(err, "%s --%s", owner, option);
	return err_where(err, "--%s", option);
}

static int apply_one(json_t **doc, const struct filter *filter, const struct opt_use *use,
                     struct err *err)
{
	auto_edit struct edit edit = { 0 };

	if (edit_parse(use->arg, use->opt->data == SET, &edit, err) < 0 ||
	    check_owner(*doc, filter, &edit, err) < 0 || edit_apply(doc, &edit, err) < 0)
		return -1;
	/* What it has become must be the filter's as well. */
	return edit.value ? check_owner(*doc, filter, &edit, err) : 0;
}

int owned_apply(json_t **doc, const struct filter *filter, const struct owned_edits *edits,
                struct err *err)
{
	/* The filter may have put the same value in two places. */
	json_t *copy = json_deep_copy(*doc);

	json_decref(*doc);
	*doc = copy;
	for (const struct opt_use *use = edits->list.first; use; use = use->next)
		if (apply_one(doc, filter, use, err) < 0)
			return -1;
	return 0;
}
