// SPDX-License-Identifier: Apache-2.0
#include "entries.h"

#include <string.h>

/* clang-format off */
static const struct entries lists[] = {
	{ "/hooks/*", ENTRIES_BY_MEMBERS, "path", true },
	{ "/linux/devices", ENTRIES_BY_MEMBERS, "path", false },
	{ "/linux/gidMappings", ENTRIES_BY_MEMBERS, "containerID", false },
	{ "/linux/intelRdt/schemata", ENTRIES_BY_VALUE, NULL, true },
	{ "/linux/maskedPaths", ENTRIES_BY_VALUE, NULL, false },
	{ "/linux/memoryPolicy/flags", ENTRIES_BY_VALUE, NULL, false },
	{ "/linux/namespaces", ENTRIES_BY_MEMBERS, "type", false },
	{ "/linux/readonlyPaths", ENTRIES_BY_VALUE, NULL, false },
	{ "/linux/resources/blockIO/*", ENTRIES_BY_MEMBERS, "major minor", false },
	{ "/linux/resources/devices", ENTRIES_BY_MEMBERS, "allow type major minor access", true },
	{ "/linux/resources/hugepageLimits", ENTRIES_BY_MEMBERS, "pageSize", false },
	{ "/linux/resources/network/priorities", ENTRIES_BY_MEMBERS, "name", false },
	{ "/linux/seccomp/architectures", ENTRIES_BY_VALUE, NULL, false },
	{ "/linux/seccomp/flags", ENTRIES_BY_VALUE, NULL, false },
	{ "/linux/seccomp/syscalls", ENTRIES_BY_SYSCALLS, NULL, false },
	{ "/linux/uidMappings", ENTRIES_BY_MEMBERS, "containerID", false },
	{ "/mounts", ENTRIES_BY_MEMBERS, "destination", true },
	{ "/mounts/*/gidMappings", ENTRIES_BY_MEMBERS, "containerID", false },
	{ "/mounts/*/options", ENTRIES_BY_VALUE, NULL, true },
	{ "/mounts/*/uidMappings", ENTRIES_BY_MEMBERS, "containerID", false },
	{ "/ocipipe/inputs", ENTRIES_BY_VALUE, NULL, false },
	{ "/ocipipe/prepare", ENTRIES_BY_MEMBERS, "step mount", false },
	{ "/process/capabilities/*", ENTRIES_BY_VALUE, NULL, false },
	{ "/process/env", ENTRIES_BY_NAME, NULL, false },
	{ "/process/rlimits", ENTRIES_BY_MEMBERS, "type", false },
	{ "/process/scheduler/flags", ENTRIES_BY_VALUE, NULL, false },
	{ "/process/user/additionalGids", ENTRIES_BY_VALUE, NULL, false },
};
/* clang-format on */

static bool fits(const char *pointer, const char *pattern)
{
	while (*pointer && *pattern) {
		if (pattern[0] == '*') {
			pattern++;
			pointer += strcspn(pointer, "/");
		} else if (*pointer++ != *pattern++) {
			return false;
		}
	}
	return !*pointer && !*pattern;
}

const struct entries *entries_find(const char *pointer)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (fits(pointer, lists[i].list))
			return &lists[i];
	return NULL;
}

const char *entries_next_key(const char *keys, size_t *len)
{
	keys += *len;
	keys += *keys == ' ';
	*len = strcspn(keys, " ");
	return keys;
}

size_t entries_name_length(const char *text)
{
	return strcspn(text, "=");
}

static uint64_t number_of_keys(const char *keys, struct facts *facts, const json_t *entry)
{
	uint64_t number = 0;
	bool known = false;

	for (size_t len = 0; keys = entries_next_key(keys, &len), len > 0;) {
		const json_t *value = json_object_getn(entry, keys, len);

		known |= value != NULL;
		number = facts_mix(number, value ? facts_of(facts, value).hash : 0);
	}
	return known ? number : facts_of(facts, entry).hash;
}

uint64_t entries_number(const struct entries *entries, struct facts *facts,
                        const json_t *entry)
{
	const char *text = doc_string(entry);

	if (entries->by == ENTRIES_BY_MEMBERS)
		return number_of_keys(entries->keys, facts, entry);
	if (entries->by == ENTRIES_BY_NAME && text)
		return facts_hash_text(text, entries_name_length(text));
	return facts_of(facts, entry).hash;
}
