// SPDX-License-Identifier: Apache-2.0
#include "nethosts.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "spec.h"

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

/* One of a document may have blanks in it, and be a line of its own. */
static bool is_name(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			return false;
	return *text != '\0';
}

/* The names that are new, each once, with blanks between them. */
static void choose_names(const char *text, const json_t *names, struct buf *ret)
{
	const json_t *entry;
	size_t i;

	buf_text(ret, "\t");
	json_array_foreach(names, i, entry) {
		const char *name = doc_string(entry);

		if (!is_name(name) || has_name(text, name) || has_name(ret->data, name))
			continue;
		buf_printf(ret, "%s%s", ret->len > 1 ? " " : "", name);
	}
}

static int read_hosts(int file, struct buf *ret, struct err *err)
{
	if (lseek(file, 0, SEEK_SET) < 0)
		return err_errno(err, "/etc/hosts", "cannot read");
	return io_read_all(file, "/etc/hosts", LARGEST, ret, err);
}

int nethosts_add(int file, const json_t *addresses, const json_t *names, struct err *err)
{
	auto_buf struct buf text = { 0 }, chosen = { 0 }, lines = { 0 };
	const json_t *address;
	size_t i;

	if (read_hosts(file, &text, err) < 0)
		return -1;
	choose_names(text.data, names, &chosen);
	if (chosen.len == 1)
		return 0;
	if (text.len > 0 && text.data[text.len - 1] != '\n')
		buf_char(&lines, '\n');
	json_array_foreach(addresses, i, address)
		buf_printf(&lines, "%s%s\n", doc_string(address), chosen.data);
	return io_write_all(file, lines.data, lines.len, err);
}

/* True if the line is one that nethosts_add() wrote of them. */
static bool is_ours(char *line, const json_t *addresses, const json_t *names)
{
	char *address = strsep(&line, "\t");

	if (!line || !spec_list_has(addresses, address))
		return false;
	for (char *name; (name = strsep(&line, " "));)
		if (!spec_list_has(names, name))
			return false;
	return true;
}

void nethosts_remove(int file, const json_t *addresses, const json_t *names)
{
	auto_buf struct buf text = { 0 }, kept = { 0 };
	struct err ignored;
	char *rest;

	if (read_hosts(file, &text, &ignored) < 0)
		return;
	rest = text.data;
	for (char *line; (line = strsep(&rest, "\n"));) {
		auto_free char *copy = xstrdup(line);

		if (!is_ours(copy, addresses, names))
			buf_printf(&kept, "%s%s", line, rest ? "\n" : "");
	}
	if (kept.len == text.len)
		return;
	if (pwrite(file, kept.data, kept.len, 0) == (ssize_t)kept.len)
		(void)!ftruncate(file, (off_t)kept.len);
}
