// SPDX-License-Identifier: Apache-2.0
#include "patch.h"
json_t *patch_make(const json_t *before UNUSED, const json_t *after UNUSED)
{
	return json_array();
}
