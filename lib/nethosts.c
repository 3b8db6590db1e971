// SPDX-License-Identifier: Apache-2.0
#include "nethosts.h"

#include <string.h>
#include <unistd.h>

#include "io.h"

enum { LARGEST = 1024 * 1024 };

static const char blanks[] = " \t\r\n";

/* True if a line of the text has this name. */
static bool has_name(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strstr(at, name)); at += len)
		if (at > text && strchr(blanks, at[-1]) &&
		    (!at[len] || strchr(blanks, at[len])))
			return true;
	return false;
}

/* The names that are new, each once, with blanks between them. */
static void choose_names(const char *text, const char *const *names, struct buf *ret)
{
	buf_text(ret, "\t");
	for (; *names; names++) {
		if (!**names || has_name(text, *names) || has_name(ret->data, *names))
			continue;
		buf_printf(ret, "%s%s", ret->len > 1 ? " " : "", *names);
	}
}

int nethosts_add(int file, const json_t *addresses, const char *const *names,
                 struct buf *added, struct err *err)
{
	auto_buf struct buf text = { 0 }, chosen = { 0 }, lines = { 0 };
	const json_t *address;
	size_t i;

	if (lseek(file, 0, SEEK_SET) < 0 ||
	    io_read_all(file, "/etc/hosts", LARGEST, &text, err) < 0)
		return -1;
	buf_add(&text, "", 0);
	choose_names(text.data, names, &chosen);
	if (chosen.len == 1)
		return 0;
	json_array_foreach(addresses, i, address)
		buf_printf(&lines, "%s%s\n", doc_string(address), chosen.data);
	if (added)
		buf_add(added, lines.data, lines.len);
	return io_write_all(file, lines.data, lines.len, err);
}
