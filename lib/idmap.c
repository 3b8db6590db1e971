// SPDX-License-Identifier: Apache-2.0
#include "idmap.h"

#include <inttypes.h>
#include <string.h>

#include "parse.h"

enum { MOST_EXTENTS = 340 };            /* user_namespaces(7) */
static const uint64_t END = UINT32_MAX; /* (uid_t)-1 is no id */

void idmap_add(struct idmap *map, uint64_t container, uint64_t host, uint64_t size)
{
	map->ranges = xrealloc(map->ranges, (map->count + 1) * sizeof(*map->ranges));
	map->ranges[map->count++] = (struct idmap_range){ container, host, size };
}

void idmap_copy(struct idmap *to, const struct idmap *from)
{
	for (size_t i = 0; i < from->count; i++)
		idmap_add(to, from->ranges[i].container, from->ranges[i].host,
		          from->ranges[i].size);
}

void idmap_free(struct idmap *map)
{
	free(map->ranges);
	*map = (struct idmap){ 0 };
}

static int check_range(const struct idmap_range *r, struct err *err)
{
	if (r->size == 0)
		return err_set(err, ERR_USAGE,
		               "%" PRIu64 ":%" PRIu64 ":0 is an empty range", r->container,
		               r->host);
	if (r->size > END || r->container > END - r->size || r->host > END - r->size)
		return err_set(err, ERR_USAGE,
		               "%" PRIu64 ":%" PRIu64 ":%" PRIu64
		               " reaches beyond 4294967294",
		               r->container, r->host, r->size);
	return 0;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static int check_overlap(const struct idmap_range *a, const struct idmap_range *b,
                         struct err *err)
{
	bool container = overlap(a->container, a->size, b->container, b->size);

	if (!container && !overlap(a->host, a->size, b->host, b->size))
		return 0;
	return err_set(err, ERR_USAGE,
	               "%" PRIu64 ":%" PRIu64 ":%" PRIu64 " and %" PRIu64 ":%" PRIu64
	               ":%" PRIu64 " overlap in %s",
	               a->container, a->host, a->size, b->container, b->host, b->size,
	               container ? "the container" : "the host");
}

int idmap_check(const struct idmap *map, struct err *err)
{
	bool root = false;

	if (map->count > MOST_EXTENTS)
		return err_set(err, ERR_USAGE,
		               "%zu ranges are more than the kernel takes (%d)", map->count,
		               MOST_EXTENTS);
	for (size_t i = 0; i < map->count; i++) {
		if (check_range(&map->ranges[i], err) < 0)
			return -1;
		root |= map->ranges[i].container == 0;
		for (size_t j = 0; j < i; j++)
			if (check_overlap(&map->ranges[j], &map->ranges[i], err) < 0)
				return -1;
	}
	if (root)
		return 0;
	err_set(err, ERR_USAGE, "the container's root is not mapped");
	return err_hint(err, "one range must begin at container id 0");
}

void idmap_read(const json_t *array, struct idmap *to)
{
	json_t *entry;
	size_t i;

	json_array_foreach(array, i, entry) {
		uint64_t container = 0, host = 0, size = 0;

		if (doc_get_u64(json_object_get(entry, "containerID"), &container) &&
		    doc_get_u64(json_object_get(entry, "hostID"), &host) &&
		    doc_get_u64(json_object_get(entry, "size"), &size))
			idmap_add(to, container, host, size);
	}
}

static int parse_line(char *line, struct idmap *to, struct err *err)
{
	uint32_t numbers[3];
	size_t count = 0;

	for (char *word; (word = strsep(&line, " \t"));) {
		if (!*word)
			continue;
		if (count == ARRAY_LEN(numbers) || !parse_u32(word, &numbers[count++]))
			return err_set(err, ERR_INPUT, "must be three numbers a line");
	}
	if (count != ARRAY_LEN(numbers))
		return err_set(err, ERR_INPUT, "must be three numbers a line");
	idmap_add(to, numbers[0], numbers[1], numbers[2]);
	return 0;
}

int idmap_parse(const char *text, struct idmap *to, struct err *err)
{
	auto_free char *copy = xstrdup(text);
	char *rest = copy;

	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line && parse_line(line, to, err) < 0)
			return -1;
	return 0;
}

bool idmap_has(const struct idmap *map, uint64_t id)
{
	for (size_t i = 0; i < map->count; i++)
		if (id - map->ranges[i].container < map->ranges[i].size)
			return true;
	return false;
}

json_t *idmap_print(const struct idmap *map)
{
	json_t *array = json_array();

	for (size_t i = 0; i < map->count; i++) {
		const struct idmap_range *r = &map->ranges[i];

		json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "containerID",
		                                       doc_u64(r->container), "hostID",
		                                       doc_u64(r->host), "size",
		                                       doc_u64(r->size)));
	}
	return array;
}
