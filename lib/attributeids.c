// SPDX-License-Identifier: Apache-2.0
#include "attributeids.h"

#include <endian.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>

#include "base.h"

static bool map_at(unsigned char *at, const char *kind, attribute_id *map, void *data)
{
	uint32_t id, other;

	memcpy(&id, at, sizeof(id));
	if (!map(data, kind, le32toh(id), &other))
		return false;
	id = htole32(other);
	memcpy(at, &id, sizeof(id));
	return true;
}

static bool map_list(unsigned char *value, size_t len, attribute_id *map, void *data)
{
	struct posix_acl_xattr_entry entry;
	size_t at = sizeof(struct posix_acl_xattr_header);

	for (; at + sizeof(entry) <= len; at += sizeof(entry)) {
		unsigned char *id =
			value + at + offsetof(struct posix_acl_xattr_entry, e_id);
		unsigned int tag;

		memcpy(&entry, value + at, sizeof(entry));
		tag = le16toh(entry.e_tag);
		if ((tag == ACL_USER && !map_at(id, "uid", map, data)) ||
		    (tag == ACL_GROUP && !map_at(id, "gid", map, data)))
			return false;
	}
	return true;
}

/* Whose root has them; those that belong to everybody's have no such id. */
static bool map_capabilities(unsigned char *value, size_t len, attribute_id *map,
                             void *data)
{
	size_t at = offsetof(struct vfs_ns_cap_data, rootid);

	return len < sizeof(struct vfs_ns_cap_data) || map_at(value + at, "uid", map, data);
}

bool attribute_map_ids(const char *attribute, unsigned char *value, size_t len,
                       attribute_id *map, void *data)
{
	if (str_starts(attribute, "system.posix_acl_"))
		return map_list(value, len, map, data);
	if (strcmp(attribute, "security.capability") == 0)
		return map_capabilities(value, len, map, data);
	return true;
}
