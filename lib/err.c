// SPDX-License-Identifier: Apache-2.0
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

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
static size_t add_line(char *to, size_t room, const char *tool, const char *where,
                       const char *what)
{
	int len = snprintf(to, room, "%s: %s%s%s", tool, where, *where ? ": " : "", what);
	size_t end;

	if (len < 0 || room == 0)
		return 0;
	end = (size_t)len < room ? (size_t)len : room - 1;
	for (size_t i = 0; i < end; i++)
		if ((unsigned char)to[i] < ' ' || to[i] == 0x7f ||
		    (i > 0 && to[i - 1] == '\xc2' && (unsigned char)to[i] < 0xa0))
			to[i] = '?';
	to[end] = '\n';
	return end + 1;
}

void err_report(const struct err *err, const char *tool)
{
	char text[2 * sizeof(*err)];
	size_t len;

	if (err->kind == ERR_QUIET)
		return;
	len = add_line(text, sizeof(text), tool, err->where, err->what);
	if (err->hint[0])
		len += add_line(text + len, sizeof(text) - len, tool, "hint", err->hint);
	if (err->kind == ERR_USAGE)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		                        "Try '%s --help'.\n", tool);
	/* All at once, as other stages may report too; nobody hears that this failed. */
	if (write(STDERR_FILENO, text, len) < 0)
		return;
}
