// SPDX-License-Identifier: Apache-2.0
#include "profile.h"
int profile_apply_default(json_t *doc UNUSED, struct err *err UNUSED)
{
	return 0;
}
bool profile_relied_changed(const json_t *doc UNUSED)
{
	return false;
}
