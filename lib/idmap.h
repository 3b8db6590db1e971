/*
 * idmap.h - layer 2: ranges of ids, mapped
 *
 * Arithmetic is in 64 bits: 32 would wrap for ranges that end at 2^32 (B004).
 */
#pragma once

#include "doc.h"

struct idmap_range {
	uint64_t container;
	uint64_t host;
	uint64_t size;
};

/* A zeroed struct is an empty map. */
struct idmap {
	struct idmap_range *ranges;
	size_t count;
};

void idmap_add(struct idmap *map, uint64_t container, uint64_t host, uint64_t size);
void idmap_copy(struct idmap *to, const struct idmap *from);
void idmap_free(struct idmap *map);

/* Refuse what the kernel would: empty or overlapping ranges, ids beyond 2^32-2, too many;
 * and no root. */
int idmap_check(const struct idmap *map, struct err *err) CHECKED;

/* Add the ranges of an array as in /linux/uidMappings, whose shape has been checked. */
void idmap_read(const json_t *array, struct idmap *to);

/*
 * Add the lines of a file /proc/PID/uid_map: three numbers of 32 bits each (B095).
 * Its container is that process's user namespace, its host ours.
 */
int idmap_parse(const char *text, struct idmap *to, struct err *err) CHECKED;

/* True if the container has this id. */
bool idmap_has(const struct idmap *map, uint64_t id);

/* As in /linux/uidMappings: a new array. */
json_t *idmap_print(const struct idmap *map) CHECKED;
