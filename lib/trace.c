// SPDX-License-Identifier: Apache-2.0
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "patch.h"

static json_t *about(const struct trace_stage *stage)
{
	auto_free char *in = stage->before ? digest_value(stage->before) : NULL;
	auto_free char *out = digest_value(stage->after);
	json_t *nothing = json_object(), *patch, *line;

	patch = patch_make(stage->before ? stage->before : nothing, stage->after);
	line = json_pack("{s:s, s:O, s:s?, s:s, s:o}", "tool", stage->tool, "args",
	                 stage->args, "in", in, "out", out, "patch", patch);
	json_decref(nothing);
	return line;
}

/* A FIFO that nobody reads is an error, not a wait; one that somebody reads blocks. */
static int open_trace(const char *path)
{
	int fd = open(path,
	              O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	              0600);

	if (fd >= 0)
		fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

static int write_line(int fd, const struct buf *text)
{
	ssize_t put;

	do
		put = write(fd, text->data, text->len);
	while (put < 0 && errno == EINTR);
	if (put >= 0 && (size_t)put < text->len)
		errno = ENOSPC;
	return put < 0 || (size_t)put < text->len ? -1 : 0;
}

int trace_append(const char *path, const struct trace_stage *stage, struct err *err)
{
	auto_buf struct buf text = { 0 };
	json_t *line = about(stage);
	int fd, failed;

	doc_print(line, DOC_COMPACT, &text);
	buf_char(&text, '\n');
	json_decref(line);
	fd = open_trace(path);
	if (fd < 0)
		return err_errno(err, path, "cannot open the trace");
	failed = write_line(fd, &text);
	if (failed < 0)
		err_errno(err, path, "cannot write the trace");
	if (close(fd) < 0 && failed == 0)
		failed = err_errno(err, path, "cannot write the trace");
	return failed;
}
