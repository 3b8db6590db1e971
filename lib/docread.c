// SPDX-License-Identifier: Apache-2.0
#include "doc.h"

#include <assert.h>
#include <string.h>

#include "io.h"

static size_t digits(const char *s, const char *end)
{
	const char *at = s;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return (size_t)(at - s);
}

/* The length of the JSON number at `s`, 0 if there is none or more of a word follows it. */
static size_t number_length(const char *s, const char *end)
{
	const char *at = s;
	size_t n;

	if (at < end && *at == '-')
		at++;
	n = digits(at, end);
	if (n == 0 || (n > 1 && *at == '0'))
		return 0;
	at += n;
	if (at < end && *at == '.') {
		n = digits(++at, end);
		if (n == 0)
			return 0;
		at += n;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		n = digits(at, end);
		if (n == 0)
			return 0;
		at += n;
	}
	return (size_t)(at - s);
}

/* True if jansson reads and prints this number just as it is spelt. */
static bool plain(const char *s, size_t len)
{
	size_t sign = *s == '-';

	if (digits(s + sign, s + len) != len - sign)
		return false;
	if (sign && s[1] == '0')
		return false;
	return len - sign <= DOC_PLAIN_DIGITS;
}

/* The end of the string that begins behind the quote at `s`; sets *nul at an escaped
 * U+0000. */
static const char *string_end(const char *s, const char *end, bool *nul)
{
	for (;;) {
		const char *quote = memchr(s, '"', (size_t)(end - s));
		const char *stop = quote ? quote : end;
		const char *slash = memchr(s, '\\', (size_t)(stop - s));

		if (!slash)
			return quote ? quote + 1 : end;
		if (end - slash >= 6 && memcmp(slash, "\\u0000", 6) == 0)
			*nul = true;
		s = end - slash >= 2 ? slash + 2 : end;
	}
}

struct scan {
	const char *at;
	const char *end;
	bool nul; /* an escaped U+0000 was seen */
};

/* The next number that needs a disguise, with *len; NULL if there are no more. */
static const char *next_odd_number(struct scan *scan, size_t *len)
{
	while (scan->at < scan->end) {
		char c = *scan->at;

		if (c == '"') {
			scan->at = string_end(scan->at + 1, scan->end, &scan->nul);
		} else if (c == '-' || (c >= '0' && c <= '9')) {
			const char *number = scan->at;

			*len = number_length(number, scan->end);
			scan->at += *len ? *len : 1;
			if (*len && !plain(number, *len))
				return number;
		} else {
			scan->at++;
		}
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

static json_t *load(const char *text, size_t len, size_t flags, json_error_t *error)
{
	flags |= JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
	return json_loadb(text, len, flags, error);
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
	return load(copy, len, 0, error);
}

/* Every odd number as a string, disguised. */
static json_t *load_disguised(const char *text, size_t len, json_error_t *error)
{
	struct scan scan = { .at = text, .end = text + len };
	auto_buf struct buf copy = { 0 };
	const char *number, *from = text;
	size_t n;

	while ((number = next_odd_number(&scan, &n))) {
		buf_add(&copy, from, (size_t)(number - from));
		buf_text(&copy, "\"\\u0000");
		buf_add(&copy, number, n);
		buf_char(&copy, '"');
		from = number + n;
	}
	buf_add(&copy, from, (size_t)(text + len - from));
	return load(copy.data, copy.len, JSON_ALLOW_NUL, error);
}

/* Text with an odd number is wrong: say what and where in the text as it is. */
static int say_odd(const char *text, size_t len, struct err *err)
{
	json_error_t error;
	json_t *value = load(text, len, 0, &error);

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

/* What jansson would find fault with, but not say so that one understands. */
static int check_encoding(const char *text, size_t len, struct err *err)
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

int doc_parse(const char *text, size_t len, json_t **ret, struct err *err)
{
	struct scan scan = { .at = text, .end = text + len };
	bool odd = false;
	json_error_t error;
	json_t *value;
	size_t n;

	if (check_encoding(text, len, err) < 0)
		return -1;
	while (next_odd_number(&scan, &n))
		odd = true;
	if (odd && scan.nul) /* would be allowed with the disguises */
		return say_odd(text, len, err);
	value = odd ? load_disguised(text, len, &error) : load(text, len, 0, &error);
	if (!value)
		return odd ? say_odd(text, len, err) : say(&error, err);
	*ret = value;
	return 0;
}

int doc_parse_file(const char *path, size_t max, json_t **ret, struct err *err)
{
	auto_buf struct buf text = { 0 };
	char place[sizeof(err->where)];

	if (io_read_file(path, max, &text, err) < 0)
		return -1;
	if (doc_parse(text.data, text.len, ret, err) == 0)
		return 0;
	memcpy(place, err->where, sizeof(place));
	return err_where(err, "%s: %s", path, place);
}
