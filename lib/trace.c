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
	json_t *args = json_array(), *nothing = json_object(), *patch, *line;

	for (int i = 0; i < stage->argc; i++)
		json_array_append_new(args, json_string(stage->argv[i]));
	patch = patch_make(stage->before ? stage->before : nothing, stage->after);
	line = json_pack("{s:s, s:o, s:s?, s:s, s:o}", "tool", stage->tool, "args", args,
	                 "in", in, "out", out, "patch", patch);
	json_decref(nothing);
	return line;
}

int trace_append(const char *path, const struct trace_stage *stage, struct err *err)
{
	auto_buf struct buf text = { 0 };
	json_t *line = about(stage);
	ssize_t put;
	int fd;

	doc_print(line, DOC_COMPACT, &text);
	buf_char(&text, '\n');
	json_decref(line);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return err_errno(err, path, "cannot open the trace");
	do
		put = write(fd, text.data, text.len);
	while (put < 0 && errno == EINTR);
	if (put >= 0 && (size_t)put < text.len)
		errno = ENOSPC;
	if (put < 0 || (size_t)put < text.len) {
		err_errno(err, path, "cannot write the trace");
		close(fd);
		return -1;
	}
	return close(fd) < 0 ? err_errno(err, path, "cannot write the trace") : 0;
}
