/*
 * limitentries.h - layer 2: limits that are entries of a list, as changes to a document
 *
 * Each cuts its text up and appends what it says to the changes; an empty value
 * removes the entry.
 */
#pragma once

#include "changes.h"
#include "limitwords.h"

typedef int limit_entry(char *text, struct changes *to, struct err *err);

limit_entry limit_ulimits; /* "NAME=SOFT[:HARD]", or "host", with commas between them */
limit_entry limit_hugetlb; /* "PAGESIZE=SIZE" */
limit_entry limit_rdma;    /* "DEVICE:handles=N,objects=N" */
limit_entry limit_net_priority; /* "INTERFACE=PRIORITY" */
limit_entry limit_unified;      /* "FILE=VALUE", a file of the cgroup */

/* ---- of a block device --------------------------------------------------- */

struct block_limit {
	const char *list; /* in /linux/resources/blockIO */
	const char *member;
	struct amount range;
};

/* "DEVICE:VALUE": ERR_USAGE if it is not; the text stays whole. */
int block_limit_check(char *text, const struct block_limit *limit, struct err *err) CHECKED;

/* The same, and append it; the file of a device is looked at, not opened. */
int block_limit_add(char *text, const struct block_limit *limit, struct changes *to,
                    struct err *err) CHECKED;
