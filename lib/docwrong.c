// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "docparts.h"

/* The end of the string that begins behind the quote at `s`. */
static const char *string_end(const char *s, const char *end)
{
	while (s < end && *s != '"')
		s += *s == '\\' && end - s >= 2 ? 2 : 1;
	return s < end ? s + 1 : end;
}

struct scan {
	const char *at;
	const char *end;
};

/* The end of a number or a word, and of what sticks to it and makes it wrong. */
static const char *token_end(const char *s, const char *end)
{
	while (s < end && (isalnum((unsigned char)*s) || (*s && strchr("+-.", *s))))
		s++;
	return s;
}

/* The next number that needs a disguise, with *len; NULL if there are no more. */
static const char *next_odd_number(struct scan *scan, size_t *len)
{
	while (scan->at < scan->end) {
		const char *token = scan->at;

		if (*token == '"') {
			scan->at = string_end(token + 1, scan->end);
			continue;
		}
		scan->at = token_end(token, scan->end);
		*len = doc_number_length(token, scan->at);
		if (*len && !doc_plain_number(token, *len))
			return token;
		if (scan->at == token)
			scan->at++;
	}
	return NULL;
}

/* What jansson says is good, but for what it says to programmers. */
static int say(const json_error_t *error, struct err *err)
{
	switch (json_error_code(error)) {
	case json_error_null_character:
		err_set(err, ERR_INPUT, "U+0000 in a string");
		break;
	case json_error_null_byte_in_key:
		err_set(err, ERR_INPUT, "U+0000 in the name of a member");
		break;
	case json_error_stack_overflow:
		err_set(err, ERR_INPUT, "nested more than %d levels deep", DOC_MAX_DEPTH);
		break;
	case json_error_premature_end_of_input:
		err_set(err, ERR_INPUT, "%s", error->text);
		err_hint(err, "it ends in the middle: did what wrote it die?");
		break;
	default:
		err_set(err, ERR_INPUT, "%s", error->text);
	}
	return err_where(err, "line %d, column %d", error->line, error->column);
}

static json_t *load(const char *text, size_t len, json_error_t *error)
{
	return json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
}

/* Every odd number as 0 and blanks of the same length: what else is wrong keeps its place.
 */
static json_t *load_masked(const char *text, size_t len, json_error_t *error)
{
	struct scan scan = { .at = text, .end = text + len };
	auto_free char *copy = xmalloc(len);
	const char *number;
	size_t n;

	memcpy(copy, text, len);
	while ((number = next_odd_number(&scan, &n))) {
		memset(copy + (number - text), ' ', n);
		copy[number - text] = '0';
	}
	return load(copy, len, error);
}

int doc_say_wrong(const char *text, size_t len, struct err *err)
{
	json_error_t error;
	json_t *value = load(text, len, &error);

	/* Only of numbers that jansson cannot hold it says that they are wrong. */
	if (value || json_error_code(&error) == json_error_numeric_overflow) {
		json_decref(value);
		value = load_masked(text, len, &error);
	}
	assert(!value);
	return say(&error, err);
}

/* The place of a byte as jansson counts: columns are characters. */
static int at_byte(const char *text, const char *byte, const char *what, struct err *err)
{
	size_t line = 1, column = 1;

	for (const char *c = text; c < byte; c++) {
		line += *c == '\n';
		column = *c == '\n' ? 1 : column + ((*c & 0xc0) != 0x80);
	}
	err_set(err, ERR_INPUT, "%s", what);
	return err_where(err, "line %zu, column %zu", line, column);
}

int doc_check_encoding(const char *text, size_t len, struct err *err)
{
	const char *nul = len ? memchr(text, '\0', len) : NULL;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return at_byte(text, text, "begins with a byte order mark", err);
	if (len >= 2 &&
	    (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
	     nul == text || nul == text + 1))
		return at_byte(text, text, "is UTF-16 or UTF-32, but must be UTF-8", err);
	return nul ? at_byte(text, nul, "a NUL byte", err) : 0;
}
