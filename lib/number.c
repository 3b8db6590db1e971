// SPDX-License-Identifier: Apache-2.0
#include "number.h"

#include <string.h>

/* 0.DIGITS times ten to the EXPONENT, DIGITS without zeros at either end. */
struct decimal {
	bool negative;
	char *digits; /* owned; empty for zero */
	int64_t exponent;
	bool huge; /* the exponent is beyond reckoning */
};

static char *trim_zeros(struct buf *digits, int64_t *exponent)
{
	size_t leading = strspn(digits->data, "0");
	char *trimmed = xstrdup(digits->data + leading);
	size_t len = strlen(trimmed);

	while (len > 0 && trimmed[len - 1] == '0')
		trimmed[--len] = '\0';
	*exponent -= (int64_t)leading;
	return trimmed;
}

/* `text` is a number as JSON spells it. */
static struct decimal read_decimal(const char *text)
{
	enum { LONGEST = 18 }; /* digits of an exponent that fits */
	struct decimal number = { .negative = *text == '-' };
	auto_buf struct buf digits = { 0 };
	size_t len;

	text += number.negative;
	len = strspn(text, "0123456789");
	buf_add(&digits, text, len);
	number.exponent = (int64_t)len;
	text += len;
	if (*text == '.') {
		len = strspn(++text, "0123456789");
		buf_add(&digits, text, len);
		text += len;
	}
	if (*text == 'e' || *text == 'E') {
		bool down = *++text == '-';

		text += *text == '-' || *text == '+';
		text += strspn(text, "0");
		number.huge = strlen(text) > LONGEST;
		if (!number.huge)
			number.exponent +=
				down ? -strtoll(text, NULL, 10) : strtoll(text, NULL, 10);
	}
	number.digits = trim_zeros(&digits, &number.exponent);
	return number;
}

static bool equal(const struct decimal *a, const struct decimal *b)
{
	if (!*a->digits || !*b->digits)
		return *a->digits == *b->digits;
	return a->negative == b->negative && a->exponent == b->exponent && !a->huge &&
	       !b->huge && strcmp(a->digits, b->digits) == 0;
}

bool number_equal(const json_t *a, const json_t *b)
{
	auto_free char *x = doc_text(a), *y = doc_text(b);
	struct decimal m, n;
	bool same;

	if (strcmp(x, y) == 0)
		return true;
	m = read_decimal(x);
	n = read_decimal(y);
	same = equal(&m, &n);
	free(m.digits);
	free(n.digits);
	return same;
}
