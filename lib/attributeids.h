/*
 * attributeids.h - layer 3: the ids in access lists and capabilities of files
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Another id in place of `id`, which is of the kind "uid" or "gid"; false: there is none.
 */
typedef bool attribute_id(void *data, const char *kind, uint32_t id, uint32_t *ret);

/*
 * Replace the ids in the value of an attribute, if it is one that has some (acl(5),
 * capabilities(7)), as getxattr(2) gives it.  False if one of them has no other.
 */
bool attribute_map_ids(const char *attribute, unsigned char *value, size_t len,
                       attribute_id *map, void *data);
