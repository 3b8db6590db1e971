// SPDX-License-Identifier: Apache-2.0
#include "journal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

enum { LARGEST = 64 * 1024 * 1024 };

static int opened(int dir, const char *name, int flags, struct journal *ret,
                  struct err *err)
{
	int fd =
		openat(dir, name, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC | flags, 0600);

	if (fd < 0) {
		err_errno(err, name, "cannot open the journal");
		return io_where(dir, name, err);
	}
	ret->fd = fd;
	return 0;
}

int journal_create(int dir, const char *name, struct journal *ret, struct err *err)
{
	return opened(dir, name, O_CREAT | O_EXCL, ret, err);
}

int journal_open(int dir, const char *name, struct journal *ret, struct err *err)
{
	return opened(dir, name, 0, ret, err);
}

int journal_add_new(const struct journal *journal, json_t *line, struct err *err)
{
	off_t end = lseek(journal->fd, 0, SEEK_END);
	auto_buf struct buf text = { 0 };

	doc_print(line, DOC_COMPACT, &text);
	buf_char(&text, '\n');
	json_decref(line);
	if (io_write_all(journal->fd, text.data, text.len, err) == 0)
		return 0;
	/* Half a line would spoil the next one. */
	(void)!ftruncate(journal->fd, end);
	err_where(err, "journal");
	return io_where(journal->fd, NULL, err);
}

int journal_read(const struct journal *journal, json_t **ret, struct err *err)
{
	auto_buf struct buf text = { 0 };
	json_t *lines;

	if (lseek(journal->fd, 0, SEEK_SET) < 0)
		return err_errno(err, "journal", "cannot read");
	if (io_read_all(journal->fd, "journal", LARGEST, &text, err) < 0)
		return -1;
	lines = json_array();
	for (char *line = text.data, *end; (end = strchr(line, '\n')); line = end + 1) {
		struct err ignored;
		json_t *entry;

		if (doc_parse(line, (size_t)(end - line), &entry, &ignored) == 0)
			json_array_append_new(lines, entry);
	}
	*ret = lines;
	return 0;
}

int journal_empty(const struct journal *journal, struct err *err)
{
	if (ftruncate(journal->fd, 0) < 0) {
		err_errno(err, "journal", "cannot empty");
		return io_where(journal->fd, NULL, err);
	}
	return 0;
}
