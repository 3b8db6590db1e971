// SPDX-License-Identifier: Apache-2.0
#include "doc.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

/* First byte of a string that is a number in disguise (see doc.h). */
enum { DISGUISE = '\0' };

void doc_start(void)
{
	size_t seed;

	json_set_alloc_funcs(xmalloc, free);
	/* If it fails, or is 0, jansson finds a seed itself. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		json_object_seed(seed);
}

static bool disguised(const json_t *value)
{
	return json_is_string(value) && json_string_length(value) > 0 &&
	       json_string_value(value)[0] == DISGUISE;
}

enum doc_kind doc_kind(const json_t *value)
{
	if (!value)
		return DOC_NOTHING;
	switch (json_typeof(value)) {
	case JSON_NULL:
		return DOC_NULL;
	case JSON_TRUE:
	case JSON_FALSE:
		return DOC_BOOL;
	case JSON_INTEGER:
	case JSON_REAL:
		return DOC_NUMBER;
	case JSON_STRING:
		return disguised(value) ? DOC_NUMBER : DOC_STRING;
	case JSON_ARRAY:
		return DOC_ARRAY;
	case JSON_OBJECT:
		return DOC_OBJECT;
	}
	abort();
}

const char *doc_kind_name(enum doc_kind kind)
{
	static const char *const names[] = {
		[DOC_NOTHING] = "nothing",  [DOC_NULL] = "null",
		[DOC_BOOL] = "a boolean",   [DOC_NUMBER] = "a number",
		[DOC_STRING] = "a string",  [DOC_ARRAY] = "an array",
		[DOC_OBJECT] = "an object",
	};

	return names[kind];
}

/* ---- printing ------------------------------------------------------------ */

static void print_string(const char *s, size_t len, struct buf *to)
{
	const char *end = s + len;

	buf_char(to, '"');
	while (s < end) {
		const char *from = s;

		while (s < end && (unsigned char)*s >= ' ' && *s != '"' && *s != '\\')
			s++;
		buf_add(to, from, (size_t)(s - from));
		if (s == end)
			break;
		switch (*s) {
		case '"':
			buf_text(to, "\\\"");
			break;
		case '\\':
			buf_text(to, "\\\\");
			break;
		case '\n':
			buf_text(to, "\\n");
			break;
		case '\t':
			buf_text(to, "\\t");
			break;
		default:
			buf_printf(to, "\\u%04x", (unsigned int)(unsigned char)*s);
		}
		s++;
	}
	buf_char(to, '"');
}

static void new_line(enum doc_style style, size_t depth, struct buf *to)
{
	static const char blanks[] = "                                ";

	if (style == DOC_COMPACT)
		return;
	buf_char(to, '\n');
	for (size_t left = 2 * depth; left > 0;) {
		size_t n = left < sizeof(blanks) - 1 ? left : sizeof(blanks) - 1;

		buf_add(to, blanks, n);
		left -= n;
	}
}

static void print_value(const json_t *value, enum doc_style style, size_t depth,
                        struct buf *to);

static void print_array(const json_t *array, enum doc_style style, size_t depth,
                        struct buf *to)
{
	size_t count = json_array_size(array);

	buf_char(to, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_char(to, ',');
		new_line(style, depth + 1, to);
		print_value(json_array_get(array, i), style, depth + 1, to);
	}
	if (count > 0)
		new_line(style, depth, to);
	buf_char(to, ']');
}

static void print_object(const json_t *object, enum doc_style style, size_t depth,
                         struct buf *to)
{
	/* jansson's iterators take a pointer to non-const, and change nothing. */
	json_t *borrowed = (json_t *)(uintptr_t)object;
	const char *key, *comma = "";
	json_t *value;

	buf_char(to, '{');
	json_object_foreach(borrowed, key, value) {
		buf_text(to, comma);
		new_line(style, depth + 1, to);
		print_string(key, strlen(key), to);
		buf_text(to, style == DOC_COMPACT ? ":" : ": ");
		print_value(value, style, depth + 1, to);
		comma = ",";
	}
	if (*comma)
		new_line(style, depth, to);
	buf_char(to, '}');
}

static void print_value(const json_t *value, enum doc_style style, size_t depth,
                        struct buf *to)
{
	switch (json_typeof(value)) {
	case JSON_NULL:
		buf_text(to, "null");
		break;
	case JSON_TRUE:
		buf_text(to, "true");
		break;
	case JSON_FALSE:
		buf_text(to, "false");
		break;
	case JSON_INTEGER:
		buf_printf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		abort(); /* doc_parse() makes none, and nobody else should */
	case JSON_STRING:
		if (disguised(value))
			buf_text(to, json_string_value(value) + 1);
		else
			print_string(json_string_value(value), json_string_length(value),
			             to);
		break;
	case JSON_ARRAY:
		print_array(value, style, depth, to);
		break;
	case JSON_OBJECT:
		print_object(value, style, depth, to);
		break;
	}
}

void doc_print(const json_t *value, enum doc_style style, struct buf *to)
{
	print_value(value, style, 0, to);
}

char *doc_text(const json_t *value)
{
	auto_buf struct buf text = { 0 };

	doc_print(value, DOC_COMPACT, &text);
	return buf_steal(&text);
}

/* ---- values -------------------------------------------------------------- */

const char *doc_string(const json_t *value)
{
	return doc_kind(value) == DOC_STRING ? json_string_value(value) : NULL;
}

static json_t *disguise(const char *digits)
{
	char text[1 + 20 + 1] = { DISGUISE };
	int len = snprintf(text + 1, sizeof(text) - 1, "%s", digits);

	return json_stringn(text, (size_t)len + 1);
}

json_t *doc_u64(uint64_t value)
{
	char digits[21];

	if (value <= DOC_PLAIN_MAX)
		return json_integer((json_int_t)value);
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	return disguise(digits);
}

json_t *doc_i64(int64_t value)
{
	char digits[21];

	if (value <= (int64_t)DOC_PLAIN_MAX && value >= -(int64_t)DOC_PLAIN_MAX)
		return json_integer(value);
	snprintf(digits, sizeof(digits), "%" PRId64, value);
	return disguise(digits);
}

bool doc_get_u64(const json_t *number, uint64_t *ret)
{
	const char *text;
	char *end;
	uint64_t value;

	if (json_is_integer(number)) {
		if (json_integer_value(number) < 0)
			return false;
		*ret = (uint64_t)json_integer_value(number);
		return true;
	}
	if (!number || !disguised(number))
		return false;
	text = json_string_value(number) + 1;
	if (*text == '-' || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end)
		return false;
	*ret = value;
	return true;
}

bool doc_get_i64(const json_t *number, int64_t *ret)
{
	const char *text;
	char *end;
	int64_t value;

	if (json_is_integer(number)) {
		*ret = json_integer_value(number);
		return true;
	}
	if (!number || !disguised(number))
		return false;
	text = json_string_value(number) + 1;
	if (text[(*text == '-') + strspn(text + (*text == '-'), "0123456789")])
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end || (value == 0 && *text == '-'))
		return false;
	*ret = value;
	return true;
}

size_t doc_depth(const json_t *value)
{
	json_t *object = (json_t *)(uintptr_t)value, *part;
	size_t deepest = 0, i;
	const char *key;

	json_array_foreach(value, i, part) {
		size_t depth = doc_depth(part);

		deepest = depth > deepest ? depth : deepest;
	}
	json_object_foreach(object, key, part) {
		size_t depth = doc_depth(part);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

json_t *doc_string_new(const char *text)
{
	return json_string(text);
}

bool doc_equal(const json_t *a, const json_t *b)
{
	return json_equal(a, b);
}
