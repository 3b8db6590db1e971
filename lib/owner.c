// SPDX-License-Identifier: Apache-2.0
#include "owner.h"

#include "doc.h"

struct owner owner_of(const json_t *object)
{
	uint64_t uid = 0, gid = 0;

	(void)!doc_get_u64(json_object_get(object, "uid"), &uid);
	(void)!doc_get_u64(json_object_get(object, "gid"), &gid);
	return (struct owner){ (uid_t)uid, (gid_t)gid };
}
