/*
 * buf.h - layer 0: bytes that grow
 *
 * A zeroed struct is an empty buffer.  `data` is always followed by a NUL
 * that `len` does not count, once anything has been added.
 */
#pragma once

#include "base.h"

struct buf {
	char *data;
	size_t len;
	size_t room;
};

#define auto_buf __attribute__((cleanup(buf_free)))

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF(2, 3);

/* Make room for `len` more bytes and return where they go; the caller adds to buf->len. */
char *buf_reserve(struct buf *buf, size_t len);

/* The bytes as an owned C string; the buffer is empty again. */
char *buf_steal(struct buf *buf) CHECKED;

void buf_free(struct buf *buf);
