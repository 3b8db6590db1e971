// SPDX-License-Identifier: Apache-2.0
#include "valid.h"

#include <string.h>

bool valid_filled(const char *text)
{
	return *text != '\0';
}

bool valid_absolute(const char *text)
{
	return *text == '/';
}

bool valid_env_entry(const char *text)
{
	return *text != '=' && strchr(text, '=');
}

bool valid_inside(const char *text)
{
	for (const char *at = text; at; at = strchr(at, '/')) {
		size_t len;

		at += *at == '/';
		len = strcspn(at, "/");
		if ((len == 1 || len == 2) && strncmp(at, "..", len) == 0)
			return false;
	}
	return true;
}

bool valid_access(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!strchr("rwm", *c) || strchr(c + 1, *c))
			return false;
	return *text != '\0';
}

bool valid_interface(const char *name)
{
	enum { LONGEST = 15 }; /* IFNAMSIZ and its NUL */
	size_t len = strlen(name);

	for (const char *c = name; *c; c++)
		if (*c == '/' || *c == ':' || (unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return len > 0 && len <= LONGEST && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

bool valid_rdt_class(const char *text)
{
	enum { LONGEST = 255 }; /* NAME_MAX */

	return strcmp(text, "/") == 0 ||
	       (!strpbrk(text, "/\n") && strcmp(text, ".") != 0 &&
	        strcmp(text, "..") != 0 && strlen(text) <= LONGEST);
}

bool valid_bandwidth(const char *text)
{
	return str_starts(text, "MB:") && !strchr(text, '\n');
}
