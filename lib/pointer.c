// SPDX-License-Identifier: Apache-2.0
#include "pointer.h"

#include <string.h>

bool pointer_valid(const char *pointer)
{
	if (*pointer && *pointer != '/')
		return false;
	for (const char *c = pointer; (c = strchr(c, '~')); c++)
		if (c[1] != '0' && c[1] != '1')
			return false;
	return true;
}

char *pointer_next(const char **pointer)
{
	const char *from = *pointer + 1;
	size_t len = strcspn(from, "/");
	char *token = xstrndup(from, len), *to = token;

	for (const char *c = token; *c; c++) {
		if (c[0] == '~' && (c[1] == '0' || c[1] == '1'))
			*to++ = *++c == '0' ? '~' : '/';
		else
			*to++ = *c;
	}
	*to = '\0';
	*pointer = from + len;
	return token;
}

bool pointer_index(const char *token, size_t *ret)
{
	size_t value = 0;

	if (!*token || (token[0] == '0' && token[1]))
		return false;
	for (const char *c = token; *c; c++) {
		if (*c < '0' || *c > '9' || value > SIZE_MAX / 10 - 1)
			return false;
		value = value * 10 + (size_t)(*c - '0');
	}
	*ret = value;
	return true;
}

json_t *pointer_child(const json_t *parent, const char *token)
{
	size_t i;

	if (json_is_array(parent))
		return pointer_index(token, &i) ? json_array_get(parent, i) : NULL;
	return json_object_get(parent, token);
}

void pointer_add(const char *token, struct buf *to)
{
	buf_char(to, '/');
	for (const char *c = token; *c; c++) {
		if (*c == '~')
			buf_text(to, "~0");
		else if (*c == '/')
			buf_text(to, "~1");
		else
			buf_char(to, *c);
	}
}

bool pointer_beneath(const char *pointer, const char *above)
{
	size_t len = strlen(above);

	return strncmp(pointer, above, len) == 0 &&
	       (pointer[len] == '\0' || pointer[len] == '/');
}
