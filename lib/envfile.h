/*
 * envfile.h - layer 0: files of variables, as podman and docker read them
 *
 * A line is NAME=VALUE, taken as it is: no quoting, no escapes.  NAME alone is
 * our own variable, NAME* all that begin so (B413).  Blanks before a name, empty
 * lines and lines that begin with # do not count.
 */
#pragma once

#include "buf.h"
#include "err.h"

/* Called for each line with what is to be set; "NAME" alone has no value. */
typedef int envfile_visitor(void *to, const char *name, const char *value, struct err *err);

/* `text` is cut up.  An error's `where` ends in the line: "FILE: line 3". */
int envfile_read(struct buf *text, const char *file, envfile_visitor *visit, void *to,
                 struct err *err) CHECKED;
