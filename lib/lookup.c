// SPDX-License-Identifier: Apache-2.0
#include "lookup.h"

#include <string.h>

#include "mountlist.h"

enum { MOST_BYTES = 8 * 1024 * 1024 };

int lookup_user(const struct layers *root, const struct account_words *words,
                struct account *ret, json_t *inputs, struct err *err)
{
	auto_buf struct buf passwd = { 0 }, group = { 0 };

	if (layers_read(root, "/etc/passwd", MOST_BYTES, &passwd, inputs, err) < 0 ||
	    layers_read(root, "/etc/group", MOST_BYTES, &group, inputs, err) < 0)
		return -1;
	return account_find(words, &passwd, &group, ret, err);
}

int lookup_group(const struct layers *root, const struct account_word *word, uint32_t *ret,
                 json_t *inputs, struct err *err)
{
	auto_buf struct buf group = { 0 };

	if (word->name &&
	    layers_read(root, "/etc/group", MOST_BYTES, &group, inputs, err) < 0)
		return -1;
	return account_find_group(word, &group, ret, err);
}

char *lookup_command(const struct layers *root, const char *command, const char *path,
                     const char *cwd)
{
	if (!*command || strchr(command, '/') || !*path)
		return NULL;
	for (const char *at = path;; at++) {
		size_t len = strcspn(at, ":");
		auto_free char *joined = xasprintf("%s/%.*s/%s", *at == '/' ? "" : cwd,
		                                   (int)len, at, command);
		auto_free char *candidate = mountlist_tidy(joined);

		if (layers_executable(root, candidate))
			return steal(&candidate);
		at += len;
		if (!*at)
			return NULL;
	}
}
