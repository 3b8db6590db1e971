// SPDX-License-Identifier: Apache-2.0
#include "mountimage.h"

int mountimage_make(const char *target, const char *dir, json_t **ret, json_t *steps,
                    struct err *err)
{
	json_t *step = json_pack("{s:s, s:s, s:s*}", "step", "volume", "mount", target,
	                         "dir", dir);

	if (!step)
		return err_set(err, ERR_USAGE, "%s is not UTF-8", dir);
	json_array_append_new(steps, step);
	json_array_append_new(steps,
	                      json_pack("{s:s, s:s, s:b}", "step", "relabel", "mount",
	                                target, "shared", false)); /* B126 */
	*ret = json_pack("{s:s, s:s, s:s, s:[s, s, s]}", "destination", target, "type",
	                 "bind", "source", "volume", "options", "bind", "private", "rw");
	return 0;
}
