// SPDX-License-Identifier: Apache-2.0
#include "parse.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool parse_digits(const char *text, int base, uint64_t max, uint64_t *ret)
{
	const char *digits = base == 8 ? "01234567" : "0123456789";
	unsigned long long value;

	if (!*text || text[strspn(text, digits)])
		return false;
	errno = 0;
	value = strtoull(text, NULL, base);
	if (errno || value > max)
		return false;
	*ret = value;
	return true;
}

bool parse_u64(const char *text, uint64_t *ret)
{
	return parse_digits(text, 10, UINT64_MAX, ret);
}

bool parse_i64(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t value;

	if (!parse_digits(text + negative, 10, (uint64_t)INT64_MAX + negative, &value))
		return false;
	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

static bool parse_32(const char *text, int base, uint32_t max, uint32_t *ret)
{
	uint64_t value;

	if (!parse_digits(text, base, max, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

bool parse_u32(const char *text, uint32_t *ret)
{
	return parse_32(text, 10, UINT32_MAX, ret);
}

bool parse_id(const char *text, uint32_t *ret)
{
	return parse_32(text, 10, UINT32_MAX - 1, ret);
}

bool parse_octal(const char *text, uint32_t max, uint32_t *ret)
{
	return parse_32(text, 8, max, ret);
}

/* The power of 1024 that a unit stands for, or -1. */
static int unit_power(const char *unit)
{
	static const char units[] = "bkmgtp";
	const char *at;

	if (!*unit)
		return 0;
	at = strchr(units, *unit | 0x20);
	if (!at)
		return -1;
	unit++;
	if (*unit && (at == units || (strcasecmp(unit, "b") && strcasecmp(unit, "ib"))))
		return -1;
	return (int)(at - units);
}

/* `digits` behind the point, as parts of `whole`; what is less than one is cut off. */
static uint64_t fraction(const char *digits, size_t len, uint64_t whole)
{
	uint64_t sum = 0;

	/* From the last digit to the first: sum = (sum + digit * whole) / 10. */
	for (size_t i = len < 18 ? len : 18; i-- > 0;)
		sum = (uint64_t)(((unsigned __int128)(digits[i] - '0') * whole + sum) / 10);
	return sum;
}

bool parse_size(const char *text, uint64_t *ret)
{
	size_t len = strspn(text, "0123456789"), more = 0;
	const char *unit = text + len;
	auto_free char *digits = xstrndup(text, len);
	uint64_t value, whole;
	int power;

	if (*unit == '.') {
		more = strspn(unit + 1, "0123456789");
		if (more == 0)
			return false;
		unit += 1 + more;
	}
	if (*unit == ' ' && unit[1])
		unit++;
	power = unit_power(unit);
	if (power < 0 || !parse_u64(digits, &value))
		return false;
	whole = UINT64_C(1) << (10 * power);
	if (__builtin_mul_overflow(value, whole, &value) ||
	    __builtin_add_overflow(value, fraction(text + len + 1, more, whole), &value))
		return false;
	*ret = value;
	return true;
}

bool parse_seconds(const char *text, uint64_t *ret)
{
	enum { MINUTE = 60, HOUR = 3600, YEAR = 366 * 24 * HOUR };
	size_t len = strspn(text, "0123456789");
	auto_free char *digits = xstrndup(text, len);
	const char *unit = text + len;
	uint64_t value, factor = 1;

	if (strcmp(unit, "m") == 0)
		factor = MINUTE;
	else if (strcmp(unit, "h") == 0)
		factor = HOUR;
	else if (*unit && strcmp(unit, "s") != 0)
		return false;
	if (!parse_u64(digits, &value) || value > YEAR / factor)
		return false;
	*ret = value * factor;
	return true;
}

/* "7" or "0-3" */
static bool is_id_range(char *text, uint32_t max)
{
	char *last = strchr(text, '-');
	uint64_t from, to;

	if (last)
		*last++ = '\0';
	return parse_digits(text, 10, max, &from) &&
	       (!last || (parse_digits(last, 10, max, &to) && from <= to));
}

bool parse_id_list(const char *text, uint32_t max)
{
	auto_free char *copy = xstrdup(text);
	char *rest = copy;

	for (char *range; (range = strsep(&rest, ","));)
		if (!is_id_range(range, max))
			return false;
	return true;
}
