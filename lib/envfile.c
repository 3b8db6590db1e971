// SPDX-License-Identifier: Apache-2.0
#include "envfile.h"

#include <string.h>

static const char blanks[] = " \t";

static int read_line(char *line, envfile_visitor *visit, void *to, struct err *err)
{
	char *name = line + strspn(line, blanks);
	char *value = strchr(name, '=');

	if (!*name || *name == '#')
		return 0;
	if (value)
		*value++ = '\0';
	if (!*name)
		return err_set(err, ERR_INPUT, "has no name before the =");
	if (strpbrk(name, blanks))
		return err_set(err, ERR_INPUT, "has a blank in the name '%s'", name);
	return visit(to, name, value, err);
}

int envfile_read(struct buf *text, const char *file, envfile_visitor *visit, void *to,
                 struct err *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* that some editors begin UTF-8 with */
	char *line = text->data, *end = text->data + text->len;

	if (text->len >= strlen(mark) && memcmp(line, mark, strlen(mark)) == 0)
		line += strlen(mark);
	for (size_t number = 1; line < end; number++) {
		char *next = memchr(line, '\n', (size_t)(end - line));
		char *stop = next ? next : end;
		int failed;

		if (stop > line && stop[-1] == '\r')
			stop--;
		*stop = '\0';
		failed = strlen(line) < (size_t)(stop - line)
		                 ? err_set(err, ERR_INPUT, "has a NUL byte")
		                 : read_line(line, visit, to, err);
		if (failed)
			return err_where(err, "%s: line %zu", file, number);
		line = next ? next + 1 : end;
	}
	return 0;
}
