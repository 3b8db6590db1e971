/*
 * doc.h - layer 1: bytes <-> document, without losing anything
 *
 * jansson cannot carry every number JSON allows: it refuses integers above
 * 2^63-1, which OCI needs (an unlimited rlimit is 2^64-1), and respells
 * fractions.  So a number that jansson would not print as it was spelt lives
 * in the tree as a string that begins with a NUL byte, which no string of the
 * input can contain; the rest of it is the number as it was spelt.  To
 * json_is_string() it looks like a string: ask doc_kind() and doc_string().
 */
#pragma once

#include <jansson.h>

#include "buf.h"
#include "err.h"

enum { DOC_MAX_INPUT = 64 * 1024 * 1024, DOC_MAX_DEPTH = 2048 };

/*
 * Integers of up to 18 digits are jansson's own, all longer ones disguised,
 * whether they were read or made, so that equal numbers are equal values.
 */
enum { DOC_PLAIN_DIGITS = 18 };
#define DOC_PLAIN_MAX INT64_C(999999999999999999)

/* Before the first value: have jansson end the program when memory runs out, and seed
 * its tables without opening a file. */
void doc_start(void);

enum doc_kind {
	DOC_NOTHING,
	DOC_NULL,
	DOC_BOOL,
	DOC_NUMBER,
	DOC_STRING,
	DOC_ARRAY,
	DOC_OBJECT
};

/* What `value` is; NULL is DOC_NOTHING. */
enum doc_kind doc_kind(const json_t *value);

/* For messages: "nothing", "null", "a boolean", "a number", "a string", ... */
const char *doc_kind_name(enum doc_kind kind);

/*
 * Parse one JSON value.  Strict: duplicate members, invalid UTF-8, U+0000,
 * trailing text and nesting beyond jansson's limit are errors whose `where` is
 * the line and column.  *ret is the caller's.
 */
int doc_parse(const char *text, size_t len, json_t **ret, struct err *err) CHECKED;

/* The same from the regular file `path`; its name comes first in every error. */
int doc_parse_file(const char *path, size_t max, json_t **ret, struct err *err) CHECKED;

enum doc_style { DOC_INDENTED, DOC_COMPACT };

/* Append `value` as text, without a newline at the end; DOC_INDENTED by two spaces. */
void doc_print(const json_t *value, enum doc_style style, struct buf *to);

/* As doc_print() in the compact style, as an owned string; for messages. */
char *doc_text(const json_t *value) CHECKED;

/* The bytes of a string, or NULL if `value` is none.  Borrowed. */
const char *doc_string(const json_t *value);

/* A new number of any size. */
json_t *doc_u64(uint64_t value) CHECKED;
json_t *doc_i64(int64_t value) CHECKED;

/* The value of a number spelt as an integer in the type's range; else false, *ret
 * untouched. */
bool doc_get_u64(const json_t *number, uint64_t *ret) CHECKED;
bool doc_get_i64(const json_t *number, int64_t *ret) CHECKED;

/* How many levels `value` has: 1 for a word, 2 for [1]; at most DOC_MAX_DEPTH are read. */
size_t doc_depth(const json_t *value);

/* A new string; NULL if `text` is not UTF-8. */
json_t *doc_string_new(const char *text) CHECKED;

/*
 * Equal as OCI means it: members in any order, numbers by spelling (1.0 is
 * not 1: a runtime may take the one and refuse the other).
 */
bool doc_equal(const json_t *a, const json_t *b);
