// SPDX-License-Identifier: Apache-2.0
#include "limitwords.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "parse.h"
#include "valid.h"

/* ---- amounts ------------------------------------------------------------- */

bool is_unlimited(const char *text)
{
	static const char *const words[] = { "unlimited", "infinity", "max", "-1" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static int not_an_amount(const char *text, const struct amount *range, struct err *err)
{
	err_set(err, ERR_USAGE, "'%s' is not a %s", text, range->bytes ? "size" : "number");
	return err_hint(
		err, "%s%s",
		range->bytes ? "a number of bytes, or one with k, m, g, t or p: 512m, 1.5g"
			     : "digits",
		range->unlimited ? "; or unlimited" : "");
}

static int out_of_range(const char *text, const struct amount *range, struct err *err)
{
	err_set(err, ERR_USAGE, "'%s' is out of range: %" PRId64 " to %" PRIu64, text,
	        range->min, range->max);
	return range->unlimited ? err_hint(err, "no limit is: unlimited") : -1;
}

int amount_parse(const char *text, const struct amount *range, json_t **ret,
                 struct err *err)
{
	bool negative = *text == '-';
	uint64_t value = 0;
	int64_t below = 0;

	if (range->unlimited && is_unlimited(text)) {
		*ret = doc_i64(-1);
		return 0;
	}
	if (negative ? !parse_i64(text, &below)
	             : !(range->bytes ? parse_size : parse_u64)(text, &value))
		return not_an_amount(text, range, err);
	if (negative ? below < range->min
	             : value > range->max ||
	                       (range->min > 0 && value < (uint64_t)range->min))
		return out_of_range(text, range, err);
	*ret = negative ? doc_i64(below) : doc_u64(value);
	return 0;
}

/* Up to five digits behind the point are microseconds of the period. */
int cpus_parse(const char *text, json_t **ret, struct err *err)
{
	enum { MOST = 1 << 20, LEAST_QUOTA = 1000, PLACES = 5 };
	size_t len = strcspn(text, ".");
	auto_free char *whole = xstrndup(text, len); /* nothing in ".5" */
	char digits[] = "00000";
	const char *more = text[len] ? text + len + 1 : "0";
	size_t places = strlen(more);
	uint32_t cpus = 0, part;
	uint64_t quota;

	if (is_unlimited(text)) {
		*ret = doc_i64(-1);
		return 0;
	}
	if (places > 0 && !more[strspn(more, "0123456789")])
		memcpy(digits, more, places < PLACES ? places : PLACES);
	else
		digits[0] = 'x';
	if ((len > 0 && !parse_u32(whole, &cpus)) || !parse_u32(digits, &part) ||
	    cpus > MOST) {
		err_set(err, ERR_USAGE, "'%s' is not a number of CPUs", text);
		return err_hint(err, "1.5 is one and a half; or unlimited");
	}
	quota = (uint64_t)cpus * CPUS_PERIOD + part;
	if (quota < LEAST_QUOTA)
		return err_set(err, ERR_USAGE, "'%s' is less than 0.01", text);
	*ret = doc_u64(quota);
	return 0;
}

/* ---- limits of a process ------------------------------------------------- */

/* Those that the kernel counts in bytes, and those it does not. */
enum { COUNT, BYTES };

static const struct name ulimits[] = {
	{ "as", BYTES },      { "core", BYTES },     { "cpu", COUNT },
	{ "data", BYTES },    { "fsize", BYTES },    { "locks", COUNT },
	{ "memlock", BYTES }, { "msgqueue", BYTES }, { "nice", COUNT },
	{ "nofile", COUNT },  { "nproc", COUNT },    { "rss", BYTES },
	{ "rtprio", COUNT },  { "rttime", COUNT },   { "sigpending", COUNT },
	{ "stack", BYTES },   { NULL, 0 },
};

static int unknown_ulimit(const char *name, struct err *err)
{
	auto_buf struct buf words = { 0 };

	name_list(ulimits, &words);
	err_set(err, ERR_USAGE, "unknown limit '%s'", name);
	return err_hint(err, "known: %s", words.data);
}

static int ulimit_value(const char *text, int kind, uint64_t *ret, struct err *err)
{
	const struct amount range = { 0, UINT64_MAX, kind == BYTES, true };
	json_auto_t *value = NULL;

	if (is_unlimited(text)) {
		*ret = UINT64_MAX; /* RLIM_INFINITY */
		return 0;
	}
	if (amount_parse(text, &range, &value, err) < 0)
		return -1;
	return doc_get_u64(value, ret) ? 0 : not_an_amount(text, &range, err);
}

/* "nofile" as "RLIMIT_NOFILE"; the spec's spelling is taken too. */
static int ulimit_name(char *name, int *kind, char **ret, struct err *err)
{
	static const char prefix[] = "RLIMIT_";

	if (strncasecmp(name, prefix, strlen(prefix)) == 0)
		name += strlen(prefix);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!name_value(ulimits, name, kind))
		return unknown_ulimit(name, err);
	*ret = xasprintf("%s%s", prefix, name);
	for (char *c = *ret; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return 0;
}

int ulimit_parse(char *text, json_t **ret, struct err *err)
{
	char *name = strsep(&text, "="), *soft, *hard;
	auto_free char *type = NULL;
	uint64_t low, high;
	int kind;

	if (!text)
		return err_set(err, ERR_USAGE, "'%s' is not NAME=SOFT[:HARD]", name);
	if (ulimit_name(name, &kind, &type, err) < 0)
		return -1;
	if (!*text || strcmp(text, "host") == 0) {
		*ret = json_pack("{s:s, s:n, s:n}", "type", type, "hard", "soft");
		return 0;
	}
	soft = strsep(&text, ":");
	hard = text ? text : soft;
	if (ulimit_value(soft, kind, &low, err) < 0 ||
	    ulimit_value(hard, kind, &high, err) < 0)
		return -1;
	if (low > high)
		return err_set(err, ERR_USAGE,
		               "%s: the soft limit %s is above the hard one %s", name, soft,
		               hard);
	*ret = json_pack("{s:s, s:o, s:o}", "type", type, "hard", doc_u64(high), "soft",
	                 doc_u64(low));
	return 0;
}

/* ---- devices and networks ------------------------------------------------ */

/* As the kernel names its directories of huge pages: "2MB". */
static char *page_size_text(uint64_t size)
{
	static const char units[] = "KMG";
	size_t unit = 0;

	size >>= 10;
	while (unit + 1 < strlen(units) && size % 1024 == 0) {
		size >>= 10;
		unit++;
	}
	return xasprintf("%" PRIu64 "%cB", size, units[unit]);
}

int hugetlb_parse(char *text, json_t **ret, struct err *err)
{
	static const struct amount range = { 0, UINT64_MAX, true, true };
	const char *size_text = strsep(&text, "=");
	auto_free char *size = NULL;
	json_t *limit = NULL;
	uint64_t bytes;

	if (!text)
		return err_set(err, ERR_USAGE, "'%s' is not PAGESIZE=LIMIT", size_text);
	if (!parse_size(size_text, &bytes) || bytes < 1024 || (bytes & (bytes - 1)))
		return err_set(err, ERR_USAGE, "'%s' is not a page size", size_text);
	if (*text && is_unlimited(text))
		limit = doc_u64(UINT64_MAX);
	else if (*text && amount_parse(text, &range, &limit, err) < 0)
		return -1;
	size = page_size_text(bytes);
	*ret = json_pack("{s:s, s:o}", "pageSize", size, "limit",
	                 limit ? limit : json_null());
	return 0;
}

static bool is_device_name(const char *name)
{
	enum { LONGEST = 63 };
	size_t len = strlen(name);

	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			return false;
	return len > 0 && len <= LONGEST && *name != '.';
}

/* "handles=2" */
static int rdma_limit(char *text, json_t *to, struct err *err)
{
	enum { HANDLES, OBJECTS };
	static const struct name words[] = {
		{ "hcaHandles", HANDLES },
		{ "hcaObjects", OBJECTS },
		{ "handles", HANDLES },
		{ "objects", OBJECTS },
		{ "hca_handle", HANDLES },
		{ "hca_object", OBJECTS },
		{ NULL, 0 },
	};
	static const struct amount range = { 0, INT32_MAX, false, true };
	const char *name = strsep(&text, "=");
	json_t *value;
	int word;

	if (!text || !name_value(words, name, &word)) {
		err_set(err, ERR_USAGE, "unknown '%s'", name);
		return err_hint(err, "handles=N, objects=N");
	}
	if (is_unlimited(text))
		value = doc_u64(INT32_MAX); /* which the kernel shows as max */
	else if (amount_parse(text, &range, &value, err) < 0)
		return -1;
	json_object_set_new(to, name_of(words, word), value);
	return 0;
}

int rdma_parse(char *text, const char **name, json_t **ret, struct err *err)
{
	json_auto_t *limits = json_object();
	const char *device = strsep(&text, ":");

	if (!text || !is_device_name(device))
		return err_set(err, ERR_USAGE, "'%s' is not DEVICE:handles=N[,objects=N]",
		               device);
	if (*text)
		for (char *limit; (limit = strsep(&text, ","));)
			if (rdma_limit(limit, limits, err) < 0)
				return -1;
	*name = device;
	*ret = json_object_size(limits) > 0 ? steal(&limits) : NULL;
	return 0;
}

/* Hexadecimal digits alone, up to `max`. */
static bool parse_hex(const char *text, uint32_t max, uint32_t *ret)
{
	enum { LONGEST = 8 };
	size_t len = strlen(text);
	unsigned long value;

	if (len == 0 || len > LONGEST || text[strspn(text, "0123456789abcdefABCDEF")])
		return false;
	value = strtoul(text, NULL, 16);
	if (value > max)
		return false;
	*ret = (uint32_t)value;
	return true;
}

int class_id_parse(char *text, json_t **ret, struct err *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *major = xstrndup(text, colon ? (size_t)(colon - text) : 0);
	uint32_t value, high;
	bool valid;

	if (colon) {
		valid = parse_hex(major, UINT16_MAX, &high) &&
		        parse_hex(colon + 1, UINT16_MAX, &value);
		if (valid)
			value |= high << 16;
	} else if (str_starts(text, "0x")) {
		valid = parse_hex(text + strlen("0x"), UINT32_MAX, &value);
	} else {
		valid = parse_u32(text, &value);
	}
	if (!valid) {
		err_set(err, ERR_USAGE, "'%s' is not a class", text);
		return err_hint(err, "a number, 0x100001, or 10:1");
	}
	*ret = doc_u64(value);
	return 0;
}

/* ---- lists of numbers ---------------------------------------------------- */

static int list_parse(const char *text, uint32_t last, json_t **ret, struct err *err)
{
	if (!parse_id_list(text, last)) {
		err_set(err, ERR_USAGE, "'%s' is not a list of numbers", text);
		return err_hint(err, "0-3,7");
	}
	*ret = json_string(text);
	return 0;
}

int cpu_list_parse(char *text, json_t **ret, struct err *err)
{
	return list_parse(text, VALID_LAST_CPU, ret, err);
}

int node_list_parse(char *text, json_t **ret, struct err *err)
{
	return list_parse(text, VALID_LAST_NODE, ret, err);
}

/* ---- Intel RDT ----------------------------------------------------------- */

int rdt_class_parse(char *text, json_t **ret, struct err *err)
{
	if (!valid_rdt_class(text))
		return err_set(err, ERR_USAGE, "'%s' is not the name of a class", text);
	*ret = json_string(text);
	return 0;
}

static int schema_parse(const char *text, const char *prefix, json_t **ret, struct err *err)
{
	if (!str_starts(text, prefix) || !strchr(text, ':') || *text == ':' ||
	    strchr(text, '\n')) {
		err_set(err, ERR_USAGE, "'%s' is not a line of a schemata file", text);
		return err_hint(err, *prefix == 'M' ? "MB:0=70" : "L3:0=7f0;1=1f");
	}
	*ret = json_string(text);
	return 0;
}

int rdt_schema_parse(char *text, json_t **ret, struct err *err)
{
	return schema_parse(text, "", ret, err);
}

int rdt_l3_parse(char *text, json_t **ret, struct err *err)
{
	return schema_parse(text, "L3", ret, err);
}

int rdt_mb_parse(char *text, json_t **ret, struct err *err)
{
	return schema_parse(text, "MB:", ret, err);
}
