// SPDX-License-Identifier: Apache-2.0
#include "limitentries.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "parse.h"
#include "spec.h"
#include "valid.h"

int limit_ulimits(char *text, struct changes *to, struct err *err)
{
	static const char *const keys[] = { "type", NULL };
	char *rest = text;

	for (char *one; (one = strsep(&rest, ","));) {
		json_t *entry;

		if (strcmp(one, "host") == 0) {
			changes_put_new(to, "/process/rlimits", NULL);
			continue;
		}
		if (ulimit_parse(one, &entry, err) < 0)
			return -1;
		changes_put_entry_new(to, "/process/rlimits", keys, entry);
	}
	return 0;
}

int limit_hugetlb(char *text, struct changes *to, struct err *err)
{
	static const char *const keys[] = { "pageSize", NULL };
	json_t *entry;

	if (hugetlb_parse(text, &entry, err) < 0)
		return -1;
	changes_put_entry_new(to, "/linux/resources/hugepageLimits", keys, entry);
	return 0;
}

int limit_rdma(char *text, struct changes *to, struct err *err)
{
	auto_free char *pointer = NULL;
	const char *name;
	json_t *limits;

	if (rdma_parse(text, &name, &limits, err) < 0)
		return -1;
	pointer = spec_pointer("/linux/resources/rdma", name);
	changes_put_new(to, pointer, limits);
	return 0;
}

/* "NAME=PRIORITY"; none removes. */
int limit_net_priority(char *text, struct changes *to, struct err *err)
{
	static const char *const keys[] = { "name", NULL };
	static const struct amount range = { 0, UINT32_MAX, false, false };
	char *number = text, *name = strsep(&number, "=");
	json_t *priority = NULL;

	if (!number || !valid_interface(name))
		return err_set(err, ERR_USAGE, "'%s' is not INTERFACE=PRIORITY", name);
	if (*number && amount_parse(number, &range, &priority, err) < 0)
		return -1;
	changes_put_entry_new(to, "/linux/resources/network/priorities", keys,
	                      json_pack("{s:s, s:o}", "name", name, "priority",
	                                priority ? priority : json_null()));
	return 0;
}

/* "FILE=VALUE"; none removes.  The runtime opens the file in the cgroup's directory. */
int limit_unified(char *text, struct changes *to, struct err *err)
{
	char *value = text, *name = strsep(&value, "=");
	auto_free char *pointer = NULL;

	if (!value || !*name || strchr(name, '/') || !strchr(name, '.') || *name == '.') {
		err_set(err, ERR_USAGE, "'%s' is not FILE=VALUE, a file of a cgroup", name);
		return err_hint(err, "memory.high=1073741824");
	}
	pointer = spec_pointer("/linux/resources/unified", name);
	changes_put_new(to, pointer, *value ? json_string(value) : NULL);
	return 0;
}

/* ---- block devices ------------------------------------------------------- */

/* "DEVICE:VALUE", cut up; *ret is NULL for no value. */
static int parse(char *text, const struct block_limit *limit, json_t **ret, struct err *err)
{
	char *value = strrchr(text, ':');

	*ret = NULL;
	if (!value || value == text)
		return err_set(err, ERR_USAGE, "'%s' is not DEVICE:%s", text,
		               limit->member);
	*value++ = '\0';
	return *value ? amount_parse(value, &limit->range, ret, err) : 0;
}

int block_limit_check(char *text, const struct block_limit *limit, struct err *err)
{
	auto_free char *copy = xstrdup(text);
	json_auto_t *ignored = NULL;

	return parse(copy, limit, &ignored, err);
}

/* "8:0", or the file of a block device. */
static int find_device(const char *device, uint32_t *major, uint32_t *minor,
                       struct err *err)
{
	const char *colon = strchr(device, ':');
	auto_free char *first = xstrndup(device, colon ? (size_t)(colon - device) : 0);
	struct stat st;

	if (colon && parse_u32(first, major) && parse_u32(colon + 1, minor)) {
		if (*major <= VALID_LAST_MAJOR && *minor <= VALID_LAST_MINOR)
			return 0;
		return err_set(err, ERR_USAGE, "%s is no device number", device);
	}
	if (stat(device, &st) < 0) {
		err_errno(err, device, "cannot look at the device");
		err->kind = ERR_HOST;
		return -1;
	}
	if (!S_ISBLK(st.st_mode)) {
		err_set(err, ERR_USAGE, "is not a block device");
		return err_where(err, "%s", device);
	}
	*major = major(st.st_rdev);
	*minor = minor(st.st_rdev);
	return 0;
}

int block_limit_add(char *text, const struct block_limit *limit, struct changes *to,
                    struct err *err)
{
	static const char *const keys[] = { "major", "minor", NULL };
	auto_free char *pointer = spec_pointer("/linux/resources/blockIO", limit->list);
	uint32_t major, minor;
	json_t *value;

	if (parse(text, limit, &value, err) < 0)
		return -1;
	if (find_device(text, &major, &minor, err) < 0) {
		json_decref(value);
		return -1;
	}
	changes_put_entry_new(to, pointer, keys,
	                      json_pack("{s:o, s:o, s:o}", "major", doc_u64(major), "minor",
	                                doc_u64(minor), limit->member,
	                                value ? value : json_null()));
	return 0;
}
