// SPDX-License-Identifier: Apache-2.0
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

PRINTF(4, 0)
static void fill(struct err *err, enum err_kind kind, const char *where, const char *fmt,
                 va_list args)
{
	err->kind = kind;
	err->hint[0] = '\0';
	snprintf(err->where, sizeof(err->where), "%s", where);
	vsnprintf(err->what, sizeof(err->what), fmt, args);
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(err, kind, "", fmt, args);
	va_end(args);
	return -1;
}

int err_at(struct err *err, const char *where, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(err, ERR_INPUT, where, fmt, args);
	va_end(args);
	return -1;
}

int err_errno(struct err *err, const char *where, const char *fmt, ...)
{
	int saved = errno;
	va_list args;
	size_t len;

	va_start(args, fmt);
	fill(err, ERR_SYSTEM, where, fmt, args);
	va_end(args);
	len = strlen(err->what);
	snprintf(err->what + len, sizeof(err->what) - len, "%s%s", len ? ": " : "",
	         strerror(saved));
	return -1;
}

int err_where(struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err->where, sizeof(err->where), fmt, args);
	va_end(args);
	return -1;
}

int err_hint(struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
	return -1;
}

int err_under(struct err *err, const char *prefix)
{
	char below[sizeof(err->where)];

	memcpy(below, err->where, sizeof(below));
	if (snprintf(err->where, sizeof(err->where), "%s%s", prefix, below) < 0)
		err->where[0] = '\0';
	return -1;
}

/* Text from a document or a file may hold anything; a message stays one line. */
static void print_line(const char *tool, const char *where, const char *what)
{
	char line[sizeof(struct err)];
	int len = snprintf(line, sizeof(line), "%s: %s%s%s", tool, where,
	                   *where ? ": " : "", what);

	if (len < 0)
		return;
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "%s\n", line);
}

void err_report(const struct err *err, const char *tool)
{
	if (err->kind == ERR_QUIET)
		return;
	print_line(tool, err->where, err->what);
	if (err->hint[0])
		print_line(tool, "hint", err->hint);
}
