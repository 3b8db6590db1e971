// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "docparts.h"
#include "io.h"

static size_t digits(const char *s, const char *end)
{
	const char *at = s;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return (size_t)(at - s);
}

size_t doc_number_length(const char *s, const char *end)
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

bool doc_plain_number(const char *s, size_t len)
{
	size_t sign = *s == '-';

	if (digits(s + sign, s + len) != len - sign)
		return false;
	if (sign && s[1] == '0')
		return false;
	return len - sign <= DOC_PLAIN_DIGITS;
}

struct reader {
	const char *at;
	const char *end;
	unsigned int depth;
	struct buf text; /* of the string last read, if it has escapes */
};

struct slice {
	const char *data;
	size_t len;
};

/* The next character that is not blank, or NUL at the end; the text contains none. */
static char next(struct reader *r)
{
	while (r->at < r->end &&
	       (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
	return r->at < r->end ? *r->at : '\0';
}

/* Pass over this character, which must come next. */
static bool pass(struct reader *r, char c)
{
	if (next(r) != c)
		return false;
	r->at++;
	return true;
}

/* Four hexadecimal digits, or -1. */
static int read_hex(struct reader *r)
{
	int code = 0;

	if (r->end - r->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		char c = *r->at++;
		const char *digit =
			strchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c);

		if (!c || !digit)
			return -1;
		code = code * 16 + (int)(digit - digits);
	}
	return code;
}

/* What follows \u: one character, of two such escapes where UTF-16 needs two. */
static bool read_unicode(struct reader *r)
{
	int code = read_hex(r);
	char utf8[4];

	if (code >= 0xd800 && code <= 0xdbff) {
		int low;

		if (r->end - r->at < 6 || *r->at++ != '\\' || *r->at++ != 'u')
			return false;
		low = read_hex(r);
		if (low < 0xdc00 || low > 0xdfff)
			return false;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff)) {
		return false;
	}
	if (code < 0x80) {
		buf_char(&r->text, (char)code);
		return true;
	}
	utf8[0] = (char)(0xf0 | code >> 18);
	utf8[1] = (char)(0x80 | (code >> 12 & 0x3f));
	utf8[2] = (char)(0x80 | (code >> 6 & 0x3f));
	utf8[3] = (char)(0x80 | (code & 0x3f));
	if (code < 0x800) {
		utf8[2] = (char)(0xc0 | code >> 6);
		buf_add(&r->text, utf8 + 2, 2);
	} else if (code < 0x10000) {
		utf8[1] = (char)(0xe0 | code >> 12);
		buf_add(&r->text, utf8 + 1, 3);
	} else {
		buf_add(&r->text, utf8, 4);
	}
	return true;
}

static bool read_escape(struct reader *r)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->end ? *r->at++ : '\0';
	const char *name = strchr(names, c);

	if (c == 'u')
		return read_unicode(r);
	if (!c || !name)
		return false;
	buf_char(&r->text, meant[name - names]);
	return true;
}

/* Pass over what a string has as it is; the character that ends it. */
static char pass_plain(struct reader *r)
{
	const char *s = r->at;

	while (s < r->end && (unsigned char)*s >= ' ' && *s != '"' && *s != '\\')
		s++;
	r->at = s;
	return s < r->end ? *s : '\0';
}

/* The string whose quote has been passed; good until the next one is read. */
static bool read_string(struct reader *r, struct slice *ret)
{
	const char *from = r->at;
	char stop = pass_plain(r);

	r->text.len = 0;
	while (stop == '\\') {
		buf_add(&r->text, from, (size_t)(r->at++ - from));
		if (!read_escape(r))
			return false;
		from = r->at;
		stop = pass_plain(r);
	}
	if (stop != '"')
		return false;
	*ret = (struct slice){ from, (size_t)(r->at++ - from) };
	if (r->text.len > 0) { /* there were escapes */
		buf_add(&r->text, ret->data, ret->len);
		*ret = (struct slice){ r->text.data, r->text.len };
	}
	return true;
}

static json_t *read_number(struct reader *r)
{
	const char *from = r->at;
	size_t len = doc_number_length(from, r->end);
	json_int_t value = 0;

	if (len == 0)
		return NULL;
	r->at += len;
	if (!doc_plain_number(from, len)) {
		r->text.len = 0;
		buf_char(&r->text, '\0');
		buf_add(&r->text, from, len);
		return json_stringn_nocheck(r->text.data, r->text.len);
	}
	for (const char *s = from + (*from == '-'); s < r->at; s++)
		value = value * 10 + (*s - '0');
	return json_integer(*from == '-' ? -value : value);
}

static json_t *read_word(struct reader *r, const char *word, json_t *value)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return NULL;
	r->at += len;
	return value;
}

static json_t *read_value(struct reader *r);

static json_t *read_array(struct reader *r)
{
	json_auto_t *array = json_array();

	if (pass(r, ']'))
		return steal(&array);
	do {
		/* It fails, too, if there is no value. */
		if (json_array_append_new(array, read_value(r)) < 0)
			return NULL;
	} while (pass(r, ','));
	return pass(r, ']') ? steal(&array) : NULL;
}

static bool read_member(struct reader *r, json_t *object)
{
	size_t before = json_object_size(object);
	auto_free char *kept = NULL;
	struct slice name;

	if (!pass(r, '"') || !read_string(r, &name))
		return false;
	/* The value may need the room that a name with escapes is in. */
	if (name.data == r->text.data)
		name.data = kept = xstrndup(name.data, name.len);
	return pass(r, ':') &&
	       json_object_setn_new(object, name.data, name.len, read_value(r)) == 0 &&
	       json_object_size(object) > before; /* not a second one of that name */
}

static json_t *read_object(struct reader *r)
{
	json_auto_t *object = json_object();

	if (pass(r, '}'))
		return steal(&object);
	do {
		if (!read_member(r, object))
			return NULL;
	} while (pass(r, ','));
	return pass(r, '}') ? steal(&object) : NULL;
}

static json_t *read_any(struct reader *r)
{
	struct slice text;

	switch (next(r)) {
	case '{':
		r->at++;
		return read_object(r);
	case '[':
		r->at++;
		return read_array(r);
	case '"':
		r->at++;
		return read_string(r, &text) ? json_stringn(text.data, text.len) : NULL;
	case 't':
		return read_word(r, "true", json_true());
	case 'f':
		return read_word(r, "false", json_false());
	case 'n':
		return read_word(r, "null", json_null());
	default:
		return read_number(r);
	}
}

/* The value that comes next, or NULL if that is not one. */
static json_t *read_value(struct reader *r)
{
	json_t *value;

	if (r->depth == DOC_MAX_DEPTH)
		return NULL;
	r->depth++;
	value = read_any(r);
	r->depth--;
	return value;
}

/*
 * Not jansson's: it takes the text a byte at a time, which took most of a filter's
 * time, and cannot carry every number.  What is refused here jansson refuses, too,
 * and says why.
 */
int doc_parse(const char *text, size_t len, json_t **ret, struct err *err)
{
	struct reader reader = { .at = text, .end = text + len };
	json_auto_t *value = NULL;

	if (doc_check_encoding(text, len, err) < 0)
		return -1;
	value = read_value(&reader);
	buf_free(&reader.text);
	if (!value || next(&reader))
		return doc_say_wrong(text, len, err);
	*ret = steal(&value);
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
