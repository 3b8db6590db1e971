/*
 * parse.h - layer 0: the spellings of numbers that people write
 *
 * All of them take the whole text or nothing: no blanks, no signs where none
 * belong, no rest, no wrap-around.  *ret is written only on success.
 */
#pragma once

#include "base.h"

bool parse_u64(const char *text, uint64_t *ret) CHECKED;
bool parse_u32(const char *text, uint32_t *ret) CHECKED;

/* The same, with a minus sign perhaps. */
bool parse_i64(const char *text, int64_t *ret) CHECKED;

/* A user or group id: decimal, 0 to 2^32-2 ((uid_t)-1 means "no change" to the kernel). */
bool parse_id(const char *text, uint32_t *ret) CHECKED;

/* Octal digits, up to `max`. */
bool parse_octal(const char *text, uint32_t max, uint32_t *ret) CHECKED;

/* Bytes: a number, a fraction allowed, with b k m g t p (or kb, kib ...), powers of 1024.
 */
bool parse_size(const char *text, uint64_t *ret) CHECKED;

/* Seconds: a number, perhaps with s, m or h; at most a year. */
bool parse_seconds(const char *text, uint64_t *ret) CHECKED;

/* A list of CPUs or memory nodes as the kernel reads it, "0-3,7"; none above `max`. */
bool parse_id_list(const char *text, uint32_t max) CHECKED;
